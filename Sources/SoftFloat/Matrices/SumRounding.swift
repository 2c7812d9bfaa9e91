// SPDX-License-Identifier: Apache-2.0
import Formats

/// The roundings of finished sums.
enum SumRounding {
  /// A sum rounded to FP16, once: an FP64 sum goes through FP32 rounded to odd.
  @inline(__always)
  static func binary16<Element: ProductElement>(_ x: Element) -> Float {
    Binary16Rounding.round(single(x))
  }

  /// A sum rounded to BF16, once.
  @inline(__always)
  static func bfloat16<Element: ProductElement>(_ x: Element) -> Float {
    BFloat16Rounding.round(single(x))
  }

  @inline(__always)
  private static func single<Element: ProductElement>(_ x: Element) -> Float {
    Element.self == Double.self ? RoundToOdd.single(Double(x)) : Float(x)
  }

  /// Stores finished sums of a format, or adds them with one rounding to it.
  static func store<Element: ProductElement>(
    _ sums: UnsafePointer<Element>, count: Int, _ format: Accumulation.SumFormat,
    to result: MatrixResult, at element: Int
  ) {
    switch (result.storage, result.mode) {
    case (.float(let elements), .overwrite):
      let c = elements + element
      for i in 0..<count { c[i] = Float(sums[i]) }
    case (.double(let elements), .overwrite):
      let c = elements + element
      for i in 0..<count { c[i] = Double(sums[i]) }
    case (.double(let elements), .add):
      let c = elements + element
      for i in 0..<count { c[i] += Double(sums[i]) }
    case (.float(let elements), .add):
      add(sums, count, format, to: elements + element)
    }
  }

  private static func add<Element: ProductElement>(
    _ sums: UnsafePointer<Element>, _ count: Int, _ format: Accumulation.SumFormat,
    to c: UnsafeMutablePointer<Float>
  ) {
    switch format {
    case .fp64: for i in 0..<count { c[i] = Float(Double(c[i]) + Double(sums[i])) }
    case .fp32: for i in 0..<count { c[i] += Float(sums[i]) }
    case .fp16:
      for i in 0..<count { c[i] = Binary16ProductThenSum.round(sum: c[i], Float(sums[i])) }
    case .bf16:
      for i in 0..<count { c[i] = BFloat16ProductThenSum.round(sum: c[i], Float(sums[i])) }
    }
  }
}
