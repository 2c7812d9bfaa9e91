// SPDX-License-Identifier: Apache-2.0

/// What an operation takes and delivers.
package struct OperationSignature: Hashable, Sendable {
  /// The kind of a datum.
  package enum Datum: Hashable, Sendable {
    /// A number of the operands' format.
    case number
    /// A number of the format that is converted to.
    case target
    case int32, int64
    case relation
  }

  /// The number of operands.
  package let operands: Int
  /// The first operand.
  package let first: Datum
  /// The second operand, where there is one; a third is a number.
  package let second: Datum
  /// The result.
  package let result: Datum
  /// Whether the result depends on the rounding direction for some operands.
  package let rounds: Bool

  fileprivate init(
    _ operands: Int, first: Datum = .number, second: Datum = .number, to result: Datum = .number,
    rounds: Bool
  ) {
    self.operands = operands
    self.first = first
    self.second = second
    self.result = result
    self.rounds = rounds
  }
}

extension ArithmeticOperation {
  /// The one table of operations: what everything else asks of one follows from its row.
  package var signature: OperationSignature {
    switch self {
    case .add, .sub, .mul, .div: .init(2, rounds: true)
    case .sqrt, .roundToIntegral: .init(1, rounds: true)
    case .fma: .init(3, rounds: true)
    case .remainder, .minimum, .maximum, .minimumNumber, .maximumNumber: .init(2, rounds: false)
    case .compareQuiet, .compareSignaling: .init(2, to: .relation, rounds: false)
    case .nextUp, .nextDown: .init(1, rounds: false)
    case .scaleB: .init(2, second: .int32, rounds: true)
    case .logB: .init(1, to: .int32, rounds: false)
    case .convert: .init(1, to: .target, rounds: true)
    case .toInt32: .init(1, to: .int32, rounds: true)
    case .toInt64: .init(1, to: .int64, rounds: true)
    case .fromInt32: .init(1, first: .int32, to: .target, rounds: true)
    case .fromInt64: .init(1, first: .int64, to: .target, rounds: true)
    }
  }
}
