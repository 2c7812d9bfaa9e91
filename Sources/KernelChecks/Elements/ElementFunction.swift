// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// What a kernel of elements computes: a real function, or an operation that delivers in the format
/// of its operands.
package enum ElementFunction: Hashable, Sendable {
  case real(RealFunction)
  /// Sums, differences, products, quotients, square roots, fused multiply-adds and IEEE 754's
  /// remainder.
  case arithmetic(ArithmeticOperation)
  /// The integral value in a direction (C23, 7.12.9).
  case integral(IntegralFunction)

  /// C's functions that round to an integral value.
  package enum IntegralFunction: String, CaseIterable, Hashable, Sendable {
    case floor, ceil, trunc
    /// To the nearest, ties to even.
    case rint
    /// To the nearest, ties away from zero.
    case round

    /// The direction of the rounding.
    package var direction: Rounding {
      switch self {
      case .floor: .down
      case .ceil: .up
      case .trunc: .towardZero
      case .rint: .nearestEven
      case .round: .nearestAway
      }
    }
  }

  /// The operations of `arithmetic`.
  private static let operations: [ArithmeticOperation] = [
    .add, .sub, .mul, .div, .sqrt, .fma, .remainder,
  ]

  /// Every function, the operations first.
  package static let allCases: [ElementFunction] =
    operations.map(ElementFunction.arithmetic)
    + IntegralFunction.allCases.map(ElementFunction.integral)
    + RealFunction.allCases.map(ElementFunction.real)

  /// The name on the command line and in documents.
  package var rawValue: String {
    switch self {
    case .real(let function): function.rawValue
    case .arithmetic(let operation): operation.rawValue
    case .integral(let function): function.rawValue
    }
  }

  /// The function of such a name; nil of another.
  package init?(rawValue: String) {
    guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = known
  }

  /// The number of operands.
  package var arity: Int {
    switch self {
    case .real(let function): function.arity
    case .arithmetic(let operation): operation.arity
    case .integral: 1
    }
  }
}

extension ElementFunction: Codable {
  package init(from decoder: any Decoder) throws {
    let values = try decoder.singleValueContainer()
    guard let function = ElementFunction(rawValue: try values.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: values, debugDescription: "no function")
    }
    self = function
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.singleValueContainer()
    try values.encode(rawValue)
  }
}
