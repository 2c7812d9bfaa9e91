// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Reports
import Words

/// What is said of a watched run in a terminal.
extension TrainingOutput {
  /// The verdict, what ran, where it hurts first with the lines of the script, what would help.
  func text(of watched: WatchedRecord, for terminal: Terminal) -> String {
    func prose(_ sentences: [String]) -> [String] {
      sentences.flatMap { terminal.wrapped(Echo.plain($0.replacing("`", with: ""))) }
    }
    let isDoubtful = inconclusive != nil || outcomes.contains { $0.status != .close }
    let configuration = run.configuration
    var lines = prose([verdict]).map { terminal.styled($0, isDoubtful ? .yellow : .green) } + [""]
    let script = watched.script.map {
      "\(([$0] + watched.arguments).joined(separator: " ")), \(watched.framework ?? "")"
    }
    lines += prose(
      [
        script, "\(configuration.model): \(configuration.architecture)", configuration.optimizer,
        watched.end.map { "ended: \($0)" } ?? "the recording breaks off",
      ].compactMap(\.self))
    for outcome in outcomes {
      let incidents = incidentRows(outcome, watched)
      if !incidents.isEmpty {
        lines += [""] + terminal.aligned([["first", "step", "where", "line"]], incidents)
      }
      let concerns = outcome.concerns.prefix(Self.shownConcerns).map { concern in
        "\(outcome.policy) \(concern.sentence)\(place(concern.tensor, watched))."
      }
      if !concerns.isEmpty { lines += [""] + prose(Array(concerns)) }
    }
    let different = watched.decisions.filter { $0.different > 0 }
    if !different.isEmpty {
      lines +=
        [""]
        + prose(
          different.prefix(Self.shownConcerns).map {
            "\($0.different) of \($0.count) decisions of \($0.layer).\($0.operation) were others than the "
              + "twin's\($0.source.map { " (\($0))" } ?? "")."
          })
    }
    if !remedies.isEmpty {
      lines += [""] + prose(remedies.map(Self.sentence))
    }
    let left = watched.notes.filter { $0.kind == .notCompared }
    if !left.isEmpty {
      lines +=
        [""]
        + prose([
          "Not compared: \(left.count) operations, such as "
            + "\(left[0].layer ?? "").\(left[0].operation ?? "") (\(left[0].text)); the page has all."
        ])
    }
    if let page { lines += ["", "Report: \(Echo.plain(page))"] }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let shownConcerns = 4

  private func incidentRows(_ outcome: PolicyOutcome, _ watched: WatchedRecord) -> [[String]] {
    [
      ("overflow", outcome.incidents.overflow), ("NaN", outcome.incidents.nan),
      ("large error", outcome.incidents.divergence),
    ].compactMap { name, incident in
      incident.map {
        [
          name, "\($0.step)", "\($0.tensor.layer).\($0.tensor.operation)",
          watched.source(of: $0.tensor) ?? "-",
        ]
      }
    }
  }

  private func place(_ tag: TensorTag, _ watched: WatchedRecord) -> String {
    watched.source(of: tag).map { " (\($0))" } ?? ""
  }
}
