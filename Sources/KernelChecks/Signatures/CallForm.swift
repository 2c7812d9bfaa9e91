// SPDX-License-Identifier: Apache-2.0

/// How a function is called for every element of a block.
package enum CallForm: Hashable, Sendable {
  /// `T(T)`, `T(T, T)`: once for each element.
  case scalar(operands: Int)
  /// `void(const T*, T*, size_t)`, inputs before the output: once for the block.
  case array(operands: Int)

  /// The form of a signature whose elements are all of one type; nil of another signature.
  package init?(_ signature: CSignature) {
    let parameters = signature.parameters
    if signature.result != .void {
      guard (1...3).contains(parameters.count),
        parameters.allSatisfy({ !$0.isPointer && $0.type == signature.result }),
        !signature.result.isCount
      else { return nil }
      self = .scalar(operands: parameters.count)
      return
    }
    guard let count = parameters.last, !count.isPointer, count.type.isCount else { return nil }
    let arrays = parameters.dropLast()
    guard (2...4).contains(arrays.count), arrays.allSatisfy(\.isPointer),
      Set(arrays.map(\.type)).count == 1, arrays.last?.isConstant == false
    else { return nil }
    self = .array(operands: arrays.count - 1)
  }

  /// The number of operands of an element.
  package var operands: Int {
    switch self {
    case .scalar(let operands), .array(let operands): operands
    }
  }
}

extension CSignature {
  /// The type of the elements.
  package var element: CType? {
    result == .void ? parameters.first?.type : result
  }
}
