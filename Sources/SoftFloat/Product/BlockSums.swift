// SPDX-License-Identifier: Apache-2.0
import Formats

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
