// SPDX-License-Identifier: Apache-2.0
import Formats

/// What a loss scale is to a step.
package enum LossScaleRegime: String, Codable, Sendable, Hashable, CaseIterable {
  /// Too small: gradients become zero or subnormal.
  case underflow
  /// What is left is the error of the formats' roundings, which no scale removes.
  case rounding
  /// Too large: a gradient is infinite or NaN, or loses its largest values.
  case overflow
  /// It errs the least of those that were tried, which are too few to tell rounding from underflow.
  case undecided
}

extension SweptStep {
  /// A scale errs no more than rounding does where its error is at most so many times the least.
  package static let floorMargin = 1.1

  /// An error from which on a scale keeps no gradient worth the name: half of it is gone.
  private static let lost = 0.5

  /// The least error of any scale; nil where every one overflows or loses half of the gradient.
  package var floor: Double? {
    scales.compactMap(\.error).min().flatMap { $0 < Self.lost ? $0 : nil }
  }

  /// The positions of the scales around the least error whose errors are at most `floorMargin`
  /// times that; nil where every scale overflows. A scale between them that is no power of two may
  /// err more, because the gradients are rounded where they are multiplied by it.
  package var plateau: ClosedRange<Int>? {
    guard let floor, let least = scales.firstIndex(where: { $0.error == floor }) else { return nil }
    let hasPowers = scales.contains { $0.scale.significand == 1 && $0.error != nil }
    func holds(_ index: Int) -> Bool {
      guard let error = scales[index].error else { return false }
      return error <= Self.floorMargin * floor || hasPowers && scales[index].scale.significand != 1
    }
    var (first, last) = (least, least)
    while first > 0, holds(first - 1) { first -= 1 }
    while last + 1 < scales.count, holds(last + 1) { last += 1 }
    // No other scale is an end.
    func isEnd(_ index: Int) -> Bool {
      scales[index].error.map { $0 <= Self.floorMargin * floor } ?? false
    }
    while first < least, !isEnd(first) { first += 1 }
    while last > least, !isEnd(last) { last -= 1 }
    return first...last
  }

  /// A plateau of so many powers of two is the floor: in underflow an error falls as fast as the
  /// scale grows.
  private static let floorPowers = 3

  /// Whether the least error is what rounding costs, and not only the least of those that were tried:
  /// it stays over several powers of two, or a scale loses nothing.
  package var showsFloor: Bool {
    guard let plateau else { return false }
    let powers = scales[plateau].count { $0.scale.significand == 1 }
    return powers >= Self.floorPowers
      || lossless.contains { scale in
        scales[plateau].contains { $0.scale == scale.scale }
      }
  }

  /// What a scale is, by its position.
  package func regime(_ index: Int) -> LossScaleRegime {
    guard let plateau else { return scales[index].overflowed == nil ? .underflow : .overflow }
    if plateau.contains(index) { return showsFloor ? .rounding : .undecided }
    return index < plateau.lowerBound ? .underflow : .overflow
  }

  /// The position of the best scale: the one nearest to the middle of the plateau whose error is
  /// near the least, as far from underflow as from overflow; nil without a plateau.
  package var best: Int? {
    guard let plateau, let floor else { return nil }
    let middle = plateau.lowerBound + plateau.upperBound
    return plateau.filter {
      scales[$0].error.map { $0 <= Self.floorMargin * floor } ?? false
    }.min { (2 * $0 - middle).magnitude < (2 * $1 - middle).magnitude }
  }

  /// ⌊log2(Ω / (S max |g|))⌋ of the best scale S: how often it may be doubled before a gradient
  /// overflows, by the reference's values; nil where no format wants a scale.
  package var headroom: Int? {
    guard let best, let ends else { return nil }
    return Int((ends.greatest.greatest / scales[best].scale).exponent)
  }

  /// The position of S = 1, which is no loss scaling; nil where it was not tried.
  package var unscaled: Int? { scales.firstIndex { $0.scale == 1 } }

  /// The scales under which no gradient lost a value to the formats' ranges or has a subnormal one,
  /// powers of two among them: all of them have the same bits, but for the scale.
  package var lossless: [SweptScale] {
    // What vanishes within the arithmetic is zero before its rounding, and not counted there.
    let most = scales.map(\.range.nonzero).max() ?? 0
    return scales.filter {
      $0.scale.significand == 1 && $0.overflowed == nil && $0.range.zeroed == 0
        && $0.range.subnormal == 0 && $0.range.overflow == 0 && $0.range.nonzero == most
    }
  }

  /// Whether they have; nil where there are fewer than two, or roundings are random.
  package var losslessAgree: Bool? {
    guard !isRandom else { return nil }
    let digests = lossless.map(\.digest)
    return digests.count < 2 ? nil : digests.allSatisfy { $0 == digests[0] }
  }

  /// The gradients whose formats want a scale, with their windows.
  package var windows: [TensorWindow] {
    tensors.compactMap { tensor in
      guard let format = Format(id: tensor.format), GradientMagnitudes.wantScale(in: format),
        let magnitudes = tensor.magnitudes
      else { return nil }
      return TensorWindow(
        tag: tensor.tag, least: magnitudes.leastScale(in: format),
        greatest: magnitudes.greatestScale(in: format))
    }
  }

  /// The gradient that asks for the greatest scale, and the one that allows the least; nil where no
  /// format wants one.
  package var ends: (least: TensorWindow, greatest: TensorWindow)? {
    guard let least = windows.max(by: { $0.least < $1.least }),
      let greatest = windows.min(by: { $0.greatest < $1.greatest })
    else { return nil }
    return (least, greatest)
  }

  /// The values of gradients that a single scale loses, by its position, and those that remain lost
  /// where every gradient has a scale of its own: both of the reference's values.
  package func lost(under index: Int) -> (single: Int, own: Int, of: Int) {
    var (single, own, nonzero) = (0, 0, 0)
    for tensor in tensors {
      guard let ownScale = tensor.ownScale else { continue }
      single += tensor.scales[index].recovery.lost
      own += ownScale.recovery.lost
      nonzero += ownScale.recovery.nonzero
    }
    return (single, own, nonzero)
  }
}

/// The loss scales that one gradient's format allows: from (η/2) / q to Ω / max |g|, with q the
/// magnitude below which a share of `GradientMagnitudes.quantile` of the nonzero values lies.
package struct TensorWindow: Codable, Sendable, Hashable {
  /// Which gradient.
  package var tag: TensorTag
  /// S_min.
  package var least: Double
  /// S_max.
  package var greatest: Double

  /// A window.
  package init(tag: TensorTag, least: Double, greatest: Double) {
    self.tag = tag
    self.least = least
    self.greatest = greatest
  }
}
