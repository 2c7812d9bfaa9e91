// SPDX-License-Identifier: Apache-2.0
import Policies

/// The powers of two by which layers scale the gradients that they pass on. These carry the product
/// of the scales of all layers that they came through.
struct LayerScales {
  /// How a layer's scale is found.
  let rule: LayerScaling

  /// The most a gradient is scaled by: FP32 holds that power and its inverse.
  private static let mostExponent = 126

  /// k of a layer's own scale; 0 for an operation without weights, for one whose input needs no
  /// gradient, and of a gradient that is stored with a scale of its own.
  ///
  /// - Parameter carried: k of the gradient as it arrived.
  func exponent(
    of node: Tape.Node, _ gradient: Tensor, _ pass: ForwardPass, carrying carried: Int
  ) -> Int {
    guard let terms = node.gradientTerms, pass.needsGradient[0], gradient.stored.scale == 0
    else { return 0 }
    let own = rule.exponent(
      gradient: gradient.valueRange, weights: pass.inputs[1].valueRange, terms: terms)
    return min(max(own, -Self.mostExponent - carried), Self.mostExponent - carried)
  }

  /// k that two gradients of a value are brought to before they are added: the greater one, or where
  /// one of them would then be too large, the smaller.
  func common(_ a: CarriedGradient, _ b: CarriedGradient) -> Int {
    guard a.exponent != b.exponent else { return a.exponent }
    let greatest = max(a.exponent, b.exponent)
    let fits = [a, b].allSatisfy {
      let factor = Double(sign: .plus, exponent: greatest - $0.exponent, significand: 1)
      return $0.tensor.valueRange.largest * factor < rule.greatestMagnitude
    }
    return fits ? greatest : min(a.exponent, b.exponent)
  }
}

extension Tensor {
  /// What a layer's scale depends on: FP64's sums in ascending order.
  fileprivate var valueRange: LayerScaling.ValueRange {
    var (squares, largest) = (0.0, 0.0)
    forEachDoubles { _, values in
      for x in values {
        squares += x * x
        largest = max(largest, x.magnitude)
      }
    }
    return .init(meanSquare: count == 0 ? 0 : squares / Double(count), largest: largest)
  }
}
