// SPDX-License-Identifier: Apache-2.0
import Foundation
import Tables
import Words

/// What became of claims, in every output format.
struct ClaimOutput: GatedResult {
  let claims: [TestedClaim]
  var run: RunRecord?

  /// Whether every claim came out as expected.
  var holds: Bool { claims.allSatisfy(\.isAsExpected) }

  private func count(_ outcome: ClaimOutcome) -> Int { claims.count { $0.outcome == outcome } }

  /// One sentence that says how many did.
  var verdict: String {
    let counts = [
      (ClaimOutcome.reproduced, "reproduced"), (.refuted, "refuted"),
      (.outOfReach, "out of reach here"), (.unmade, "not made"),
    ].compactMap { outcome, text in
      count(outcome) > 0 ? "\(count(outcome)) \(text)" : nil
    }
    let unexpected = claims.count { !$0.isAsExpected }
    return "\(claims.count) claim\(claims.count == 1 ? "" : "s"): "
      + counts.joined(separator: ", ")
      + (unexpected == 0 ? ", all as expected." : "; \(unexpected) not as expected.")
  }

  private static func text(_ claim: TestedClaim) -> String {
    switch claim.outcome {
    case .reproduced: "reproduced"
    case .refuted: "refuted"
    case .outOfReach: "out of reach"
    case .unmade: "not made"
    }
  }

  func text(for terminal: Terminal) -> String {
    var lines = terminal.wrapped(verdict).map { terminal.styled($0, holds ? .green : .red) }
    var experiment = ""
    for tested in claims {
      if tested.experiment != experiment {
        experiment = tested.experiment
        lines += ["", terminal.styled(experiment, .bold)]
      }
      let mark = tested.isAsExpected ? "" : " (NOT AS EXPECTED)"
      lines += terminal.wrapped(
        Echo.plain("\(Self.text(tested))\(mark): \(tested.claim.sentence)"),
        label: "  \(tested.claim.name): ")
      if !tested.evidence.isEmpty {
        lines += terminal.wrapped(Echo.plain(tested.evidence), label: "    ")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  var table: Table {
    Table(
      columns: [
        "experiment", "claim", "sentence", "source", "expected", "outcome", "evidence", "command",
      ],
      rows: claims.map { tested in
        [
          .text(tested.experiment), .text(tested.claim.name), .text(tested.claim.sentence),
          .text(tested.claim.source), .text(tested.claim.expected.rawValue),
          .text(tested.outcome.rawValue), .text(tested.evidence), .text(tested.command),
        ]
      })
  }

  /// A test for each claim: a claim that is expected to be refuted passes where it is.
  var tests: [GateTest] {
    claims.map { tested in
      let sentence = "\(Self.text(tested)): \(tested.claim.sentence) \(tested.evidence)"
      let outcome: GateTest.Outcome =
        switch tested.outcome {
        case .outOfReach: .skipped
        case .unmade: .unmade
        case .reproduced, .refuted:
          tested.isAsExpected
            ? .passed : .failed(details: sentence + "\nagain: \(tested.command)")
        }
      return GateTest(
        name: "\(tested.experiment).\(tested.claim.name)", outcome: outcome, sentence: sentence,
        seconds: tested.seconds)
    }
  }

  /// What became of a claim.
  struct Row: Encodable {
    var experiment: String
    var name: String
    var sentence: String
    var source: String
    var expected: String
    var outcome: ClaimOutcome
    var isAsExpected: Bool
    var evidence: String
    var command: String
    var finding: String

    init(_ tested: TestedClaim) {
      (experiment, name) = (tested.experiment, tested.claim.name)
      (sentence, source) = (tested.claim.sentence, tested.claim.source)
      (expected, outcome) = (tested.claim.expected.rawValue, tested.outcome)
      (isAsExpected, evidence) = (tested.isAsExpected, tested.evidence)
      (command, finding) = (tested.command, tested.claim.finding)
    }
  }

  /// How many.
  struct Summary: Encodable {
    var claims: Int
    var reproduced: Int
    var refuted: Int
    var outOfReach: Int
    var unmade: Int
    var unexpected: Int
  }

  private struct Document: Encodable {
    var schema = "halfway/claims/1"
    var tool = "halfway"
    var summary: Summary
    var claims: [Row]
    var run: RunRecord?
  }

  var document: any Encodable {
    Document(
      summary: Summary(
        claims: claims.count, reproduced: count(.reproduced), refuted: count(.refuted),
        outOfReach: count(.outOfReach), unmade: count(.unmade),
        unexpected: claims.count { !$0.isAsExpected }),
      claims: claims.map(Row.init), run: run)
  }
}

extension TestedClaim {
  /// The lines that make its results again, that of the command beside it last; empty of one out of
  /// reach.
  var command: String {
    guard case .command(let words, let beside, _) = claim.test else { return "" }
    return [words, beside].compactMap { $0 }.map { words in
      var line = CommandWords("halfway")
      for word in words { line.add(word) }
      return line.line
    }.joined(separator: "; ")
  }
}
