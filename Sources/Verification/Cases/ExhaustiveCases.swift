// SPDX-License-Identifier: Apache-2.0
import Formats

/// Every operand, every pair or every triple: case i is the operands' bits side by side, the last
/// operand in the lowest bits. Pairs of signed numbers are enumerated by `SymmetricPairs`.
struct ExhaustiveCases: CaseSet {
  /// The widths of the operands in bits, first operand first.
  let widths: [Int]
  let count: UInt64

  /// The greatest sum of the operands' widths that is enumerated: 2^32 cases.
  static let greatestWidth = 32

  /// The cases of operands of these kinds; nil where there are more than 2^32.
  static func cases(_ kinds: [OperandKind]) -> (any CaseSet)? {
    if case .float(let format) = kinds[0], kinds == [kinds[0], kinds[0]],
      let pairs = SymmetricPairs(format)
    {
      return pairs
    }
    return ExhaustiveCases(kinds)
  }

  private init?(_ kinds: [OperandKind]) {
    widths = kinds.map(\.bitWidth)
    let total = widths.reduce(0, +)
    guard total <= ExhaustiveCases.greatestWidth else { return nil }
    count = 1 << UInt64(total)
  }

  func fill(from start: UInt64, count: Int, into buffers: OperandBuffers) {
    let outputs = [buffers.a, buffers.b, buffers.c]
    let last = widths.count - 1
    let width = UInt64(widths[last])
    let mask = (UInt64(1) << width) - 1
    var done = 0
    while done < count {
      let index = start + UInt64(done)
      let low = index & mask
      let run = Int(min(UInt64(count - done), mask + 1 - low))
      let output = outputs[last] + done
      for i in 0..<run { output[i] = low &+ UInt64(truncatingIfNeeded: i) }
      var rest = index >> width
      for k in (0..<last).reversed() {
        let part = rest & ((1 << UInt64(widths[k])) - 1)
        (outputs[k] + done).update(repeating: part, count: run)
        rest >>= UInt64(widths[k])
      }
      done += run
    }
  }
}
