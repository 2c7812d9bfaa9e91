// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

extension StepTables {
  /// How the trained models predict: nil where none were evaluated.
  static func evaluation(_ run: TrainingRun) -> HTMLTable? {
    guard let reference = run.reference.evaluation, let clean = reference.scores.first else {
      return nil
    }
    let shifted = run.configuration.evaluationSets.dropFirst()
    func row(
      _ name: String, _ scores: [EvaluationScores], _ differences: [PredictionDifference]
    ) -> [HTMLTable.Cell] {
      let first = scores.first
      return [
        .text(name), .fixed(first?.accuracy.map { $0 * 100 }, digits: 2),
        .fixed(first?.loss, digits: 4), .fixed(first?.calibrationError.map { $0 * 100 }, digits: 2),
        .percent(differences.first?.flipRate), .number(differences.first?.divergence, digits: 2),
      ]
        + shifted.indices.flatMap { index -> [HTMLTable.Cell] in
          [
            .fixed(
              scores.indices.contains(index) ? scores[index].accuracy.map { $0 * 100 } : nil,
              digits: 2),
            .percent(differences.indices.contains(index) ? differences[index].flipRate : nil),
          ]
        }
    }
    let name = run.reference.policy.name
    return HTMLTable(
      caption:
        "The trained models on \(ReadableNumber.grouped(UInt64(clean.count))) predictions of "
        + "\(run.configuration.isHeldOut ? "held-out" : "training") examples, each under its own "
        + "policy. "
        + "Calibration error: expected, over 15 bins of confidence. Flips: predictions of "
        + "another class than "
        + "\(name)\u{2019}s. KL: mean KL(p of \(name) \u{2016} p) [nat]. Further columns: the "
        + "same examples "
        + "spoilt, the number telling the severity from 1 to 5. Seeds: \(run.seedsName) trained on other "
        + "batches.",
      groups: [.init(""), .init("clean", span: 5)] + shifted.map { .init($0.name, span: 2) },
      headings: ["model", "accuracy [%]", "loss [nat]", "calibration error [%]", "flips [%]", "KL"]
        + shifted.flatMap { _ in ["accuracy [%]", "flips [%]"] },
      rows: [row(name, reference.scores, [])]
        + run.policies.map { policy in
          row(
            policy.policy.name, policy.evaluation?.scores ?? [],
            policy.evaluation?.differences ?? [])
        }
        + run.seeds.map {
          row("\(run.seedsName), seed \($0.seed)", [$0.evaluation].compactMap(\.self), [])
        })
  }

  /// Whether training or inference makes the difference; nil where nothing was evaluated.
  static func inference(_ run: TrainingRun) -> HTMLTable? {
    let rows = run.policies.compactMap { policy -> [HTMLTable.Cell]? in
      guard let evaluation = policy.evaluation, let training = evaluation.training,
        let inference = evaluation.inference
      else { return nil }
      return [.text(policy.policy.name)]
        + [training, inference].flatMap { difference -> [HTMLTable.Cell] in
          [
            .number(difference.meanAbsolute, digits: 2),
            .number(difference.logits == 0 ? nil : difference.largest, digits: 2),
            .percent(difference.flipRate), .number(difference.divergence, digits: 2),
          ]
        }
    }
    guard !rows.isEmpty else { return nil }
    let name = run.reference.policy.name
    return HTMLTable(
      caption: "What makes the difference, on clean examples. Training alone: the "
        + "policy\u{2019}s weights used in "
        + "\(name). Inference alone: \(name)\u{2019}s weights used under the policy. Both "
        + "against \(name)\u{2019}s "
        + "weights in \(name). \u{0394}: the absolute difference of a logit.",
      groups: [
        .init(""), .init("training alone", span: 4), .init("inference alone", span: 4),
      ],
      headings: ["policy"]
        + (0..<2).flatMap { _ in ["\u{0394} mean", "\u{0394} greatest", "flips [%]", "KL [nat]"] },
      rows: rows)
  }

  /// The bytes of a step.
  static func memory(_ run: TrainingRun) -> HTMLTable? {
    let counts = ([run.reference] + run.policies).compactMap { policy in
      policy.memory.map { (policy.policy.name, $0) }
    }
    guard let first = counts.first?.1, first.parameters > 0 else { return nil }
    let full = single(run) ?? counts[0]
    let all = counts.contains { $0 == full } ? counts : [full] + counts
    // A column only where one keeps them.
    let keepsAverages = all.contains { $0.1.averages != nil }
    return HTMLTable(
      caption: "Memory of a step by shapes and formats, each value in the smallest container of "
        + "its format: "
        + "\(ReadableNumber.grouped(UInt64(first.parameters))) weights. Copies: narrower weights "
        + "that products "
        + "read. Activations: what the forward pass keeps for the backward pass, without any "
        + "recomputation."
        + (all.count > counts.count
          ? " `\(full.0)` was not run: its row follows from the shapes." : ""),
      groups: [
        .init(""), .init("bytes per weight", span: keepsAverages ? 6 : 5),
        .init("kB of a step", span: 2), .init(""),
      ],
      headings: [
        "policy", "weights", "copies", "gradients", "optimizer",
      ] + (keepsAverages ? ["averages"] : []) + [
        "sum", "activations", "all", "share of \(full.0) [%]",
      ],
      rows: all.map { name, memory in
        let parameters = Double(memory.parameters)
        func each(_ bytes: Int) -> HTMLTable.Cell {
          .fixed(Double(bytes) / parameters, digits: 2)
        }
        let kept: [HTMLTable.Cell] =
          [memory.weights, memory.copies, memory.gradients, memory.optimizer].map(each)
          + (keepsAverages ? [each(memory.averages ?? 0)] : [])
        return [.text(name)] + kept + [
          .fixed(memory.perParameter, digits: 2),
          .fixed(Double(memory.activations) / 1000, digits: 1),
          .fixed(Double(memory.total) / 1000, digits: 1),
          .fixed(Double(memory.total) / Double(full.1.total) * 100, digits: 1),
        ]
      })
  }

  /// The memory of a step in FP32 throughout: half of that in FP64, which keeps the same values;
  /// nil without a twin in FP64.
  private static func single(_ run: TrainingRun) -> (String, MemoryCount)? {
    let twin = ([run.reference] + run.policies).first { $0.policy.name == "fp64" }
    guard var memory = twin?.memory else { return nil }
    memory.weights /= 2
    memory.copies /= 2
    memory.gradients /= 2
    memory.optimizer /= 2
    memory.activations /= 2
    memory.averages = nil
    return (Format.fp32.id, memory)
  }

  /// What would help, with its evidence.
  static func remedies(_ remedies: [Remedy]) -> HTMLTable {
    HTMLTable(
      caption: "What would help, by rules that docs/metrics.md states, and the measurement "
        + "behind it.",
      headings: ["policy", "change", "because"],
      rows: remedies.map { [.text($0.policy), .text($0.change), .text($0.evidence)] })
  }

  /// The loss scales that fit each gradient of the reference, for every narrow format in use.
  static func windows(_ run: TrainingRun, tags: [TensorTag]) -> [HTMLTable] {
    let taken = run.policies.flatMap(\.tensors).filter { $0.tag.kind.direction == .backward }
    let formats = taken.reduce(into: [Format]()) { known, series in
      guard let format = Format(id: series.format), GradientMagnitudes.wantScale(in: format),
        !known.contains(format)
      else { return }
      known.append(format)
    }
    let series = tags.compactMap { tag in
      run.reference.tensors.first { $0.tag == tag && $0.mode == .trajectory }
    }.filter { !run.reference.isZeroButForRounding($0.tag) }
    guard !formats.isEmpty, !series.isEmpty else { return [] }
    return HTMLTable.split(
      caption: "The loss scales that fit each gradient of \(run.reference.policy.name) over all "
        + "measured "
        + "steps, as powers of two: from the least that keeps all but 0.1 % of the nonzero "
        + "values from "
        + "becoming zero to the greatest that lets none overflow, in the formats that policies round "
        + "it to. Where the windows of two "
        + "tensors do not overlap, a scale for each layer is called for; where the first exceeds "
        + "the second, the tensor alone is wider than the format, and no scale keeps all of it.",
      first: "gradient", groups: formats.map(\.id), span: 2, headings: ["least", "greatest"],
      rows: series.map { series in
        let exponents = series.exponents
        let allowed = Int(
          Double(exponents.total - exponents.zeros) * GradientMagnitudes.quantile)
        var below = exponents.subnormals
        let small = exponents.bins.first { bin in
          below += bin.count
          return below > allowed
        }?.exponent
        let large = exponents.bins.last?.exponent
        return (
          name: series.tag.shortName,
          cells: formats.map { format -> [HTMLTable.Cell] in
            guard let small, let large,
              taken.contains(where: { $0.tag == series.tag && $0.format == format.id })
            else { return [.none, .none] }
            return [
              .text("2^\(format.minUlpExponent - 1 - small)"),
              .text("2^\(format.maxExponent - large)"),
            ]
          }
        )
      })
  }
}
