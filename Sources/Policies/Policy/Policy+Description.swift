// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import SoftFloat

extension Policy {
  /// The policy in words.
  package var description: PolicyDescription {
    let product = rule(.product, layer: "")
    let operands = product.operands ?? weights
    let scaling = lossScaling.map { $0.description }
    var parts: [String] = []
    if operands == weights {
      parts.append("\(weights.id) throughout")
    } else {
      let backward = product.gradients.map { $0 == operands ? "" : " and \($0.id) backward" } ?? ""
      parts.append("\(operands.id)\(backward) operands of products")
      if let addends = product.addendFormat, addends != operands, addends != weights {
        parts.append("\(addends.id) biases")
      }
      parts.append("\(weights.id) master weights")
    }
    if rule.compute == .fp16 || rule.compute == .bf16 {
      parts.append("every primitive and partial sum rounded to it")
    } else if operands.format != nil, operands != .fp32 {
      parts.append("\(product.accumulation.resultFormat.rawValue) inside an operation")
    }
    switch optimizer.update {
    case .nearest: break
    case .stochastic: parts.append("weights rounded stochastically")
    case .kahan: parts.append("weights summed by Kahan's method")
    }
    if optimizer.stateRounding != .nearestEven {
      parts.append("optimizer state rounded \(optimizer.stateRounding)")
    }
    if case .format(let format) = optimizer.hyperparameters {
      parts.append("hyperparameters in \(format.id)")
    }
    parts.append(
      lossScaling.map {
        $0.layers != nil
          ? "a loss scale for each layer"
          : $0.interval == nil ? "a fixed loss scale" : "dynamic loss scaling"
      } ?? "no loss scaling")
    parts += deviations
    var result = PolicyDescription(
      name: name, summary: parts.joined(separator: ", "), operands: operands.id,
      accumulator: isMPFR ? operands.id : product.accumulation.accumulator, weights: weights.id,
      optimizer: optimizer.state.id, lossScaling: scaling)
    result.hasDynamicScale = lossScaling.map { $0.interval != nil }
    result.leastScale = lossScaling?.minimum.map(Double.init)
    result.keepsUpdates = optimizer.update != .nearest
    result.optimizerArithmetic = optimizer.compute.precision.id
    if case .format(let format) = optimizer.hyperparameters { result.hyperparameters = format.id }
    result.stateRounding =
      optimizer.stateRounding == .nearestEven ? nil : optimizer.stateRounding.description
    return result
  }

  /// What no preset has.
  private var deviations: [String] {
    var parts: [String] = []
    let sums = rule(.product, layer: "").accumulation
    if sums.order != .sequential { parts.append("sums in \(sums)") }
    let other = rule(.attention, layer: "").accumulation
    if other != sums, other.order.isOfUnit { parts.append("attention's sums in \(other)") }
    if let tile = rule(.attention, layer: "").attentionTile {
      parts.append("attention in tiles of \(tile) keys")
    }
    if rule.rounding != .nearestEven { parts.append("results rounded \(rule.rounding)") }
    if rule.subnormals != .gradual { parts.append("subnormal numbers \(rule.subnormals.rawValue)") }
    var patterns: [String] = []
    for layer in layers where !patterns.contains(layer.pattern) { patterns.append(layer.pattern) }
    if !patterns.isEmpty {
      parts.append("rules of their own for \(patterns.joined(separator: ", "))")
    }
    if let workers { parts.append("\(workers)") }
    if let microBatches { parts.append("\(microBatches)") }
    if let clipping { parts.append("\(clipping)") }
    if let averages { parts.append("\(averages)") }
    return parts
  }
}

extension Accumulation {
  /// The format of finished sums, and the matrix unit where one makes them.
  fileprivate var accumulator: String {
    guard case .matrixUnit(let unit, let shape) = order else { return resultFormat.rawValue }
    return [resultFormat.rawValue, unit.rawValue, shape?.rawValue].compactMap(\.self)
      .joined(separator: ", ")
  }
}
