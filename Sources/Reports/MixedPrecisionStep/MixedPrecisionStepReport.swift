// SPDX-License-Identifier: Apache-2.0
import Measurements
import Tables

/// The report on a training step in several precisions: what each did to the training, and, where
/// it was verified, that the arithmetic is exact.
package struct MixedPrecisionStepReport: Sendable {
  /// The name and version of report.json's structure.
  package static let schemaName = "halfway/report-mixed-precision-step/1"

  /// The verification of the arithmetic that the twins run on; nil where none was made.
  package let proof: ArithmeticProof?
  /// The twin run.
  package let run: TrainingRun
  /// How the report was made.
  package let context: ReportContext
  /// What follows for each policy, in the run's order.
  package let outcomes: [PolicyOutcome]
  /// Every two policies on the same batches.
  package let comparisons: [PairedComparison]
  /// What would help them.
  package let remedies: [Remedy]
  /// What chance does; nil without runs of other seeds.
  package let noiseFloor: NoiseFloor?
  /// What follows in all.
  package let verdict: Verdict
  /// What policies would save; nil where nobody worked it out.
  package var savings: Savings?

  /// The report on a proof, if there is one, and a run.
  package init(proof: ArithmeticProof?, run: TrainingRun, context: ReportContext) {
    self.proof = proof
    self.run = run
    self.context = context
    outcomes = PolicyOutcome.all(run)
    remedies = Remedy.all(run, outcomes)
    noiseFloor = NoiseFloor(run)
    comparisons = PairedComparison.amongPolicies(run)
    verdict = Verdict(proof: proof, run: run, outcomes: outcomes, command: context.command)
  }

  /// The report's files: index.html, report.json, data/*.csv, figures/*.svg and *.tex.
  ///
  /// - Throws: what JSON encoding throws.
  package func files() throws -> [ReportFile] {
    let figures = StepFigures(run).all
    return [
      ReportFile(path: "index.html", text: page(figures: figures)),
      ReportFile(path: "report.json", text: try JSONText.encode(document)),
      ReportFile(path: "data/policies.csv", text: outcomeTable.csv),
      ReportFile(path: "data/comparisons.csv", text: comparisonTable.csv),
      ReportFile(path: "data/tensors.csv", text: tensorTable.csv),
    ]
      + [arithmeticTable].compactMap(\.self).map {
        ReportFile(path: "data/arithmetic.csv", text: $0.csv)
      } + figures.flatMap { ReportFile.files(of: $0) }
  }

  /// The paths that a report of this kind need not have.
  package var possiblePaths: Set<String> {
    Set(
      ["data/arithmetic.csv"]
        + StepFigures.names.flatMap {
          ["data/\($0).csv", "figures/\($0).svg", "figures/\($0).tex"]
        })
  }

  /// report.json: everything but `run` and `environment` is a function of the configuration.
  struct Document: Encodable {
    var schema = MixedPrecisionStepReport.schemaName
    var tool: String
    var command: String
    var environment: [ReportContext.Fact]
    var run: ReportContext.Run
    var configuration: TrainingConfiguration
    var policies: [PolicyDescription]
    var arithmetic: ArithmeticProof?
    var verdict: Verdict
    var outcomes: [PolicyOutcome]
    var comparisons: [PairedComparison]
    var remedies: [Remedy]
    var blames: [PolicyBlame]
    var noiseFloor: NoiseFloor?
    var models: [TrainedModel]
    var savings: Savings?
    var watched: WatchedRecord?
  }

  /// What is known of a policy's trained model; the reference's too.
  struct TrainedModel: Encodable {
    var policy: String
    var evaluation: PolicyEvaluation?
    var memory: MemoryCount?
    var averages: WeightAverageRecord?
  }

  var document: Document {
    Document(
      tool: context.tool, command: context.command, environment: context.environment,
      run: context.run, configuration: run.configuration,
      policies: ([run.reference] + run.policies).map(\.policy), arithmetic: proof,
      verdict: verdict, outcomes: outcomes, comparisons: comparisons, remedies: remedies,
      blames: run.blames, noiseFloor: noiseFloor,
      models: ([run.reference] + run.policies).map {
        TrainedModel(
          policy: $0.policy.name, evaluation: $0.evaluation, memory: $0.memory,
          averages: $0.averages)
      }, savings: savings, watched: run.watched)
  }

  /// A row per operation, format and set of roundings; nil without a proof.
  var arithmeticTable: Table? {
    guard let proof else { return nil }
    var table = Table(columns: [
      "operation", "format", "to", "roundings", "cases", "tested", "mismatches",
    ])
    for row in proof.rows {
      table.append([
        .text(row.operation.rawValue), .text(row.format.id), .text(row.to.id),
        .text(row.roundings.map(\.description).joined(separator: " ")),
        .text(row.cases.joined(separator: " ")), .count(row.tested), .count(row.mismatches),
      ])
    }
    return table
  }

  /// A row per policy.
  var outcomeTable: Table {
    var table = Table(columns: [
      "policy", "status", "final_loss", "loss_difference", "lost_progress",
      "lost_progress_lower", "lost_progress_upper", "systematic", "beyond_chance",
      "steps_difference", "steps_difference_lower", "steps_difference_upper", "examples_difference",
      "examples_difference_lower", "examples_difference_upper", "seeds_difference",
      "seeds_difference_lower", "seeds_difference_upper", "chance_limit", "deciding_seeds", "drift",
      "gradient_error", "local_gradient_error", "local_cosine", "local_norm_ratio", "zeroed_rate",
      "subnormal_rate", "overflow_rate", "lost_update_rate", "lost_update_mass", "noise_ratio",
      "direct_drift", "feedback_drift", "drift_cosine", "accuracy",
      "accuracy_lower", "accuracy_upper", "mcnemar_p", "evaluation_loss", "calibration_error",
      "flip_rate", "kl", "bias_ulp", "bias_standard_errors",
      "magnitude_bias_ulp", "magnitude_bias_standard_errors", "skipped_steps",
    ])
    for (policy, outcome) in zip(run.policies, outcomes) {
      let training = [
        outcome.drift, outcome.gradientError, outcome.localGradientError, outcome.localCosine,
        outcome.localNormRatio, outcome.gradients?.zeroedRate, outcome.gradients?.subnormalRate,
        outcome.gradients?.overflowRate, outcome.updates?.lostRate, outcome.updates?.lostMassShare,
        outcome.noiseRatio, outcome.directDrift, outcome.feedbackDrift, outcome.driftCosine,
      ]
      let comparison = outcome.comparison
      let scores = policy.evaluation?.scores.first
      let accuracy = scores.flatMap { ProportionInterval(successes: $0.correct, of: $0.count) }
      let progress = [
        outcome.finalLoss, outcome.lossDifference, outcome.lostProgress,
        outcome.lostProgressInterval?.lower, outcome.lostProgressInterval?.upper,
      ]
      let differences =
        [comparison?.steps, comparison?.examples, comparison?.seeds?.difference].flatMap {
          [$0?.estimate, $0?.lower, $0?.upper]
        } + [comparison?.chance, outcome.decidingSeeds.map(Double.init)]
      let difference = policy.evaluation?.differences.first
      let model = [
        scores?.accuracy, accuracy?.lower, accuracy?.upper, comparison?.predictionProbability,
        scores?.loss, scores?.calibrationError, difference?.flipRate, difference?.divergence,
        outcome.bias.signed, outcome.bias.signedScore, outcome.bias.magnitude,
        outcome.bias.magnitudeScore,
      ]
      table.append(
        [.text(outcome.policy), .text(outcome.status.rawValue)]
          + progress.map { .number($0 ?? .nan) }
          + [
            .text((comparison?.systematic ?? .unmeasured).rawValue),
            .text(comparison?.isBeyondChance.map { $0 ? "yes" : "no" } ?? "unknown"),
          ]
          + (differences + training + model).map { .number($0 ?? .nan) }
          + [.integer(Int64(outcome.skippedSteps))])
    }
    return table
  }

  /// A row per policy, tensor, comparison mode and measured step, with the counts behind each rate.
  var tensorTable: Table {
    var table = Table(columns: [
      "policy", "layer", "operation", "kind", "mode", "format", "step", "elements", "nonzero",
      "zeroed", "subnormal", "overflow", "nan", "relative_l2", "cosine", "norm_ratio",
      "added_error", "inherited_error", "bias_ulp", "bias_standard_errors", "magnitude_bias_ulp",
      "magnitude_bias_standard_errors", "vanishing",
      "recovered", "lost_updates", "nonzero_updates", "lost_mass", "update_mass",
      "gradient_zero", "optimizer_underflow", "stuck", "decaying",
      "kept_against_decay",
    ])
    for policy in run.policies {
      for series in policy.tensors {
        let name: [Table.Cell] = [
          .text(policy.policy.name), .text(series.tag.layer), .text(series.tag.operation),
          .text(series.tag.kind.rawValue), .text(series.mode.rawValue), .text(series.format),
        ]
        for point in series.points {
          let range = point.range
          let counts = [
            point.step, range.elements, range.nonzero, range.zeroed, range.subnormal,
            range.overflow, range.nan,
          ]
          let deviation = point.deviation
          table.append(
            name + counts.map { .integer(Int64($0)) }
              + [
                deviation.relativeL2, deviation.cosine, deviation.normRatio, point.origin?.added,
                point.origin?.inherited, point.origin?.bias.signed.mean,
                point.origin?.bias.signed.zScore, point.origin?.bias.magnitude.mean,
                point.origin?.bias.magnitude.zScore,
              ].map { .number($0 ?? .nan) }
              + [point.recovery?.vanishing, point.recovery?.recovered].map {
                $0.map { .integer(Int64($0)) } ?? .number(.nan)
              }
              + [
                point.lost.map { .integer(Int64($0.lost)) } ?? .number(.nan),
                point.lost.map { .integer(Int64($0.nonzero)) } ?? .number(.nan),
                .number(point.lost?.lostMass ?? .nan), .number(point.lost?.mass ?? .nan),
                point.lost.map { .integer(Int64($0.gradientZero)) } ?? .number(.nan),
                point.lost.map { .integer(Int64($0.underflowed)) } ?? .number(.nan),
                (point.decay?.stuck ?? point.weightDecay?.stuck).map { .integer(Int64($0)) }
                  ?? .number(.nan),
                (point.decay?.nonzero ?? point.weightDecay?.nonzero).map { .integer(Int64($0)) }
                  ?? .number(.nan),
                .number(point.weightDecay?.keptShare ?? .nan),
              ])
        }
      }
    }
    return table
  }
}
