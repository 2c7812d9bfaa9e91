// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Network
import Policies

/// The damage of a step, gathered tensor by tensor, and what would mend it.
struct DamageCounts {
  /// What a report counts.
  private(set) var damage = StepDamage()
  private var gradients = Deviation()
  private var magnitudes: [String: MagnitudeCounts] = [:]
  /// The layer of the first value of the forward pass that overflowed.
  private var overflowedLayer: String?
  /// The layer of the tensor of the forward pass that lost the greatest share of its values.
  private var zeroedLayer: String?
  /// The greatest error that an operation of a layer added, by layer.
  private var added: [String: Double] = [:]

  /// Adds a tensor of the passes.
  mutating func add(_ tensor: ObservedTensor, _ point: TensorPoint, _ reference: ReferenceStep) {
    guard reference.zeros(of: tensor.tag)?.isWhole != true else { return }
    let (tag, zeroed) = (tensor.tag, point.range.zeroedRate ?? 0)
    if let error = point.origin?.added { added[tag.layer] = max(added[tag.layer] ?? 0, error) }
    switch tag.kind.direction {
    case .forward:
      damage.overflowed += point.range.overflow
      if point.range.overflow > 0 { overflowedLayer = overflowedLayer ?? tag.layer }
      if zeroed > damage.zeroedForward {
        damage.zeroedForward = zeroed
        zeroedLayer = tag.layer
      }
    case .backward:
      damage.zeroed = max(damage.zeroed, zeroed)
      if tag.kind == .weightGradient { gradients.merge(point.deviation) }
      if tensor.exponent == 0, let counts = reference.magnitudes(tensor) {
        magnitudes[tensor.tensor.rounded.id, default: MagnitudeCounts()].merge(counts)
      }
    case .optimizer: break
    }
  }

  /// Adds a parameter's update.
  mutating func add(_ update: ObservedUpdate, _ point: TensorPoint, _ reference: ReferenceStep) {
    guard reference.zeros(of: update.update.tag)?.isWhole != true else { return }
    damage.lostMass = max(damage.lostMass, point.lost?.lostMassShare ?? 0)
    damage.infiniteUpdates += point.lost?.nonFinite ?? 0
    if let ratio = point.deviation.normRatio {
      damage.updateRatio = max(damage.updateRatio ?? 0, ratio)
    }
  }

  /// Adds the loss's own gradient, which is stored in a format.
  mutating func add(lossIn format: Format?) {
    guard let format else { return }
    magnitudes[format.id, default: MagnitudeCounts()].merge(.ofLoss)
  }

  /// The damage of the whole step.
  var result: StepDamage {
    var result = damage
    result.gradientError = gradients.relativeL2
    return result
  }

  /// The changes that the step asks for, each with how much, where the policy's loss scale is
  /// `scale`.
  func changes(scale: Double) -> [(change: PolicyChange, need: Double)] {
    var changes: [(PolicyChange, Double)] = []
    let least = DamageThreshold.share
    if damage.zeroed >= least, let exponent = greatestScaleExponent,
      Double(sign: .plus, exponent: exponent, significand: 1) > scale
    {
      changes.append((.lossScale(exponent: exponent), damage.zeroed))
    }
    if let layer = overflowedLayer {
      changes.append((.layerFormat(layer: layer, format: "fp32"), Double(damage.overflowed)))
    } else if damage.zeroedForward >= least, let layer = zeroedLayer {
      changes.append((.layerFormat(layer: layer, format: "fp32"), damage.zeroedForward))
    }
    if damage.lostMass >= least { changes.append((.masterWeights, damage.lostMass)) }
    // No finite ratio is as bad as an update without a value.
    let ratio = damage.infiniteUpdates > 0 ? 0x1p500 : damage.updateRatio ?? 0
    if ratio > DamageThreshold.updateRatio { changes.append((.optimizerState, ratio)) }
    let layers = added.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
    if layers.count > 1, DamageThreshold.dominates(layers[0].value, layers[1].value),
      layers[0].key != overflowedLayer
    {
      changes.append((.layerFormat(layer: layers[0].key, format: "fp32"), layers[0].value))
    }
    return changes
  }

  /// The exponent of the greatest power of two, less one binade for what the next steps bring,
  /// under which no gradient of the step overflows in any format that wants a scale; nil where
  /// there is none.
  private var greatestScaleExponent: Int? {
    magnitudes.compactMap { id, counts -> Int? in
      guard let format = Precision(id: id)?.format, GradientMagnitudes.wantScale(in: format),
        let greatest = counts.result?.greatestScale(in: format), greatest.isNormal
      else { return nil }
      return Int(greatest.exponent) - 1
    }.min()
  }
}
