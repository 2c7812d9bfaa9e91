// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// The tables of the mixed-precision-step report.
enum StepTables {
  /// Results compared and differing, a row per operation, columns per operand format.
  static func arithmetic(_ proof: ArithmeticProof) -> [HTMLTable] {
    let formats = proof.formats
    let names = proof.rows.reduce(into: [String]()) { names, row in
      if !names.contains(row.name) { names.append(row.name) }
    }
    func counts(_ rows: [ArithmeticProof.Row]) -> [HTMLTable.Cell] {
      guard !rows.isEmpty else { return [.none, .none] }
      return [
        .count(rows.reduce(0) { $0 + $1.tested }), .failures(rows.reduce(0) { $0 + $1.mismatches }),
      ]
    }
    let rows = names.map { name in
      (
        name: name,
        cells: formats.map { format in
          counts(proof.rows.filter { $0.name == name && $0.format == format })
        }
      )
    }
    let total = formats.map { format in counts(proof.rows.filter { $0.format == format }) }
    return HTMLTable.split(
      caption: "Results compared with \(proof.reference), value and flags, over "
        + "\(roundings(proof)); `\(proof.subject)` is the software under test.",
      first: "operation", groups: formats.map(\.id), span: 2, headings: ["compared", "differ"],
      rows: rows + [(name: "all", cells: total)])
  }

  /// The roundings and case sets of a proof, in words.
  static func roundings(_ proof: ArithmeticProof) -> String {
    let roundings = proof.rows.flatMap(\.roundings).reduce(into: [Rounding]()) { known, rounding in
      if !known.contains(rounding) { known.append(rounding) }
    }
    let cases = proof.rows.flatMap(\.cases).reduce(into: [String]()) { known, name in
      if !known.contains(name) { known.append(name) }
    }
    return "the roundings \(Verdict.enumeration(roundings.map(\.description))), case sets "
      + Verdict.enumeration(cases)
  }

  /// What each policy is.
  static func policies(_ run: TrainingRun) -> HTMLTable {
    HTMLTable(
      caption: "The policies. \(run.reference.policy.name) is the reference.",
      headings: ["policy", "operands", "accumulator", "weights", "optimizer", "loss scaling"],
      rows: ([run.reference] + run.policies).map { policy in
        let policy = policy.policy
        return [
          .text(policy.name), .text(policy.operands), .text(policy.accumulator),
          .text(policy.weights), .text(policy.optimizer), .text(policy.lossScaling ?? "none"),
        ]
      })
  }

  /// What became of each policy's loss and weights.
  static func outcomes(_ outcomes: [PolicyOutcome], run: TrainingRun) -> HTMLTable {
    let window = RunSummary.window
    let reference = run.reference
    let unit = run.configuration.lossUnit
    let loss =
      reference.finalLoss.map {
        ReadableNumber.fixed($0, digits: 4) + (unit == "1" ? "" : " \(unit)")
      } ?? "not finite"
    let name = reference.policy.name
    return HTMLTable(
      caption: "The policies against \(name), whose final loss is \(loss). Final loss: mean of the "
        + "last \(window) steps. Off from \(name): the loss in shares of \(name)'s progress, "
        + "negative "
        + "where it is ahead, on the same examples, and the distance of the weights in shares of that which \(name)'s "
        + "travelled.",
      groups: [
        .init(""), .init(""), .init("final loss [\(unit)]", span: 2),
        .init("off from \(name) [%]", span: 2), .init(""),
      ],
      headings: ["policy", "verdict", "mean", "off by", "loss", "weights", "skipped steps"],
      rows: outcomes.map { outcome in
        [
          .text(outcome.policy),
          outcome.status == .close
            ? .text(outcome.status.words) : .warning(outcome.status.words),
          .fixed(outcome.finalLoss, digits: 4), .number(outcome.lossDifference, digits: 2),
          .percent(outcome.lostProgress, alarm: PolicyOutcome.Threshold.progress),
          .percent(outcome.drift), .count(UInt64(max(outcome.skippedSteps, 0))),
        ]
      })
  }

  /// What became of each policy's gradients and updates.
  static func gradients(_ outcomes: [PolicyOutcome], reference: PolicyRun) -> HTMLTable {
    let name = reference.policy.name
    let alarm = DamageThreshold.share
    return HTMLTable(
      caption:
        "Gradients and updates. Error, 1 \(ReadableNumber.minus) cosine and norm ratio: of all "
        + "weight gradients against \(name)'s, from \(name)'s weights, median over steps. Rates: "
        + "of all "
        + "gradients, and of all updates, over all measured steps.",
      groups: [
        .init(""), .init("gradient of one step [1]", span: 4),
        .init("gradient values [%]", span: 3),
        .init("lost updates [%]", span: 2),
      ],
      headings: [
        "policy", "error", "SQNR [dB]", "1 \(ReadableNumber.minus) cos", "norm ratio", "zeroed",
        "subnormal", "overflow", "count", "mass",
      ],
      rows: outcomes.map { outcome in
        [
          .text(outcome.policy), .number(outcome.localGradientError, digits: 2),
          .fixed(outcome.localGradientError.flatMap(signalToNoise), digits: 1),
          .number(outcome.localCosine.map { max(0, 1 - $0) }, digits: 2),
          .fixed(outcome.localNormRatio, digits: 4),
          .percent(outcome.gradients?.zeroedRate, alarm: alarm),
          .percent(outcome.gradients?.subnormalRate), .percent(outcome.gradients?.overflowRate),
          .percent(outcome.updates?.lostRate),
          .percent(outcome.updates?.lostMassShare, alarm: alarm),
        ]
      })
  }

  /// 20 log10(‖x‖ / ‖y - x‖) [dB] of a relative error; nil for none.
  private static func signalToNoise(_ error: Double) -> Double? {
    error > 0 ? -20 * Powers.log2(error) / Powers.log2Of10 : nil
  }

  /// The range rates of every gradient tensor that has some, over all measured steps.
  static func tensors(_ run: TrainingRun, tags: [TensorTag]) -> [HTMLTable] {
    // A policy or a tensor without damage needs a sentence, not columns of zeros.
    func isDamaged(_ series: TensorSeries) -> Bool {
      let range = series.totalRange
      return range.zeroed + range.subnormal + range.overflow > 0
    }
    let damaged = run.policies.filter { policy in
      policy.tensors.contains {
        $0.mode == .trajectory && tags.contains($0.tag) && isDamaged($0)
      }
    }
    let clean = run.policies.filter { policy in
      !damaged.contains { $0.policy.name == policy.policy.name }
    }.map { "`\($0.policy.name)`" }
    let hurt = tags.filter { tag in
      damaged.contains { policy in
        policy.tensors.contains { $0.tag == tag && $0.mode == .trajectory && isDamaged($0) }
      }
    }
    let rows = hurt.map { tag in
      (
        name: tag.shortName,
        cells: damaged.map { policy -> [HTMLTable.Cell] in
          guard
            let series = policy.tensors.first(where: { $0.tag == tag && $0.mode == .trajectory })
          else { return [.none, .none, .none] }
          let range = series.totalRange
          return [
            .percent(range.zeroedRate, alarm: DamageThreshold.share),
            .percent(range.subnormalRate), .percent(range.overflowRate),
          ]
        }
      )
    }
    return HTMLTable.split(
      caption: "Shares [%] of the gradient values of each tensor that became zero (z), are stored "
        + "as subnormal numbers (s) or overflowed (o), over all measured steps, "
        + "of a policy that diverged those before."
        + (clean.isEmpty ? "" : " None in any tensor: \(Verdict.enumeration(clean)).")
        + (hurt.count < tags.count
          ? " The other \(tags.count - hurt.count) of \(tags.count) tensors have none." : ""),
      first: "tensor", groups: damaged.map(\.policy.name), span: 3, headings: ["z", "s", "o"],
      rows: rows)
  }

  /// The lost updates of every weight over all measured steps.
  static func updates(_ run: TrainingRun) -> [HTMLTable] {
    let tags = run.policies.flatMap(\.tensors).reduce(into: [TensorTag]()) { tags, series in
      if series.mode == .trajectory, series.tag.kind == .update, !tags.contains(series.tag) {
        tags.append(series.tag)
      }
    }
    let lasting = run.policies.filter { $0.divergedStep == nil }
    let diverged = run.policies.filter { $0.divergedStep != nil }
      .map { "`\($0.policy.name)`" }
    let rows = tags.map { tag in
      (
        name: "\(tag.layer).\(tag.operation)",
        cells: lasting.map { policy -> [HTMLTable.Cell] in
          guard
            let lost = policy.tensors.first(where: { $0.tag == tag && $0.mode == .trajectory })?
              .totalLost
          else { return [.none, .none] }
          return [
            .percent(lost.lostRate),
            .percent(lost.lostMassShare, alarm: DamageThreshold.share),
          ]
        }
      )
    }
    return HTMLTable.split(
      caption:
        "Updates [%] that left the weight unchanged, by count and by mass, over all measured "
        + "steps."
        + (diverged.isEmpty ? "" : " Diverged: \(Verdict.enumeration(diverged))."),
      first: "weight", groups: lasting.map(\.policy.name), span: 2, headings: ["count", "mass"],
      rows: rows)
  }
}
