// SPDX-License-Identifier: Apache-2.0
import SoftFloat

/// The rule by which a framework scales the loss, quirks included.
///
/// A step whose gradients overflow is skipped. `LossScaler` says what becomes of the scale.
package struct LossScaling: Codable, Sendable, Hashable {
  /// What counts as an overflow of the scaled gradients.
  package enum Detection: String, Codable, Sendable, Hashable, CaseIterable {
    /// An element that is infinite or NaN.
    case element
    /// A tensor whose FP32 sum, taken in ascending order, is infinite or NaN: opposite infinities
    /// are found as a NaN, and finite elements may overflow together.
    case sum
    /// An infinite or NaN L2 norm of all gradients, its squares summed in FP32 in ascending order.
    case norm
  }

  /// How the scale S is removed from a gradient.
  package enum Unscaling: String, Codable, Sendable, Hashable, CaseIterable {
    /// Multiplication by 1/S, computed in FP64 and rounded to FP32.
    case multiplication
    /// Division by S.
    case division
  }

  /// When overflows that were forgiven count as forgotten.
  package enum Refill: String, Codable, Sendable, Hashable, CaseIterable {
    /// When the scale grows.
    case growth
    /// At every finite step.
    case finiteStep
  }

  /// What becomes of a scale that would fall below the minimum.
  package enum AtMinimum: String, Codable, Sendable, Hashable, CaseIterable {
    /// It stays at the minimum.
    case stays
    /// The framework raises an error where the scale already is the minimum.
    case failsAtMinimum
    /// The framework raises an error where the scale would reach the minimum.
    case failsOnReaching
  }

  /// In which arithmetic the scale is multiplied by its factors, and kept.
  package enum Arithmetic: String, Codable, Sendable, Hashable, CaseIterable {
    /// Scale and factor in FP32.
    case fp32
    /// The product of a scale in FP32 and a factor in FP64, rounded once to FP32.
    case fp64Factor
    /// Scale and factor in FP64; the loss is multiplied by the scale rounded to FP32.
    case fp64
  }

  /// The short name.
  package var name: String
  /// The scale of the first step.
  package var initial: Float
  /// The factor after `interval` finite steps in a row.
  package var growth = 2.0
  /// The factor after an overflow.
  package var backoff = 0.5
  /// The number of finite steps that make the scale grow; nil for a scale that never changes.
  package var interval: Int?
  /// The least scale.
  package var minimum: Float?
  /// The greatest scale.
  package var maximum: Float?
  /// The number of overflows of which the last lowers the scale: 1 for every overflow.
  package var hysteresis = 1
  /// When the count of forgiven overflows begins anew.
  package var refill = Refill.growth
  /// Whether the scale grows only where the grown one is finite in FP32.
  package var growsOnlyIfFinite = false
  /// What happens at `minimum`.
  package var atMinimum = AtMinimum.stays
  /// What counts as an overflow.
  package var detection = Detection.element
  /// The greatest share of a step's gradient values that may be infinite or NaN without lowering the
  /// scale; such a step is skipped all the same, and counts as a finite one.
  package var toleratedShare = 0.0
  /// How the scale is removed.
  package var unscaling = Unscaling.multiplication
  /// In which arithmetic the scale moves.
  package var arithmetic = Arithmetic.fp64Factor
  /// A scale for each layer on top of this one; nil for none.
  package var layers: LayerScaling?

  /// The rule with the given constants.
  package init(name: String, initial: Float, interval: Int?) {
    self.name = name
    self.initial = initial
    self.interval = interval
  }
}

extension LossScaling {
  /// torch.amp.GradScaler.
  package static let torch = rule("torch", 0x1p16, 2000) { $0.growsOnlyIfFinite = true }
  /// apex.amp, levels O1 and O2.
  package static let apex = rule("apex", 0x1p16, 2000) {
    $0.maximum = 0x1p24
    $0.detection = .sum
    $0.arithmetic = .fp64
  }
  /// apex's update_scale_hysteresis with hysteresis 2: counts overflows in a row.
  package static let apexHysteresis = rule("apex-hysteresis", 0x1p16, 2000) {
    $0.hysteresis = 2
    $0.refill = .finiteStep
    $0.growsOnlyIfFinite = true
  }
  /// DeepSpeed's DynamicLossScaler as its configuration sets it up: hysteresis 2, window 1000.
  package static let deepSpeed = rule("deepspeed", 0x1p16, 1000) {
    $0.minimum = 1
    $0.hysteresis = 2
    $0.atMinimum = .failsAtMinimum
    $0.detection = .sum
    $0.arithmetic = .fp64
  }
  /// The same with consecutive_hysteresis.
  package static let deepSpeedConsecutive = deepSpeed.changed {
    $0.name = "deepspeed-consecutive"
    $0.refill = .finiteStep
  }
  /// Megatron-LM's DynamicGradScaler: from 2^32, hysteresis 2.
  package static let megatron = rule("megatron", 0x1p32, 1000) {
    $0.arithmetic = .fp32
    $0.minimum = 1
    $0.hysteresis = 2
  }
  /// fairseq's DynamicLossScaler on one worker without accumulation: window 2^14, tolerance 0.
  package static let fairseq = rule("fairseq", 0x1p7, 1 << 14) {
    $0.minimum = 1e-4
    $0.atMinimum = .failsOnReaching
    $0.detection = .norm
    $0.arithmetic = .fp64
  }
  /// Keras' LossScaleOptimizer: the scale may grow to infinity.
  package static let keras = rule("keras", 0x1p15, 2000) {
    $0.unscaling = .division
    $0.arithmetic = .fp32
  }
  /// jmp.DynamicLossScale.
  package static let jmp = rule("jmp", 0x1p15, 2000) {
    $0.arithmetic = .fp32
    $0.minimum = 1
    $0.growsOnlyIfFinite = true
  }

  /// The automatic scaling of FP8-LM (MS-AMP; arXiv 2310.18313, section 2.1): halved where more than
  /// 0.001 % of the values overflow, otherwise doubled over 1000 steps, a little at each. The paper
  /// names no first scale: torch's.
  package static let msAMP = rule("ms-amp", 0x1p16, 1) {
    // 2^(1/1000), rounded to nearest.
    $0.growth = 1.0006933874625807
    $0.toleratedShare = 1e-5
    $0.growsOnlyIfFinite = true
    $0.arithmetic = .fp64
  }

  /// Adaptive loss scaling of layers (arXiv 1910.12385): the loss itself is multiplied by 1.
  package static let adaLoss: LossScaling = {
    var rule = LossScaling(name: "ada-loss", initial: 1, interval: nil)
    rule.layers = LayerScaling()
    return rule
  }()

  /// The named rules.
  package static let presets = [
    torch, apex, apexHysteresis, deepSpeed, deepSpeedConsecutive, megatron, fairseq, keras, jmp,
    msAMP, adaLoss,
  ]

  /// A scale that never changes; a step whose gradients overflow is skipped all the same.
  package static func fixed(_ scale: Float) -> LossScaling {
    LossScaling(name: "fixed:\(scale)", initial: scale, interval: nil)
  }

  /// The rule of a preset's name, or of `fixed:S` with a finite S > 0; nil for anything else.
  package init?(named name: String) {
    let lowercased = name.lowercased()
    if let preset = Self.presets.first(where: { $0.name == lowercased }) {
      self = preset
    } else if lowercased.hasPrefix("fixed:"), let scale = Float(lowercased.dropFirst(6)),
      scale > 0, scale.isFinite
    {
      self = .fixed(scale)
    } else {
      return nil
    }
  }

  private static func rule(
    _ name: String, _ initial: Float, _ interval: Int, _ change: (inout LossScaling) -> Void
  ) -> LossScaling {
    LossScaling(name: name, initial: initial, interval: interval).changed(change)
  }

  private func changed(_ change: (inout LossScaling) -> Void) -> LossScaling {
    var rule = self
    change(&rule)
    return rule
  }
}

extension LossScaling: CustomStringConvertible {
  /// The rule in words.
  package var description: String {
    guard let interval else {
      return (layers == nil ? "" : "\(name), a scale for each layer at every step; of the loss ")
        + "fixed \(initial)"
    }
    var parts = ["\(name), init \(initial) growth \(growth) every \(interval) backoff \(backoff)"]
    if hysteresis > 1 {
      let memory = refill == .growth ? "until it grows" : "in a row"
      parts.append("at overflow \(hysteresis) \(memory)")
    }
    if toleratedShare > 0 { parts.append("tolerates a share of \(toleratedShare)") }
    if let minimum { parts.append("minimum \(minimum)") }
    if let maximum { parts.append("maximum \(maximum)") }
    if layers != nil { parts.append("a scale for each layer on top") }
    return parts.joined(separator: ", ")
  }
}
