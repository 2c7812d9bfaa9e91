// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness
import SoftFloat

/// Numbers of every exponent, zeros, subnormal numbers, infinities and NaNs among them.
private func words(_ count: Int, seed: UInt64) -> [UInt32] {
  (0..<count).map { RandomWords.word(seed: seed, index: UInt64($0)) }
}

/// The digest of FP32 values cast to narrower formats, encoded and in FP32.
enum CastDigests {
  static var value: UInt64 {
    var digest = Digest()
    let source = words(1 << 16, seed: 11) + (0..<1 << 16).map { UInt32($0) << 16 | 0x8000 }
    for format in [Format.fp16, .bf16, .tf32, .e4m3, .e5m2] {
      for rounding in [Rounding.nearestEven, .towardZero, .stochastic(bits: 8, seed: 3)] {
        var values = source.map { Float(bitPattern: $0) }
        let counts = values.withUnsafeMutableBufferPointer {
          TensorKernels.cast($0, to: format, Semantics(rounding: rounding))
        }
        for x in values { digest.add(x) }
        for count in [counts.zeroed, counts.subnormal, counts.overflow] {
          digest.add(UInt64(count))
        }
      }
    }
    for format in [Format.fp16, .bf16] {
      var encodings = [UInt16](repeating: 0, count: source.count)
      Batch.cast(source, from: .fp32, to: format, into: &encodings, count: source.count)
      for encoding in encodings { digest.add(UInt64(encoding)) }
    }
    return digest.value
  }
}

/// The digest of the elementary functions in FP32 and FP64.
enum ElementaryDigests {
  static var value: UInt64 {
    var digest = Digest()
    let single = words(1 << 14, seed: 12).map { Float(bitPattern: $0) }
    let double = single.map { Double($0) * 1.000000001 }
    for function in ElementaryFunction.allCases {
      var values = single
      Float.elementary(function, single, into: &values, count: single.count)
      for x in values { digest.add(x) }
      var wide = double
      Double.elementary(function, double, into: &wide, count: double.count)
      for x in wide { digest.add(x) }
    }
    return digest.value
  }
}

/// The digests of matrix products in every format, step and order, and by every unit.
enum ProductDigests {
  private static let shapes = [
    ProductShape(rows: 33, inner: 70, columns: 65), ProductShape(rows: 5, inner: 17, columns: 300),
  ]

  /// Values of a format, mostly near 1, some of any exponent.
  private static func values(_ format: Format, _ count: Int, seed: UInt64) -> [Float] {
    var values = words(count, seed: seed).enumerated().map { index, word in
      index % 61 == 0
        ? Float(bitPattern: word & 0xfeff_ffff)
        : Float(Int32(bitPattern: word)) * (index % 7 == 0 ? 0x1p-40 : 0x1p-31)
    }
    values.withUnsafeMutableBufferPointer { TensorKernels.round($0, to: format) }
    return values
  }

  private static func add(
    _ format: Format, _ accumulation: Accumulation, to digest: inout Digest
  ) {
    for (index, shape) in shapes.enumerated() {
      let a = values(format, shape.rows * shape.inner, seed: UInt64(20 + index))
      let b = values(format, shape.inner * shape.columns, seed: UInt64(30 + index))
      var c = [Float](repeating: 0, count: shape.rows * shape.columns)
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          c.withUnsafeMutableBufferPointer { c in
            guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else {
              return
            }
            TensorKernels.multiply(
              .float(a, stride: shape.inner, values: format),
              .float(b, stride: shape.columns, values: format),
              into: .float(c, stride: shape.columns, .overwrite), shape: shape,
              accumulation: accumulation, threads: 1)
          }
        }
      }
      for x in c { digest.add(x) }
    }
  }

  static var sums: UInt64 {
    var digest = Digest()
    let orders: [Accumulation.Order] = [
      .sequential, .pairwise(leaf: 8), .chunked(terms: 16, sums: .fp32),
      .splitK(parts: 3, sums: .fp32),
    ]
    for sum in [Accumulation.SumFormat.fp16, .bf16, .fp32] {
      let format: Format = sum == .fp16 ? .fp16 : sum == .bf16 ? .bf16 : .fp32
      for step in Accumulation.Step.allCases {
        for order in orders { add(format, Accumulation(sum, step, order), to: &digest) }
      }
    }
    return digest.value
  }

  static var units: UInt64 {
    var digest = Digest()
    for unit in MatrixUnit.allCases {
      for format in [Format.fp16, .bf16, .tf32, .e4m3, .e5m2]
      where unit.row(format, format, accumulator: .fp32) != nil {
        add(format, Accumulation(.fp32, .fused, .matrixUnit(unit)), to: &digest)
      }
    }
    return digest.value
  }
}
