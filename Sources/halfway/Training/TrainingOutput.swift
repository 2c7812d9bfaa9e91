// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Reports
import Tables
import Words

/// The result of `train` in every output format.
struct TrainingOutput: Presentable {
  /// What was measured.
  var run: TrainingRun
  /// Where the report's page is; nil where none was written.
  var page: String?
  /// What would help the policies, as the page says it.
  var remedies: [Remedy] = []
  /// What the policies would save; nil where nobody worked it out.
  var savings: Savings?
  /// What the experiment asks; empty where nothing is said.
  var question = ""
  /// The line that makes the result again.
  var command = "halfway train"
  /// What follows for each policy.
  let outcomes: [PolicyOutcome]
  /// Every two policies on the same batches.
  let comparisons: [PairedComparison]

  /// The presentation of a run.
  init(run: TrainingRun) {
    self.run = run
    outcomes = PolicyOutcome.all(run)
    comparisons = PairedComparison.amongPolicies(run)
  }

  /// The series of all twins, the reference first.
  struct TrainingResults: Encodable {
    var reference: PolicyRun
    var policies: [PolicyRun]
    var seeds: [SeedRun]
    var stop: ReferenceStop?
    var outcomes: [PolicyOutcome]
    var comparisons: [PairedComparison]
    var blames: [PolicyBlame]
    var watched: WatchedRecord?
  }

  var document: any Encodable {
    ResultDocument(
      schema: run.schema, configuration: run.configuration,
      results: TrainingResults(
        reference: run.reference, policies: run.policies, seeds: run.seeds, stop: run.stop,
        outcomes: outcomes, comparisons: comparisons, blames: run.blames, watched: run.watched),
      timing: run.timing.map { .init(started: $0.started, seconds: $0.seconds) })
  }

  /// A row per policy and step, the reference first.
  var table: Table {
    let columns = [
      "policy", "step", "loss", "exact_loss", "loss_scale", "skipped", "drift",
      "gradient_relative_l2", "gradient_cosine", "gradient_norm_ratio",
      "local_gradient_relative_l2", "local_gradient_cosine", "local_gradient_norm_ratio",
      "direct_drift", "feedback_drift", "drift_cosine", "sampling_deviation", "largest_gradient",
      "small_gradient", "update_relative_l2", "update_norm_ratio", "first_moment_relative_l2",
      "first_moment_norm_ratio", "second_moment_relative_l2", "second_moment_norm_ratio",
      "stuck_moments",
    ]
    func cell(_ value: Double?) -> Table.Cell { value.map { .number($0) } ?? .missing }
    let rows = ([run.reference] + run.policies).flatMap { policy in
      policy.steps.map { step -> [Table.Cell] in
        [.text(policy.policy.name), .integer(Int64(step.step))]
          + [step.loss, step.exactLoss, step.lossScale].map(cell) + [.flag(step.skipped)]
          + [
            step.drift, step.gradients?.relativeL2, step.gradients?.cosine,
            step.gradients?.normRatio, step.localGradients?.relativeL2,
            step.localGradients?.cosine, step.localGradients?.normRatio,
            step.driftChange?.direct, step.driftChange?.feedback, step.driftChange?.cosine,
            step.sampling?.deviation, step.magnitudes?.largest, step.magnitudes?.small,
            step.state?.updates?.relativeL2, step.state?.updates?.normRatio,
            step.state?.firstMoments?.relativeL2, step.state?.firstMoments?.normRatio,
            step.state?.secondMoments?.relativeL2, step.state?.secondMoments?.normRatio,
            step.state?.decay?.stuckRate,
          ].map(cell)
      }
    }
    return Table(columns: columns, rows: rows)
  }

  /// Writes training.json and steps.csv into a folder, which is made where it is missing.
  func write(toFolder path: String) throws {
    try OutputFolder.make(path)
    let folder = ReportFolder(path: path)
    // Without indentation: the columns are long, and a third of the size.
    let json = try JSONText.encode(document, isIndented: false)
    try AtomicFile.write(json, to: folder.path(of: "training.json"))
    try AtomicFile.write(table.csv, to: folder.path(of: "steps.csv"))
  }
}

// MARK: - Text

extension TrainingOutput {
  func text(for terminal: Terminal) -> String {
    if let watched = run.watched { return text(of: watched, for: terminal) }
    let c = run.configuration
    let isAnyDiverged = outcomes.contains { $0.status == .diverged }
    let isDoubtful = isAnyDiverged || inconclusive != nil
    func prose(_ sentences: [String]) -> [String] {
      sentences.flatMap { terminal.wrapped(Echo.plain($0)) }
    }
    var lines = question.isEmpty ? [] : prose([question]) + [""]
    lines += prose([verdict]).map { terminal.styled($0, isDoubtful ? .yellow : .green) }
    lines += [""]
    lines += prose([
      "\(c.model): \(c.architecture); \(c.parameters) weights",
      examples,
      "\(c.optimizer), batch \(c.batch), \(c.steps) steps, seed \(c.seed)",
    ])
    lines += [""] + terminal.aligned(header, summaryRows) + [""]
    let blames = run.blames.compactMap(Verdict.blame).map { $0.replacing("`", with: "") }
    if !blames.isEmpty { lines += prose(blames) + [""] }
    if !remedies.isEmpty {
      lines += prose(remedies.map(Self.sentence)) + [""]
    }
    lines += prose([
      "loss: mean of the last \(min(lossWindow, c.steps)) steps\(c.text == nil ? "" : " in nat"), "
        + "evaluated in FP64.",
      "drift: distance from \(referenceName)'s weights over the distance that those travelled.",
      "grad error: median relative L2 of the weight gradients; own: from the policy's weights, "
        + "local: from \(referenceName)'s.",
      "zeroed, subnormal: of the nonzero gradient values. lost: of the updates.",
      "skip: steps that the loss scaler skipped.",
    ])
    if let savings, savings.policies.count > 1 {
      let saved = SavingsSection(savings).text
      lines += [""] + terminal.aligned([saved.rows[0]], Array(saved.rows.dropFirst())) + [""]
      lines += prose([saved.note])
    }
    let paired = comparisonRows
    if !paired.rows.isEmpty {
      lines += [""] + terminal.aligned(paired.header, paired.rows) + [""]
      // A command stays on its line, where it can be copied.
      lines += prose(comparisonNotes) + decisions.map(Echo.plain) + [""]
    }
    let effects = Verdict.scalingEffects(run, outcomes).map { $0.replacing("`", with: "") }
    if !effects.isEmpty { lines += prose(effects) + [""] }
    let biases = outcomes.compactMap(Verdict.bias).map { $0.replacing("`", with: "") }
    if !biases.isEmpty { lines += prose(biases) + [""] }
    let fields = clippingSentences + averageSentences
    if !fields.isEmpty { lines += prose(fields) + [""] }
    if isAnyDiverged { lines.append("-: no figure after a divergence.") }
    if let timing = run.timing {
      lines.append(
        "took \(Progress.duration(timing.seconds)) on \(timing.threads) "
          + (timing.threads == 1 ? "thread" : "threads"))
    }
    if let page { lines.append("Report: \(Echo.plain(page))") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What would help a policy, and why, in a line of plain text.
  static func sentence(_ remedy: Remedy) -> String {
    "What would help \(remedy.policy): \(remedy.change) (\(remedy.evidence))."
      .replacing("`", with: "")
  }

  private var referenceName: String { run.reference.policy.name }

  /// What the model learned from.
  private var examples: String {
    let c = run.configuration
    if let text = c.text {
      return "text \(text.name): \(text.characters) characters, hash \(text.digest)"
    }
    guard let images = c.images else { return "no examples" }
    return "\(images.name): \(images.images) images of \(images.height) x \(images.width), "
      + "\(images.classes) classes, hash \(images.digest)"
  }

  private var lossWindow: Int { RunSummary.window }

  /// Why nothing follows from the run, nil where something does.
  var inconclusive: Inconclusive? { Inconclusive(run) }

  /// The answer in one sentence: the worst first, policies that stayed close together at the end.
  var verdict: String {
    var parts: [String] = []
    if let inconclusive { parts.append("no verdict is possible: \(inconclusive.reason)") }
    for outcome in Verdict.worstFirst(outcomes) {
      parts.append("\(outcome.policy) \(Verdict.judgement(outcome, referenceName))")
    }
    if inconclusive == nil {
      for outcome in outcomes where outcome.status == .undecided {
        parts.append("\(outcome.policy) \(outcome.progressInWords(referenceName))")
      }
    }
    let close = outcomes.filter { $0.status == .close }.map(\.policy)
    if !close.isEmpty { parts.append("\(list(close)) stayed close to \(referenceName)") }
    return "After \(run.stepsInWords) "
      + parts.joined(separator: "; ").replacing("`", with: "") + "."
  }

  private func list(_ words: [String]) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }

  /// The names of the columns in two lines, so that the table fits into 80 columns.
  private var header: [[String]] {
    [
      ["", "", "vs", "", "grad", "error", "zeroed", "subn.", "lost", ""],
      ["policy", "loss", referenceName, "drift", "own", "local", "%", "%", "%", "skip"],
    ]
  }

  private var summaryRows: [[String]] {
    let reference = run.reference.finalLoss
    let first =
      [referenceName, fixed(reference)] + [String](repeating: "", count: header[1].count - 2)
    return [first]
      + outcomes.map { outcome in
        [
          outcome.policy, fixed(outcome.finalLoss),
          outcome.lossDifference.map { ($0 > 0 ? "+" : "") + scientific($0) } ?? "-",
          scientific(outcome.drift), scientific(outcome.gradientError),
          scientific(outcome.localGradientError), share(outcome.gradients?.zeroedRate),
          share(outcome.gradients?.subnormalRate), share(outcome.updates?.lostRate),
          String(outcome.skippedSteps),
        ]
      }
  }

  /// Four fraction digits, where they say something.
  private func fixed(_ x: Double?) -> String {
    guard let x else { return "-" }
    return x.magnitude < 1e5 ? String(format: "%.4f", x) : scientific(x)
  }
  /// Two digits, and no more of the exponent than it has.
  func scientific(_ x: Double?) -> String {
    guard let x, x != 0 else { return x == nil ? "-" : "0" }
    return String(format: "%.1e", x).replacing(/e([+-])0*(\d)/) {
      "e\($0.1 == "-" ? "-" : "")\($0.2)"
    }
  }

  private func percent(_ x: Double?) -> String {
    x.map { "\(share($0)) %" } ?? "-"
  }

  /// Two significant digits of a share in percent, so that a rare loss does not read as none.
  private func share(_ x: Double?) -> String {
    guard let x else { return "-" }
    if x == 0 { return "0" }
    if x >= 1 { return String(format: "%.0f", x * 100) }
    return x < 1e-5 ? scientific(x * 100) : String(format: "%.2g", x * 100)
  }
}
