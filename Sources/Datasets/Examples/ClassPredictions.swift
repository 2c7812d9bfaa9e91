// SPDX-License-Identifier: Apache-2.0
import Measurements
import SoftFloat

/// What a model says about the classes of some examples.
package struct ClassPredictions: Sendable {
  /// The logits, a row for each prediction.
  package var logits: [Double] = []
  /// The length of a row.
  package let classes: Int
  /// The right class of each.
  package var targets: [Int] = []
  /// To which example of the batch each belongs, ascending; nil where every example has as many.
  package var examples: [Int]?

  /// Predictions by their logits, shape (P, classes), and right classes, shape (P).
  package init(logits: [Double] = [], classes: Int, targets: [Int] = [], examples: [Int]? = nil) {
    self.logits = logits
    self.classes = classes
    self.targets = targets
    self.examples = examples
  }

  /// Which predictions are finite and right.
  package var rights: [Bool] {
    targets.enumerated().map { index, target in
      let logits = row(index)
      return logits.allSatisfy(\.isFinite) && Self.greatest(Array(logits)) == target
    }
  }

  /// The logits of a row.
  private func row(_ index: Int) -> ArraySlice<Double> {
    logits[index * classes..<(index + 1) * classes]
  }

  /// How well they fit the targets.
  package var scores: EvaluationScores {
    var scores = EvaluationScores()
    for (index, target) in targets.enumerated() {
      let logarithms = Self.logarithms(row(index))
      let best = Self.greatest(logarithms)
      scores.add(
        confidence: Elementary.exp(logarithms[best]), isCorrect: best == target,
        loss: -logarithms[target])
    }
    return scores
  }

  /// How far they are from others of the same examples.
  package func difference(from reference: ClassPredictions) -> PredictionDifference {
    var result = PredictionDifference()
    for index in targets.indices {
      result.count += 1
      let (own, expected) = (row(index), reference.row(index))
      guard own.allSatisfy(\.isFinite), expected.allSatisfy(\.isFinite) else {
        result.nonFinite += 1
        continue
      }
      for (z, x) in zip(own, expected) {
        let distance = (z - x).magnitude
        result.absoluteSum += distance
        result.largest = max(result.largest, distance)
      }
      result.logits += classes
      let (p, q) = (Self.logarithms(own), Self.logarithms(expected))
      result.flips += Self.greatest(p) == Self.greatest(q) ? 0 : 1
      result.divergenceSum += zip(p, q).reduce(0) { $0 + Elementary.exp($1.1) * ($1.1 - $1.0) }
    }
    return result
  }

  /// The logarithms of a row's softmax.
  private static func logarithms(_ row: ArraySlice<Double>) -> [Double] {
    let greatest = row.max() ?? 0
    let sum = row.reduce(0) { $0 + Elementary.exp($1 - greatest) }
    let shift = greatest + Elementary.log(sum)
    return row.map { $0 - shift }
  }

  /// The index of the first greatest value.
  private static func greatest(_ values: [Double]) -> Int {
    values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
  }
}
