// SPDX-License-Identifier: Apache-2.0
import KernelChecks
import Tables
import Words

/// What became of the checks of a file.
struct SuiteOutput: Presentable {
  /// One check.
  struct Entry {
    var name: String
    /// Its result; nil where it could not be made.
    var result: (any CheckResult)?
    /// Why it could not be made.
    var problem: CommandExit?
    var seconds: Double
    /// Whether conditions take the place of the criterion that nobody asked for.
    var isBesideConditions = false
    /// What computed, with its versions; empty where nobody reads it.
    var provenance: [String: String] = [:]

    var hasFindings: Bool {
      guard let result else { return false }
      return isBesideConditions ? result.hasFindingsBesideConditions : result.hasFindings
    }
  }

  var entries: [Entry] = []

  /// The status that stands for all: findings first, then what could not be made.
  var status: ExitStatus {
    if entries.contains(where: \.hasFindings) { return .findings }
    return entries.compactMap(\.problem).first?.status ?? .holds
  }

  /// One sentence that says how many hold.
  var verdict: String {
    let failed = entries.count { $0.hasFindings }
    let unmade = entries.count { $0.problem != nil }
    var verdict = entries.count == 1 ? "1 check: " : "\(entries.count) checks: "
    verdict +=
      failed + unmade == 0
      ? (entries.count == 1 ? "it holds." : "all hold.")
      : "\(entries.count - failed - unmade) hold"
        + (failed > 0 ? ", \(failed) with findings" : "")
        + (unmade > 0 ? ", \(unmade) could not be made" : "") + "."
    return verdict
  }

  func text(for terminal: Terminal) -> String {
    var lines = [terminal.styled(verdict, status == .holds ? .green : .red), ""]
    for entry in entries {
      lines += terminal.wrapped(entry.sentence, label: "\(entry.name): ")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  var table: Table {
    Table(
      columns: [
        "check", "holds", "tested", "misrounded", "largest_error_ulp", "largest_scaled_error",
        "sentence",
      ],
      rows: entries.map { entry in
        let figures = entry.result?.figures
        return [
          .text(entry.name), .flag(entry.problem == nil && !entry.hasFindings),
          figures.map { .count($0.tested) } ?? .missing,
          figures.map { .count($0.misrounded) } ?? .missing,
          figures?.largestError.map { .number($0) } ?? .missing,
          figures?.largestScaledError.map { .number($0) } ?? .missing, .text(entry.sentence),
        ]
      })
  }

  var document: any Encodable {
    Document(
      checks: entries.map {
        Document.Check(
          name: $0.name, result: $0.result.map { AnyDocument($0.document) },
          problem: $0.problem?.description)
      }, holds: status == .holds)
  }

  /// A document of a kind that is known when it is written.
  private struct AnyDocument: Encodable {
    let document: any Encodable
    init(_ document: any Encodable) { self.document = document }
    func encode(to encoder: any Encoder) throws { try document.encode(to: encoder) }
  }

  private struct Document: Encodable {
    struct Check: Encodable {
      var name: String
      var result: AnyDocument?
      var problem: String?
    }

    var schema = "halfway/checks/1"
    var tool = "halfway"
    var checks: [Check]
    var holds: Bool
  }
}

extension SuiteOutput.Entry {
  /// What became of it, in a sentence or a few.
  var sentence: String {
    if let problem { return "could not be made: \(problem)" }
    guard let result else { return "" }
    return [result.verdict, result.comparison?.sentence].compactMap { $0 }.joined(separator: " ")
  }
}

extension GateTest {
  /// A check as a test.
  init(_ entry: SuiteOutput.Entry) {
    self.init(
      name: entry.name, outcome: .passed, sentence: entry.sentence, seconds: entry.seconds)
    if entry.problem != nil {
      outcome = .unmade
    } else if let result = entry.result, entry.hasFindings {
      outcome = .failed(details: result.text(for: .testPage))
    }
  }
}
