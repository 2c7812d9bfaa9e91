// SPDX-License-Identifier: Apache-2.0
import Conditions
import Measurements
import TensorFiles
import Words

/// Bounds on the figures of a step, in the grammar of conditions: each has to hold for every value
/// that its paths lead to.
package struct TuningBounds: Sendable {
  /// The bounds.
  package let conditions: [Condition]

  /// The bounds of conditions.
  package init(_ conditions: [Condition]) { self.conditions = conditions }

  /// Whether a bound is on the error of updates, which alone sees the formats of kept weights and of
  /// the optimizer's state.
  package var nameUpdates: Bool { conditions.contains { $0.text.contains("updateError") } }

  /// The bounds as they were written.
  package var texts: [String] { conditions.map(\.text) }

  /// - Throws: `BoundProblem` where a bound names a figure or a layer that a model has not, and where
  ///   the figures of a step without any error break it.
  package func check(layers: [String]) throws(BoundProblem) {
    var figures = TuningFigures()
    (figures.gradientError, figures.gradientCosine) = (0, 1)
    (figures.lossError, figures.largestLayerError, figures.updateError) = (0, 0, 0)
    figures.layers = layers.map { LayerError(layer: $0, gradientError: 0) }
    let document = Self.document(figures)
    for condition in conditions {
      do throws(ConditionProblem) {
        _ = try condition.evaluate(document)
      } catch {
        throw BoundProblem(condition: condition.text, problem: error)
      }
      guard TuningBounds([condition]).hold(for: figures) else {
        throw BoundProblem(
          condition: condition.text,
          problem: ConditionProblem(
            reason: "a step without any error breaks this bound: errors are bounded from above, a "
              + "cosine from below", offset: 0))
      }
    }
  }

  /// Whether every bound holds. A figure that is missing keeps none.
  package func hold(for figures: TuningFigures) -> Bool {
    let document = Self.document(figures)
    return conditions.allSatisfy { condition in
      guard let outcome = try? condition.evaluate(document), outcome.missing.isEmpty
      else { return false }
      return outcome.valueCount > 0 && outcome.reasons.count == outcome.valueCount
    }
  }

  /// By what factor, at least 1, all errors would have to be smaller for every bound to hold; nil
  /// where no factor up to 2^40 is enough.
  package func excess(of figures: TuningFigures) -> Double? {
    if hold(for: figures) { return 1 }
    var (lower, upper) = (1.0, 0x1p40)
    guard hold(for: figures.divided(by: upper)) else { return nil }
    for _ in 0..<24 {
      let middle = (lower * upper).squareRoot()
      if hold(for: figures.divided(by: middle)) { upper = middle } else { lower = middle }
    }
    return upper
  }

  private static func document(_ figures: TuningFigures) -> ConditionDocument {
    func number(_ value: Double?) -> String {
      value.flatMap { $0.isFinite ? "\($0)" : nil } ?? "null"
    }
    let layers = figures.layers.map {
      "{\"layer\": \(JSONLiteral.string($0.layer)), \"gradientError\": \(number($0.gradientError))}"
    }
    let text = """
      {"gradientError": \(number(figures.gradientError)),
      "gradientCosine": \(number(figures.gradientCosine)),
      "lossError": \(number(figures.lossError)),
      "updateError": \(number(figures.updateError)),
      "largestLayerError": \(number(figures.largestLayerError)),
      "layers": [\(layers.joined(separator: ", "))]}
      """
    let contents = FileContents(path: "the figures", bytes: Array(text.utf8))
    return ConditionDocument((try? DocumentReader.read(contents)) ?? .null)
  }
}

/// A bound that cannot be asked of a model.
package struct BoundProblem: Error {
  /// The bound.
  package let condition: String
  /// What is wrong with it.
  package let problem: ConditionProblem
}

extension TuningFigures {
  /// The figures with every error divided by a factor; the angle of a cosine shrinks as errors do.
  fileprivate func divided(by factor: Double) -> TuningFigures {
    var figures = self
    figures.gradientError = gradientError.map { $0 / factor }
    figures.lossError = lossError.map { $0 / factor }
    figures.updateError = updateError.map { $0 / factor }
    figures.largestLayerError = largestLayerError.map { $0 / factor }
    figures.gradientCosine = gradientCosine.map { 1 - (1 - $0) / (factor * factor) }
    figures.layers = layers.map {
      LayerError(layer: $0.layer, gradientError: $0.gradientError.map { $0 / factor })
    }
    return figures
  }

  /// The worse of each of two moments' figures.
  package func worst(_ other: TuningFigures) -> TuningFigures {
    func larger(_ a: Double?, _ b: Double?) -> Double? {
      guard let a, let b else { return nil }
      return max(a, b)
    }
    var figures = self
    figures.gradientError = larger(gradientError, other.gradientError)
    figures.lossError = larger(lossError, other.lossError)
    figures.updateError = larger(updateError, other.updateError)
    figures.largestLayerError = larger(largestLayerError, other.largestLayerError)
    figures.gradientCosine = larger(gradientCosine.map(-), other.gradientCosine.map(-)).map(-)
    figures.layers = zip(layers, other.layers).map {
      LayerError(layer: $0.layer, gradientError: larger($0.gradientError, $1.gradientError))
    }
    return figures
  }
}
