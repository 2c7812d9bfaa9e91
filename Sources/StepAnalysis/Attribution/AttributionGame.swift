// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Twins

/// What a step's error is an error of.
package enum AttributedQuantity: String, CaseIterable, Sendable {
  /// The weight gradients, the loss scale removed.
  case gradients
  /// How far the weights move: the sum of weight and update, less the weight.
  case updates
}

/// The reference's values of a step, from which errors are taken.
struct AttributionGame: Sendable {
  /// The errors of all values together.
  struct Error: Sendable {
    /// e, parameter by parameter.
    var values: [[Double]]
    /// ‖e‖².
    var squares: Double
    /// Its product with another error.
    var along: Double
  }

  private let inverse: Double
  /// x_ref, parameter by parameter.
  let expected: [[Double]]
  /// ‖x_ref‖².
  let referenceSquares: Double

  /// The reference's gradients, of which a step's are divided by the loss scale.
  static func gradients(_ step: SwitchedStep, _ moment: ReferenceRun.Moment) -> AttributionGame {
    AttributionGame(step.expectedGradients(moment), inverse: step.inverse)
  }

  /// The reference's moves of the weights.
  static func updates(
    _ step: SwitchedStep, _ moment: ReferenceRun.Moment, threads: Int
  ) -> AttributionGame {
    let scale = Double(step.scale ?? 1)
    let scaled = step.expectedGradients(moment).map { $0.map { $0 * scale } }
    return AttributionGame(step.moves(scaled, .none, threads: threads), inverse: 1)
  }

  private init(_ expected: [[Double]], inverse: Double) {
    self.expected = expected
    self.inverse = inverse
    referenceSquares = expected.reduce(0) { $1.reduce($0) { $0 + $1 * $1 } }
  }

  /// The error of values, parameter by parameter.
  func error(of values: [[Double]], along other: [[Double]]? = nil) -> Error {
    var result = Error(values: [], squares: 0, along: 0)
    for (index, (value, expected)) in zip(values, expected).enumerated() {
      var error = value
      for i in error.indices {
        error[i] = value[i] * inverse - expected[i]
        result.squares += error[i] * error[i]
      }
      if let other { for i in error.indices { result.along += error[i] * other[index][i] } }
      result.values.append(other == nil ? error : [])
    }
    return result
  }
}

extension SwitchedStep {
  /// The reference's gradients, parameter by parameter; zero where it has none.
  fileprivate func expectedGradients(_ moment: ReferenceRun.Moment) -> [[Double]] {
    zip(parameters, own).map { parameter, own in
      let tag = TensorTag(
        layer: parameter.layer, operation: parameter.name, kind: .weightGradient)
      return moment.tensors.tensor(tag)?.doubles ?? [Double](repeating: 0, count: own.count)
    }
  }
}
