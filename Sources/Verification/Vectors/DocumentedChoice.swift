// SPDX-License-Identifier: Apache-2.0
import Formats

/// A difference between two results that IEEE 754, or the change from its edition of 2008 to that
/// of 2019, leaves to implementations.
package enum DocumentedChoice: String, Hashable, Sendable, Codable, CaseIterable {
  /// The sign and payload of a NaN result (clause 6.2.3).
  case nan
  /// minNum and maxNum of 2008 against minimum and maximum of 2019 where an operand is a NaN
  /// (clause 9.6).
  case minimum2008 = "minnum-2008"
  /// Which zero minNum and maxNum of 2008 deliver for zeros of both signs (clause 5.3.1 of 2008).
  case zeros = "minnum-zeros"
  /// invalid of fma(0, infinity, quiet NaN) (clause 7.2 c).
  case fmaInvalid = "fma-invalid"
  /// invalid of a signaling NaN beside a quiet one, which FPgen's vectors do not signal where the
  /// quiet one comes first.
  case quietBesideSignaling = "invalid-beside-quiet-nan"
  /// What an invalid conversion to an integer, or logB, delivers (clauses 5.8 and 5.3.3).
  case invalidInteger = "invalid-integer"
  /// inexact of conversions to integers and integral values, of which there are two kinds (clauses
  /// 5.8 and 5.9).
  case inexactInteger = "inexact-integer"

  /// The choice in one clause.
  package var explanation: String {
    switch self {
    case .nan: "sign and payload of a NaN"
    case .minimum2008: "minNum and maxNum of 2008 against 2019, with a NaN"
    case .zeros: "minNum and maxNum of zeros of both signs"
    case .fmaInvalid: "invalid of fma(0, inf, quiet NaN)"
    case .quietBesideSignaling: "invalid of a signaling NaN beside a quiet one"
    case .invalidInteger: "what an invalid conversion to an integer delivers"
    case .inexactInteger: "inexact of rounding to an integer"
    }
  }
}

/// A result and its exceptions; nil where they are not told.
struct VectorOutcome: Hashable {
  var value: UInt64
  var flags: Exceptions?
}

extension DocumentedChoice {
  /// The choice that explains all of the difference between an expected outcome and one of this
  /// project's semantics; nil where something is left unexplained.
  init?(
    _ evaluation: Evaluation, operands: [UInt64], expected: VectorOutcome, own: VectorOutcome
  ) {
    let data = operands.map { evaluation.format.decode(UInt32(truncatingIfNeeded: $0)) }
    var reason: DocumentedChoice?
    if expected.value != own.value {
      reason = DocumentedChoice.ofValues(evaluation, operands, data, expected, own)
      if reason == nil { return nil }
    }
    if let flags = expected.flags, let ownFlags = own.flags, flags != ownFlags {
      reason = DocumentedChoice.ofFlags(
        evaluation.operation, data, flags.symmetricDifference(ownFlags))
    }
    guard let reason else { return nil }
    self = reason
  }

  private static func ofValues(
    _ evaluation: Evaluation, _ operands: [UInt64], _ data: [Decoded], _ expected: VectorOutcome,
    _ own: VectorOutcome
  ) -> DocumentedChoice? {
    let (operation, format) = (evaluation.operation, evaluation.format)
    switch operation.resultKind(format, to: evaluation.to) {
    case .int32, .int64:
      let isInvalid = (expected.flags ?? .invalid).contains(.invalid)
      return isInvalid && (own.flags ?? .invalid).contains(.invalid) && operation != .fromInt32
        ? .invalidInteger : nil
    case .float(let result):
      let (theirs, ours) = (
        result.decode(UInt32(truncatingIfNeeded: expected.value)),
        result.decode(UInt32(truncatingIfNeeded: own.value))
      )
      // A result never signals: a signaling NaN is no choice.
      if theirs.classification == .signalingNaN || ours.classification == .signalingNaN {
        return nil
      }
      if theirs.isNaN && ours.isNaN { return .nan }
      guard [.minimum, .maximum, .minimumNumber, .maximumNumber].contains(operation) else {
        return nil
      }
      if theirs.isZero, ours.isZero, data.allSatisfy(\.isZero) { return .zeros }
      let numbers = zip(operands, data).filter { !$1.isNaN }.map(\.0)
      guard numbers.count == 1, theirs.isNaN != ours.isNaN else { return nil }
      return (theirs.isNaN ? own.value : expected.value) == numbers[0] ? .minimum2008 : nil
    case nil: return nil
    }
  }

  private static func ofFlags(
    _ operation: ArithmeticOperation, _ data: [Decoded], _ difference: Exceptions
  ) -> DocumentedChoice? {
    let quiet = data.contains { $0.classification == .quietNaN }
    let signaling = data.contains { $0.classification == .signalingNaN }
    if difference == .invalid, quiet {
      if signaling { return .quietBesideSignaling }
      let isZeroTimesInfinity =
        operation == .fma
        && (data[0].isZero && data[1].isInfinite || data[0].isInfinite && data[1].isZero)
      return isZeroTimesInfinity ? .fmaInvalid : nil
    }
    let roundsToInteger = [.roundToIntegral, .toInt32, .toInt64].contains(operation)
    return difference == .inexact && roundsToInteger ? .inexactInteger : nil
  }
}
