// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import SoftFloat
import Verification
import Work

// `Runner TABLE [RESULT]` plants every fault of a table in turn and runs its campaign; the table of
// what caught it and the score go to standard output as Markdown, and to RESULT as JSON. Status 1
// where a fault survives, or where a campaign finds something in the unharmed arithmetic.

struct Table: Decodable {
  struct Row: Decodable {
    var name: String
    var run: String
  }
  var faults: [Row]
}

/// The case sets of a campaign of arithmetic. A fault is caught by `coverage` or `level2`; the
/// first two tell what the small sets see. The largest is run only where `coverage` sees nothing.
let selections: [CaseSelection] = [.boundary, .level1, .coverage(repeats: 1), .level2]

/// The campaign that a fault names.
struct Run {
  /// A line on standard output and the end, of a table that is wrong.
  static func fail(_ line: String) -> Never {
    print(line)
    exit(2)
  }

  let name: String
  private let words: [String]

  init(_ name: String) {
    self.name = name
    words = name.split(separator: " ").map(String.init)
    if words.count < 3 { Self.fail("'\(name)' names no campaign: subject, operation, format") }
  }

  /// Units and elementary functions have campaigns of one kind of cases.
  var isArithmetic: Bool { words[0] != "units" && words[0] != "elementary" }

  /// Whether the campaign finds anything; `selection` is for arithmetic.
  func isCaught(by selection: CaseSelection) -> Bool {
    let threads = ProcessInfo.processInfo.activeProcessorCount
    switch words[0] {
    case "units":
      guard let unit = MatrixUnit(rawValue: words[1]), let format = Format(id: words[2]) else {
        Self.fail("'\(name)' names no unit and format")
      }
      let campaign = UnitCampaign(units: [unit], formats: [format], products: 200, seed: 1)
      return campaign.run(control: WorkControl(threads: threads)).state.counts.contains {
        $0.differing > 0
      }
    case "elementary":
      guard let function = ElementaryFunction(rawValue: words[1]),
        let domain = ElementaryDomain(rawValue: words[2])
      else { Self.fail("'\(name)' names no function and format") }
      let campaign = ElementaryCampaign(functions: [function], domains: [domain])
      let (state, _) = campaign.run(control: WorkControl(threads: threads))
      return campaign.rows(state.counts).contains { !$0.holds }
    default: return isCaught(by: selection, threads: threads)
    }
  }

  private func isCaught(by selection: CaseSelection, threads: Int) -> Bool {
    guard let subject = SubjectCatalog.subject(named: words[0]),
      let operation = ArithmeticOperation(rawValue: words[1]), let format = Format(id: words[2])
    else { Self.fail("'\(name)' names no campaign: subject, operation, format") }
    let to = words.firstIndex(of: "to").flatMap { Format(id: words[$0 + 1]) } ?? format
    let configuration = Configuration(
      operations: [operation], formats: [format], targets: [to],
      roundings: Rounding.deterministic + [.stochastic(bits: 11, seed: 1)],
      semantics: Semantics(nan: words.contains("propagate") ? .propagateFirst : .canonical),
      cases: [selection], subject: subject.name)
    let plan = Plan(configuration, subject: subject)
    let campaign = Campaign(plan: plan, subject: subject, reference: MPFRReference())
    let (state, _) = campaign.run(control: WorkControl(threads: threads))
    return !VerificationResult(plan: plan, state: state).holds
  }
}

/// What became of a fault.
struct Outcome: Encodable {
  var name: String
  var run: String
  /// The case sets that found it, and those that did not; of other campaigns than arithmetic's
  /// `all`.
  var caughtBy: [String] = []
  var missedBy: [String] = []
  /// Whether `coverage` or `level2`, or the campaign of a unit or a function, found it.
  var isCaught: Bool { !Set(caughtBy).isDisjoint(with: ["coverage:1", "level2", "all"]) }
}

struct Score: Encodable {
  var command = "make faults"
  var planted: Int
  var caught: Int
  var faults: [Outcome]
}

guard let path = CommandLine.arguments.dropFirst().first else {
  Run.fail("usage: Runner TABLE [RESULT]")
}
let faults = try JSONDecoder().decode(
  Table.self, from: Data(contentsOf: URL(fileURLWithPath: path))
)
.faults
var unharmed: Set<String> = []
var outcomes: [Outcome] = []
print("| fault | campaign | " + selections.map(\.description).joined(separator: " | ") + " |")
print("| --- | --- |" + selections.map { _ in " --- |" }.joined())
for (index, fault) in faults.enumerated() {
  let run = Run(fault.run)
  var outcome = Outcome(name: fault.name, run: fault.run)
  for selection in run.isArithmetic ? selections : [.boundary] {
    if selection == .level2, outcome.isCaught { continue }
    let name = run.isArithmetic ? selection.description : "all"
    Fault.planted = 0
    if unharmed.insert("\(fault.run), \(name)").inserted, run.isCaught(by: selection) {
      print("\(fault.run), \(name): finds something without a fault")
      exit(1)
    }
    Fault.planted = index + 1
    if run.isCaught(by: selection) {
      outcome.caughtBy.append(name)
    } else {
      outcome.missedBy.append(name)
    }
  }
  let marks = selections.map { selection in
    let isOwn = !run.isArithmetic && selection == .level2
    let name = isOwn ? "all" : selection.description
    return outcome.caughtBy.contains(name)
      ? "caught" : outcome.missedBy.contains(name) ? "-" : ""
  }
  print("| \(fault.name) | `\(fault.run)` | \(marks.joined(separator: " | ")) |")
  outcomes.append(outcome)
}
let score = Score(
  planted: faults.count, caught: outcomes.count(where: \.isCaught), faults: outcomes)
print("\n\(score.caught) of \(score.planted) faults are caught.")
if let result = CommandLine.arguments.dropFirst(2).first {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  var data = try encoder.encode(score)
  data.append(10)
  try data.write(to: URL(fileURLWithPath: result))
}
exit(score.caught == score.planted ? 0 : 1)
