// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness

extension Arithmetic {
  /// The result of any operation in any format under any semantics.
  ///
  /// Operands and result are encodings, right-aligned; integers are two's complement, an Int32 in
  /// the low 32 bits. `to` is the destination of `convert` and `fromInt`, `format` that of
  /// everything else. `index` is the element's position, on which a stochastic rounding's random
  /// word depends.
  public static func evaluate(
    _ operation: ArithmeticOperation, _ a: UInt64, _ b: UInt64 = 0, _ c: UInt64 = 0, format: Format,
    to target: Format? = nil, semantics: Semantics = Semantics(), index: UInt64 = 0
  ) -> Rounded<UInt64> {
    ScalarEvaluator(operation, format: format, to: target ?? format, semantics: semantics)
      .callAsFunction(a, b, c, index: index)
  }

  /// ± significand 2^exponent, increased by less than one unit of the significand when `sticky`,
  /// rounded to a format.
  public static func round(
    negative: Bool, significand: UInt64, exponent: Int, sticky: Bool = false, to format: Format,
    semantics: Semantics = Semantics(), index: UInt64 = 0
  ) -> Rounded<UInt64> {
    let c = Context<UInt64>(format, semantics)
    let bound = Swift.max(-4096, Swift.min(4096, exponent))
    let packed = roundAndPack(
      sign: negative ? 1 : 0, magnitude: significand,
      unit: UInt64(truncatingIfNeeded: bound) &+ c.bias &- 1, sticky: sticky ? 1 : 0, c,
      random: randomWord(semantics, index), GeneralScope.self)
    let result = format.specials == .scale ? ScaleFormat.encode(packed, c) : packed
    return Rounded(
      value: result.bits, flags: Exceptions(rawValue: UInt8(truncatingIfNeeded: result.flags)))
  }

  /// The random word of an element at the top of a 64-bit lane, zero for a deterministic rounding.
  @inlinable
  static func randomWord(_ semantics: Semantics, _ index: UInt64) -> UInt64 {
    guard case .stochastic(_, let seed) = semantics.rounding else { return 0 }
    return UInt64(RandomWords.word(seed: seed, index: index)) &<< 32
  }
}

/// An operation with its contexts built: what a scalar loop calls per element.
public struct ScalarEvaluator: Sendable {
  /// The operation.
  public let operation: ArithmeticOperation
  let semantics: Semantics
  let source: Context<UInt64>
  let target: Context<UInt64>

  /// The operation in `format`, conversions from and to `target`.
  public init(
    _ operation: ArithmeticOperation, format: Format, to target: Format, semantics: Semantics
  ) {
    self.operation = operation
    self.semantics = semantics
    source = Context(format, semantics)
    self.target = Context(target, semantics)
  }

  /// The result of the operation on the given encodings.
  public func callAsFunction(
    _ a: UInt64, _ b: UInt64, _ c: UInt64, index: UInt64
  ) -> Rounded<UInt64> {
    let random = Arithmetic.randomWord(semantics, index)
    let packed: Packed<UInt64>
    if semantics.isPlain {
      packed = evaluate(a, b, c, random, ScalarScope.self)
    } else if !semantics.isGeneral {
      packed = evaluate(a, b, c, random, StochasticScope.self)
    } else {
      packed = evaluate(a, b, c, random, GeneralScope.self)
    }
    return Rounded(
      value: packed.bits, flags: Exceptions(rawValue: UInt8(truncatingIfNeeded: packed.flags)))
  }

  private func evaluate<S: KernelScope>(
    _ a: UInt64, _ b: UInt64, _ c: UInt64, _ random: UInt64, _ scope: S.Type
  ) -> Packed<UInt64> {
    let isScale = source.format.specials == .scale
    let a = isScale && takesNumber ? ScaleFormat.decode(a) : a
    let b = isScale && operation != .scaleB ? ScaleFormat.decode(b) : b
    let c = isScale ? ScaleFormat.decode(c) : c
    let result = lanes(a, b, c, random, scope)
    let destination = operation == .convert || !takesNumber ? target : source
    guard destination.format.specials == .scale, deliversNumber else { return result }
    let isNeighbor = operation == .nextUp || operation == .nextDown
    return isNeighbor
      ? ScaleFormat.encodeNeighbor(result) : ScaleFormat.encode(result, destination)
  }

  /// Whether the first operand is a number of the source format.
  private var takesNumber: Bool { operation != .fromInt32 && operation != .fromInt64 }

  /// Whether the result is a floating-point number.
  private var deliversNumber: Bool {
    [.number, .target].contains(operation.signature.result)
  }

  private func lanes<S: KernelScope>(
    _ a: UInt64, _ b: UInt64, _ c: UInt64, _ random: UInt64, _ scope: S.Type
  ) -> Packed<UInt64> {
    switch operation {
    case .add: Arithmetic.add(a, b, source, random: random, scope)
    case .sub: Arithmetic.subtract(a, b, source, random: random, scope)
    case .mul: Arithmetic.multiply(a, b, source, random: random, scope)
    case .div: Arithmetic.divide(a, b, source, random: random, scope)
    case .sqrt: Arithmetic.squareRoot(a, source, random: random, scope)
    case .fma: Arithmetic.fusedMultiplyAdd(a, b, c, source, random: random, scope)
    case .remainder: Arithmetic.remainder(a, b, source)
    case .roundToIntegral: Arithmetic.roundToIntegral(a, source, random: random, scope)
    case .minimum: Arithmetic.extremum(a, b, larger: false, number: false, source, scope)
    case .maximum: Arithmetic.extremum(a, b, larger: true, number: false, source, scope)
    case .minimumNumber: Arithmetic.extremum(a, b, larger: false, number: true, source, scope)
    case .maximumNumber: Arithmetic.extremum(a, b, larger: true, number: true, source, scope)
    case .compareQuiet: Arithmetic.compare(a, b, signaling: false, source, scope)
    case .compareSignaling: Arithmetic.compare(a, b, signaling: true, source, scope)
    case .nextUp: Arithmetic.next(a, down: false, source, scope)
    case .nextDown: Arithmetic.next(a, down: true, source, scope)
    case .scaleB:
      Arithmetic.scaleB(a, Int32(truncatingIfNeeded: b), source, random: random, scope)
    case .logB: Arithmetic.logB(a, source, scope)
    case .convert: Arithmetic.convert(a, from: source, to: target, random: random, scope)
    case .toInt32: Arithmetic.toInteger(a, width: 32, source, random: random)
    case .toInt64: Arithmetic.toInteger(a, width: 64, source, random: random)
    case .fromInt32:
      Arithmetic.fromInteger(
        Int64(Int32(truncatingIfNeeded: a)), target, random: random, scope)
    case .fromInt64:
      Arithmetic.fromInteger(Int64(bitPattern: a), target, random: random, scope)
    }
  }
}
