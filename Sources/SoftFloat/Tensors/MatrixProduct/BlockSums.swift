// SPDX-License-Identifier: Apache-2.0

/// The sums of blocks added to a running sum in the block sums' own format, T = Q(T + Q(S)).
struct BlockSums {
  let format: Accumulation.SumFormat
  /// Running sums in FP64 where that is the format, otherwise empty.
  private let wide: UnsafeMutablePointer<Double>
  /// Running sums in FP32 for every other format.
  private let narrow: UnsafeMutablePointer<Float>

  /// Room for so many sums.
  init(_ format: Accumulation.SumFormat, capacity: Int) {
    self.format = format
    wide = .allocate(capacity: format == .fp64 ? capacity : 0)
    narrow = .allocate(capacity: format == .fp64 ? 0 : capacity)
  }

  func deallocate() {
    wide.deallocate()
    narrow.deallocate()
  }

  /// Begins the first sums at +0.
  func clear(count: Int) {
    if format == .fp64 {
      wide.update(repeating: 0, count: count)
    } else {
      narrow.update(repeating: 0, count: count)
    }
  }

  /// Begins a row's sums at given values.
  func begin(with row: UnsafePointer<Float>, at offset: Int, count: Int) {
    for i in 0..<count {
      if format == .fp64 { wide[offset + i] = Double(row[i]) } else { narrow[offset + i] = row[i] }
    }
  }

  /// T = Q(T + Q(S)) for `count` sums from `offset` on.
  func add<Element: ProductElement>(
    _ sums: UnsafePointer<Element>, at offset: Int, count: Int
  ) {
    switch format {
    case .fp64:
      let total = wide + offset
      for i in 0..<count { total[i] += Double(sums[i]) }
    case .fp32:
      let total = narrow + offset
      for i in 0..<count { total[i] += Float(sums[i]) }
    case .fp16:
      let total = narrow + offset
      for i in 0..<count {
        total[i] = Binary16ProductThenSum.round(
          sum: total[i], SumRounding.binary16(sums[i]))
      }
    case .bf16:
      let total = narrow + offset
      for i in 0..<count {
        total[i] = BFloat16ProductThenSum.round(sum: total[i], SumRounding.bfloat16(sums[i]))
      }
    }
  }

  /// Stores a row of finished sums.
  func store(
    from offset: Int, count: Int, to result: MatrixResult, at element: Int
  ) {
    if format == .fp64 {
      SumRounding.store(wide + offset, count: count, format, to: result, at: element)
    } else {
      SumRounding.store(narrow + offset, count: count, format, to: result, at: element)
    }
  }
}

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
