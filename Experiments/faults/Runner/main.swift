// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Verification

// Plants every fault of a table in turn and runs its campaign over each case set; the table and the
// score go to standard output as Markdown. Status 1 where a fault survives level2,coverage, or where
// the unharmed arithmetic does not hold.

struct Table: Decodable {
  struct Row: Decodable {
    var name: String
    var run: String
  }
  var faults: [Row]
}

let selections: [CaseSelection] =
  CommandLine.arguments.count > 2
  ? CommandLine.arguments[2].split(separator: ",").compactMap { CaseSelection(name: String($0)) }
  : [.boundary, .level1, .coverage(repeats: 1), .level2]

/// Whether a campaign of `subject operation format [to format] [propagate]` finds a mismatch.
func isCaught(_ run: String, by selection: CaseSelection) -> Bool {
  let words = run.split(separator: " ").map(String.init)
  guard words.count >= 3, let subject = SubjectCatalog.subject(named: words[0]),
    let operation = ArithmeticOperation(rawValue: words[1]), let format = Format(id: words[2])
  else {
    print("'\(run)' names no campaign: subject, operation, format")
    exit(2)
  }
  let to = words.firstIndex(of: "to").flatMap { Format(id: words[$0 + 1]) } ?? format
  let configuration = Configuration(
    operations: [operation], formats: [format], targets: [to],
    roundings: Rounding.deterministic + [.stochastic(bits: 11, seed: 1)],
    semantics: Semantics(nan: words.contains("propagate") ? .propagateFirst : .canonical),
    cases: [selection], subject: subject.name)
  let plan = Plan(configuration, subject: subject)
  let campaign = Campaign(plan: plan, subject: subject, reference: MPFRReference())
  let threads = ProcessInfo.processInfo.activeProcessorCount
  let (state, _) = campaign.run(control: CampaignControl(threads: threads))
  return !VerificationResult(plan: plan, state: state).holds
}

let path = CommandLine.arguments.dropFirst().first ?? "faults.json"
let table = try JSONDecoder().decode(
  Table.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
print("| fault | campaign | " + selections.map(\.description).joined(separator: " | ") + " |")
print("| --- | --- |" + selections.map { _ in " --- |" }.joined())
var survivors = 0
for (index, fault) in table.faults.enumerated() {
  var caught: [Bool?] = []
  for selection in selections {
    // The largest set is run only where the smaller ones found nothing.
    guard selection != .level2 || !caught.contains(true) else {
      caught.append(nil)
      continue
    }
    Fault.planted = 0
    if !table.faults[..<index].contains(where: { $0.run == fault.run }) {
      guard !isCaught(fault.run, by: selection) else {
        print("\(fault.run), \(selection): finds mismatches without a fault")
        exit(1)
      }
    }
    Fault.planted = index + 1
    caught.append(isCaught(fault.run, by: selection))
  }
  let marks = caught.map { $0.map { $0 ? "caught" : "-" } ?? "" }.joined(separator: " | ")
  print("| \(fault.name) | `\(fault.run)` | \(marks) |")
  if !caught.contains(true) { survivors += 1 }
}
print("\n\(table.faults.count - survivors) of \(table.faults.count) faults are caught.")
exit(survivors == 0 ? 0 : 1)
