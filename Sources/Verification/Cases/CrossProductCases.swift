// SPDX-License-Identifier: Apache-2.0

/// Every combination of one value per operand; the last operand varies fastest.
struct CrossProductCases: CaseSet {
  /// The values of each operand.
  let lists: [[UInt64]]
  let count: UInt64

  init(_ lists: [[UInt64]]) {
    self.lists = lists
    count = lists.reduce(1) { $0 * UInt64($1.count) }
  }

  func fill(from start: UInt64, count: Int, into buffers: OperandBuffers) {
    let outputs = [buffers.a, buffers.b, buffers.c]
    var position = [0, 0, 0]
    var rest = start
    for k in lists.indices.reversed() {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: UInt64(lists[k].count))
      position[k] = Int(digit)
      rest = quotient
    }
    let last = lists.count - 1
    var done = 0
    while done < count {
      let run = min(count - done, lists[last].count - position[last])
      for k in 0..<last {
        (outputs[k] + done).update(repeating: lists[k][position[k]], count: run)
      }
      lists[last].withUnsafeBufferPointer {
        (outputs[last] + done).update(from: $0.baseAddress! + position[last], count: run)
      }
      done += run
      position[last] += run
      var k = last
      while k > 0, position[k] == lists[k].count {
        position[k] = 0
        position[k - 1] += 1
        k -= 1
      }
    }
  }
}
