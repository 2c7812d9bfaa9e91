// SPDX-License-Identifier: Apache-2.0
import Formats

/// Every operand, every pair or every triple: case i is the operands' bits side by side, the last
/// operand in the lowest bits.
///
/// Pairs of signed numbers come as opposites: cases 2i and 2i + 1 are (a, b) and (-a, -b) with a
/// positive, so that a reference may compute both at once.
struct ExhaustiveCases: CaseSet {
  /// The widths of the operands in bits, first operand first.
  let widths: [Int]
  let count: UInt64
  /// The sign bit of both operands where pairs come as opposites.
  private let sign: UInt64?

  /// The greatest sum of the operands' widths that is enumerated: 2^32 cases.
  static let greatestWidth = 32

  init?(_ kinds: [OperandKind]) {
    widths = kinds.map(\.bitWidth)
    let total = widths.reduce(0, +)
    guard total <= ExhaustiveCases.greatestWidth else { return nil }
    count = 1 << UInt64(total)
    if case .float(let format) = kinds[0], kinds == [kinds[0], kinds[0]], format.signMask != 0 {
      sign = UInt64(format.signMask)
    } else {
      sign = nil
    }
  }

  func fill(from start: UInt64, count: Int, into buffers: OperandBuffers) {
    if let sign {
      fillOpposites(from: start, count: count, sign: sign, into: buffers)
    } else {
      fillInOrder(from: start, count: count, into: buffers)
    }
  }

  private func fillOpposites(
    from start: UInt64, count: Int, sign: UInt64, into buffers: OperandBuffers
  ) {
    let width = UInt64(widths[1])
    let mask = (UInt64(1) << width) - 1
    for i in 0..<count {
      let index = start &+ UInt64(truncatingIfNeeded: i)
      let negation = (0 &- (index & 1)) & sign
      buffers.a[i] = (index &>> (width &+ 1)) ^ negation
      buffers.b[i] = ((index &>> 1) & mask) ^ negation
    }
  }

  private func fillInOrder(from start: UInt64, count: Int, into buffers: OperandBuffers) {
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
