// SPDX-License-Identifier: Apache-2.0

/// Functions at FP32 numbers of 64 or more in magnitude, where the neighbouring numbers of a block
/// lie in many periods or between many poles: FP64 evaluations whose relative errors are below
/// 2^-46.
struct FarFunction {
  private enum Kind { case sine, cosine, tangent, gamma, lgamma }
  private let kind: Kind
  /// The reduction of radians; nil where operands are half turns.
  private let reduction: RadianReduction?

  /// Where the FP32 numbers begin.
  private static let start: Float = 64

  /// Nil for a function that polynomials follow everywhere.
  init?(_ function: RealFunction) {
    switch function {
    case .sin, .sinpi: kind = .sine
    case .cos, .cospi: kind = .cosine
    case .tan, .tanpi: kind = .tangent
    case .gamma: kind = .gamma
    case .lgamma: kind = .lgamma
    default: return nil
    }
    let isRadian = [.sin, .cos, .tan].contains(function)
    reduction = isRadian ? RadianReduction(from: FarFunction.start) : nil
  }

  /// Whether the numbers of the block of FP32 encodings from `start` on are evaluated here.
  func covers(_ start: UInt32) -> Bool {
    let x = Float(bitPattern: start)
    guard x.isFinite, x.magnitude >= FarFunction.start else { return false }
    // The gamma function has its poles below zero.
    return x < 0 || (kind != .gamma && kind != .lgamma)
  }

  /// The value at a number of such a block, `ElementaryReference.tiny` standing for smaller ones;
  /// nil where it is not known to 2^-46.
  func value(at x: Float) -> Double? {
    switch kind {
    case .gamma: return GammaSeries.farBelow(Double(x))
    case .lgamma: return GammaSeries.logarithmFarBelow(Double(x))
    case .sine, .cosine, .tangent: break
    }
    guard let angle = reduction.map({ $0.reduced(x.magnitude) }) ?? QuarterTurns(halfTurns: x)
    else { return nil }
    switch kind {
    case .sine: return x < 0 ? -angle.sine : angle.sine
    case .cosine: return angle.cosine
    default: return x < 0 ? -angle.tangent : angle.tangent
    }
  }
}
