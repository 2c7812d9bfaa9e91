// SPDX-License-Identifier: Apache-2.0
import Conditions
import Words

/// The answer to a comparison.
enum ComparisonVerdict: String, Encodable {
  /// No value differs.
  case same
  /// What differs are figures, by no more than chance.
  case withinNoise
  /// Values differ without a better and a worse.
  case changed
  /// Some figure is better and none worse.
  case better
  /// Some figure is worse.
  case worse
  /// The documents were asked different things.
  case undecidable
}

/// Two results of one command, what differs, and what conditions say of the second.
struct ComparisonResult {
  let before: ResultFile
  let after: ResultFile
  let difference: DocumentDifference
  /// The conditions, in the order they were given.
  let conditions: [(condition: Condition, outcome: ConditionOutcome)]

  /// Compares; throws status 2 for documents of different schemas, 64 for a condition whose path
  /// leads nowhere.
  init(_ before: ResultFile, _ after: ResultFile, gate: DocumentGate) throws(CommandExit) {
    guard before.schema == after.schema else {
      throw CommandExit(
        .couldNotRun,
        "'\(Echo.path(before.path))' is \(Echo.word(before.schema)), '\(Echo.path(after.path))' is "
          + "\(Echo.word(after.schema)): results of one command and version can be compared")
    }
    let form = DocumentForm.of(after.schema)
    var conditions: [(condition: Condition, outcome: ConditionOutcome)] = []
    for condition in gate.conditions {
      let outcome = try DocumentGate.outcome(
        condition, after.document(form), other: before.document(form))
      conditions.append((condition, outcome))
    }
    (self.before, self.after, self.conditions) = (before, after, conditions)
    difference = DocumentDifference(before.value, after.value, form: form)
  }

  var verdict: ComparisonVerdict {
    if !difference.configurationDifferences.isEmpty { return .undecidable }
    if difference.count(.worse) > 0 { return .worse }
    if difference.count(.better) > 0 { return .better }
    if difference.count(.changed) > 0 { return .changed }
    return difference.count(.withinNoise) > 0 ? .withinNoise : .same
  }

  /// How the command ends; nil for status 0. Conditions decide where there are some; those that
  /// name the other document conclude nothing from one of another configuration.
  var end: CommandExit? {
    let keys = difference.configurationDifferences.joined(separator: ", ")
    let undecidable = CommandExit(
      .nothingSelected, "nothing follows: the documents differ in \(Echo.line(keys))")
    guard !conditions.isEmpty else {
      switch verdict {
      case .worse: return CommandExit(.findings)
      case .changed where difference.figures == 0:
        return CommandExit(
          .nothingSelected,
          "nothing follows: no figure of \(Echo.word(after.schema)) is known to be better or worse; "
            + "--fail-on says what is")
      case .undecidable: return undecidable
      default: return nil
      }
    }
    if let end = DocumentGate.end(conditions) { return end }
    let usesOther = conditions.contains { $0.condition.otherOffset != nil }
    return usesOther && verdict == .undecidable ? undecidable : nil
  }
}
