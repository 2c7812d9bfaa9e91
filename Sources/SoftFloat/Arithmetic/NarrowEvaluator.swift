// SPDX-License-Identifier: Apache-2.0
import Formats

/// An operation in 32-bit lanes, as the typed operations and the loops over narrow formats compute
/// it, with its contexts built.
public struct NarrowEvaluator: Sendable {
  private let operation: ArithmeticOperation
  private let semantics: Semantics
  private let source: Context<UInt32>
  private let target: Context<UInt32>

  /// The operation; nil where 32-bit lanes do not hold it: formats of more than 11 significand
  /// bits (sums of 24 in deterministic roundings excepted), more than 16 random bits, scales, and
  /// operations on integers.
  public init?(
    _ operation: ArithmeticOperation, format: Format, to target: Format, semantics: Semantics
  ) {
    let isSum = operation == .add || operation == .sub
    guard format.specials != .scale, target.specials != .scale,
      format.fitsNarrowLane(semantics) || (isSum && semantics.isPlain),
      operation != .convert || target.fitsNarrowLane(semantics)
    else { return nil }
    switch operation {
    case .remainder, .scaleB, .logB, .toInt32, .toInt64, .fromInt32, .fromInt64: return nil
    default: break
    }
    self.operation = operation
    self.semantics = semantics
    source = Context(format, semantics)
    self.target = Context(target, semantics)
  }

  /// The result of the operation on the given encodings.
  public func callAsFunction(
    _ a: UInt64, _ b: UInt64, _ c: UInt64, index: UInt64
  ) -> Rounded<UInt64> {
    // A lane takes at most 16 random bits: the upper half of the word that wide lanes take.
    let random = UInt32(truncatingIfNeeded: Arithmetic.randomWord(semantics, index) &>> 32)
    let words = (
      UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: b), UInt32(truncatingIfNeeded: c)
    )
    let packed =
      semantics.isPlain
      ? lanes(words, random, ScalarScope.self)
      : semantics.isGeneral
        ? lanes(words, random, GeneralScope.self) : lanes(words, random, StochasticScope.self)
    return Rounded(
      value: UInt64(packed.bits),
      flags: Exceptions(rawValue: UInt8(truncatingIfNeeded: packed.flags)))
  }

  private func lanes<S: KernelScope>(
    _ words: (UInt32, UInt32, UInt32), _ random: UInt32, _ scope: S.Type
  ) -> Packed<UInt32> {
    let (a, b, c) = words
    switch operation {
    case .add: return Arithmetic.add(a, b, source, random: random, scope)
    case .sub: return Arithmetic.subtract(a, b, source, random: random, scope)
    case .mul: return Arithmetic.multiply(a, b, source, random: random, scope)
    case .div: return Arithmetic.divide(a, b, source, random: random, scope)
    case .sqrt: return Arithmetic.squareRoot(a, source, random: random, scope)
    case .fma: return Arithmetic.fusedMultiplyAdd(a, b, c, source, random: random, scope)
    case .roundToIntegral: return Arithmetic.roundToIntegral(a, source, random: random, scope)
    case .minimum: return Arithmetic.extremum(a, b, larger: false, number: false, source, scope)
    case .maximum: return Arithmetic.extremum(a, b, larger: true, number: false, source, scope)
    case .minimumNumber:
      return Arithmetic.extremum(a, b, larger: false, number: true, source, scope)
    case .maximumNumber:
      return Arithmetic.extremum(a, b, larger: true, number: true, source, scope)
    case .compareQuiet: return Arithmetic.compare(a, b, signaling: false, source, scope)
    case .compareSignaling: return Arithmetic.compare(a, b, signaling: true, source, scope)
    case .nextUp: return Arithmetic.next(a, down: false, source, scope)
    case .nextDown: return Arithmetic.next(a, down: true, source, scope)
    case .convert: return Arithmetic.convert(a, from: source, to: target, random: random, scope)
    case .remainder, .scaleB, .logB, .toInt32, .toInt64, .fromInt32, .fromInt64:
      preconditionFailure("\(operation.rawValue) has no 32-bit lanes")
    }
  }
}
