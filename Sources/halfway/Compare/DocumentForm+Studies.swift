// SPDX-License-Identifier: Apache-2.0
import Reports

extension DocumentForm {
  /// `run` of a study: what is judged is what the means over seeds say of the arithmetic. Losses
  /// differ with the batches, and the differences of two policies have intervals of their own.
  static let study = DocumentForm(
    "halfway/study/1",
    figures: judged.reduce(into: [
      "results.points[].policies[].status": FigureMeaning(.earlier(statuses))
    ]) {
      $0["results.means[].metrics.\($1.rawValue).mean"] = FigureMeaning(.smaller)
    },
    identities: [
      "configuration.axes": "name", "results.points": "point",
      "results.points[].policies": "policy", "results.means": "group policy",
      "results.differences": "group first second",
    ],
    determining: [],
    keysLeftOut: (StudyMetric.allCases.flatMap { metric in
      ["metrics.\(metric.rawValue)"]
        + ["deviation", "lower", "probability", "upper"].map { "\(metric.rawValue).\($0)" }
    } + ["axes.numbers", "environment.commit", "environment.instructions", "timing"])
    .joined(separator: " "))

  private static let judged: [StudyMetric] = [
    .gradientError, .localGradientError, .zeroed, .subnormal, .overflowed, .lostUpdates,
    .skippedSteps,
  ]
}
