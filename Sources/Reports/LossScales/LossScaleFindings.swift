// SPDX-License-Identifier: Apache-2.0
import Measurements

/// What follows from one step under every loss scale, in sentences.
package struct LossScaleFindings {
  /// The policy's name.
  package let policy: String
  /// The step.
  package let step: SweptStep
  /// The reference's name.
  package let reference: String

  /// The findings of a policy's step.
  package init(policy: String, step: SweptStep, reference: String) {
    self.policy = policy
    self.step = step
    self.reference = reference
  }

  /// A scale as people write it: a power of two, or a number.
  package static func text(_ scale: Double) -> String {
    scale.significand == 1
      ? "2^\(scale.exponent)" : ReadableNumber.rounded(scale, digits: 6)
  }

  private static func error(_ x: Double) -> String { ReadableNumber.significant(x, digits: 3) }

  private func scale(_ index: Int) -> String { Self.text(step.scales[index].scale) }

  /// What the scales make of the gradients, and what they are without one.
  package var verdict: String {
    let place = "`\(policy)` at step \(step.step)"
    guard let plateau = step.plateau, let floor = step.floor else {
      return step.scales.contains { $0.overflowed == nil }
        ? "\(place): no scale that was tried keeps half of the gradients; try others."
        : "\(place): every scale makes a gradient infinite or NaN\(firstOverflow(0))."
    }
    let range =
      plateau.count == 1
      ? "\(scale(plateau.lowerBound)) alone"
      : "from \(scale(plateau.lowerBound)) to \(scale(plateau.upperBound))"
    let tried =
      plateau.count > 2
      ? "\(plateau.count) scales \(range)" : plateau.map(scale).joined(separator: " and ")
    let kept =
      step.showsFloor
      ? "\(place): the gradients err by \(Self.error(floor)) under loss scales \(range)"
        + ", what rounding costs and no scale removes"
      : "\(place): of the scales that were tried the gradients err least, by "
        + "\(Self.error(floor)), under \(tried); whether another removes more was not tried"
    guard let unscaled = step.unscaled else { return kept + "." }
    guard let error = step.scales[unscaled].error else {
      return kept + "; without a scale they are not finite\(firstOverflow(unscaled))."
    }
    if plateau.contains(unscaled) { return kept + "; without a scale they err about as much." }
    let range0 = step.scales[unscaled].range
    let lost = range0.zeroedRate.map {
      ", \(ReadableNumber.percent($0, digits: 2)) of their values zero"
    }
    return kept + "; without a scale they err by \(Self.error(error)), "
      + "\(ReadableNumber.significant(error / floor, digits: 2)) times as much\(lost ?? "")."
  }

  private func firstOverflow(_ index: Int) -> String {
    step.scales[index].overflowed.map { ", first \(Self.place($0))" } ?? ""
  }

  /// A gradient as people name it.
  package static func place(_ tag: TensorTag) -> String {
    let what = tag.kind == .weightGradient ? "weight gradient" : "gradient"
    return "the \(what) of `\(tag.layer).\(tag.operation)`"
  }

  /// What the largest scales do; nil where none overflows.
  package var overflow: String? {
    guard let first = step.scales.firstIndex(where: { $0.overflowed != nil }),
      let tag = step.scales[first].overflowed
    else { return nil }
    return "Under \(scale(first)) \(Self.place(tag)) is the first that is not finite."
  }

  /// Which gradients ask for which scales; nil where no format wants one.
  package var tension: String? {
    guard let ends = step.ends else { return nil }
    func power(_ x: Double, _ rule: FloatingPointRoundingRule) -> String {
      "2^\(Int(Powers.log2(x).rounded(rule)))"
    }
    let (low, high) = (power(ends.least.least, .up), power(ends.greatest.greatest, .down))
    if ends.least.least <= ends.greatest.greatest {
      return
        "Every gradient's own window holds the scales from \(low), for \(Self.place(ends.least.tag)), "
        + "to \(high), for \(Self.place(ends.greatest.tag))."
    }
    guard let best = step.best else { return nil }
    let lost = step.lost(under: best)
    return
      "No single scale fits every gradient: \(Self.place(ends.least.tag)) wants at least \(low) for all "
      + "but \(ReadableNumber.percent(GradientMagnitudes.quantile, digits: 1)) of its values, "
      + "\(Self.place(ends.greatest.tag)) allows at most \(high). Under \(scale(best)) "
      + "\(ReadableNumber.grouped(UInt64(lost.single))) of the "
      + "\(ReadableNumber.grouped(UInt64(lost.of))) values that \(reference) has become zero, with a "
      + "scale for each gradient \(ReadableNumber.grouped(UInt64(lost.own)))."
  }

  /// Whether scales that lose nothing agree to the bit; nil where fewer than two lose nothing.
  package var agreement: String? {
    guard let agree = step.losslessAgree else { return nil }
    return agree
      ? "The \(step.lossless.count) powers of two under which no value is zeroed, subnormal or too "
        + "large give the same weight gradients, bit for bit."
      : "Powers of two under which no value is zeroed, subnormal or too large give DIFFERENT weight "
        + "gradients: an operation of this policy depends on the scale by itself."
  }

  /// All but the verdict.
  package var details: [String] {
    step.plateau == nil ? [] : [overflow, tension, agreement].compactMap(\.self)
  }
}
