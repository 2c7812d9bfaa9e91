// SPDX-License-Identifier: Apache-2.0
import Conditions
import Reports
import TensorFiles
import Words

/// Conditions that a result must not fulfil.
struct DocumentGate {
  /// The conditions; empty where the command's own criterion decides.
  let conditions: [Condition]

  /// The conditions of texts; throws status 64 on one that cannot be read.
  init(_ texts: [String]) throws(CommandExit) {
    var conditions: [Condition] = []
    for text in texts {
      do throws(ConditionProblem) {
        conditions.append(try Condition(text))
      } catch {
        throw Self.usage(error.complaint(about: text))
      }
    }
    self.conditions = conditions
  }

  /// Whether there is no condition.
  var isEmpty: Bool { conditions.isEmpty }

  /// Throws status 64 for a path that does not lead anywhere in the result's documents, which one
  /// of nothing counted shows before the work.
  func check<Result: Presentable>(_ example: @autoclosure () throws -> Result) throws {
    guard !isEmpty else { return }
    let document = try Self.document(try example(), isExample: true)
    for condition in conditions { _ = try Self.outcome(condition, document) }
  }

  /// How a command ends whose result is written: nil where nothing was found.
  ///
  /// - Parameter hasFindings: What the command's own criterion says, which decides without
  ///   conditions.
  func end(after result: some Presentable, hasFindings: Bool) -> CommandExit? {
    guard !isEmpty else { return hasFindings ? CommandExit(.findings) : nil }
    do {
      let document = try Self.document(result, isExample: false)
      return Self.end(
        try conditions.map { ($0, try Self.outcome($0, document)) })
    } catch {
      return error as? CommandExit ?? CommandExit(.couldNotRun, "\(error)")
    }
  }

  /// The tests of a result: its conditions where there are some, otherwise its own claims.
  func tests(of result: some GatedResult) -> [GateTest] {
    isEmpty ? result.tests : conditionTests(of: result)
  }

  /// A test for each condition.
  func conditionTests(of result: some Presentable) -> [GateTest] {
    guard !isEmpty else { return [] }
    do {
      let document = try Self.document(result, isExample: false)
      return conditions.map { condition in
        do throws(CommandExit) {
          return GateTest(condition, try Self.outcome(condition, document))
        } catch {
          return GateTest(
            name: condition.text, outcome: .unmade, sentence: error.description)
        }
      }
    } catch {
      return unmadeTests("\(error)")
    }
  }

  /// A test for each condition, none of which could be asked for.
  func unmadeTests(_ reason: String) -> [GateTest] {
    conditions.map { GateTest(name: $0.text, outcome: .unmade, sentence: reason) }
  }

  /// The end with status 1 that names the conditions which hold; nil where none does.
  static func end(_ outcomes: [(condition: Condition, outcome: ConditionOutcome)]) -> CommandExit? {
    let lines = outcomes.filter(\.outcome.holds).map { condition, outcome in
      "--fail-on '\(Echo.path(condition.text))' holds: \(outcome.sentence)"
    }
    guard let first = lines.first else { return nil }
    return CommandExit(.findings, first, details: lines.dropFirst().map { "halfway: \($0)" })
  }

  /// What a condition says; throws status 64, with a caret, where a path leads nowhere.
  static func outcome(
    _ condition: Condition, _ document: ConditionDocument, other: ConditionDocument? = nil
  ) throws(CommandExit) -> ConditionOutcome {
    do throws(ConditionProblem) {
      return try condition.evaluate(document, other: other)
    } catch {
      throw usage(error.complaint(about: condition.text))
    }
  }

  /// The end with status 64 that shows a place of a condition.
  static func usage(_ complaint: (message: String, details: [String])) -> CommandExit {
    CommandExit(.usage, "--fail-on: \(complaint.message)", details: complaint.details)
  }

  private static func document(
    _ result: some Presentable, isExample: Bool
  ) throws -> ConditionDocument {
    let text = try JSONText.encode(result.document, isIndented: false)
    let value = try DocumentReader.read(
      FileContents(path: "the result", bytes: Array(text.utf8)))
    let schema = value.object?["schema"]?.text ?? ""
    return ConditionDocument(
      value, keysLeftOut: DocumentForm.of(schema).keysLeftOut, isExample: isExample)
  }
}

extension GateTest {
  /// The claim that a condition does not hold.
  init(_ condition: Condition, _ outcome: ConditionOutcome) {
    let sentence = outcome.holds ? outcome.sentence : "does not hold"
    self.init(
      name: condition.text,
      outcome: outcome.holds
        ? .failed(details: "--fail-on '\(condition.text)' holds: \(outcome.sentence)") : .passed,
      sentence: sentence)
  }
}
