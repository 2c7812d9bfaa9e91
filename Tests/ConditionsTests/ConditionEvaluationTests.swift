// SPDX-License-Identifier: Apache-2.0
import Conditions
import TensorFiles
import Testing

@Suite("What conditions say of documents")
struct ConditionEvaluationTests {
  private static let text = #"""
    {"summary": {"tested": 9007199254740993, "misrounded": 3, "holds": false, "error": null,
      "worst": "inf", "none": "nan", "name": "soft"},
     "results": [
       {"op": "add", "rounding": "up", "bits": 16, "mismatches": 0, "tag": {"layer": "a"}},
       {"op": "add", "rounding": "down", "bits": 8, "mismatches": 2, "tag": {"layer": "b"}},
       {"op": "mul", "rounding": "up", "bits": 16, "mismatches": 5, "tag": {"layer": "c"}}],
     "empty": []}
    """#

  private static let otherText = #"""
    {"summary": {"tested": 9007199254740992, "misrounded": 2, "holds": true, "error": 1,
      "worst": 1, "none": 2, "name": "hard"},
     "results": [{"op": "add", "rounding": "up", "mismatches": 0},
       {"op": "add", "rounding": "down", "mismatches": 2},
       {"op": "mul", "rounding": "up", "mismatches": 4}],
     "empty": []}
    """#

  private func document(_ text: String, isExample: Bool = false) throws -> ConditionDocument {
    ConditionDocument(
      try DocumentReader.read(FileContents(path: "d.json", bytes: Array(text.utf8))),
      keysLeftOut: ["summary.largest"], isExample: isExample)
  }

  private func outcome(_ condition: String) throws -> ConditionOutcome {
    try Condition(condition).evaluate(document(Self.text), other: document(Self.otherText))
  }

  @Test("Relations of numbers, texts and flags")
  func relations() throws {
    for (condition, holds) in [
      ("summary.misrounded > 2", true), ("summary.misrounded > 3", false),
      ("summary.misrounded >= 3", true), ("summary.misrounded < 3", false),
      ("summary.misrounded <= 3.0", true), ("summary.misrounded == 3", true),
      ("summary.misrounded != 3", false), ("summary.misrounded > -1e300", true),
      ("summary.tested > 9007199254740992", true), ("summary.tested == 9007199254740992", false),
      ("summary.tested == 9007199254740993", true), ("summary.holds == false", true),
      ("summary.holds != false", false), ("summary.name == soft", true),
      ("summary.name != \"soft\"", false), ("summary.worst > 1e300", true),
      ("summary.worst < 1e300", false), ("summary.worst == inf", true),
      ("results.count == 3", true), ("empty.count > 0", false),
      ("summary.misrounded > 2 and summary.holds == false", true),
      ("summary.misrounded > 2 and summary.holds == true", false),
    ] {
      #expect(try outcome(condition).holds == holds, "\(condition)")
    }
  }

  @Test("Elements by index, by values, and any of all")
  func elements() throws {
    for (condition, holds, count) in [
      ("results[1].mismatches > 0", true, 1), ("results[op=mul].mismatches > 4", true, 1),
      ("results[op=add].mismatches > 0", true, 2), ("results[op=add].mismatches > 2", false, 2),
      ("results[op=add,rounding=up].mismatches > 0", false, 1),
      ("results[*].mismatches >= 5", true, 3), ("results[bits=16.0].mismatches > 4", true, 2),
      ("results[tag.layer=b].mismatches == 2", true, 1), ("empty[*].mismatches > 0", false, 0),
    ] {
      let found = try outcome(condition)
      #expect(found.holds == holds && found.valueCount == count, "\(condition)")
    }
    #expect(
      try outcome("results[op=mul].mismatches > 4").sentence == "results[op=mul].mismatches is 5")
  }

  @Test("A value that is missing fails every comparison with anything but null")
  func missing() throws {
    for place in [
      "summary.error", "summary.none", "summary.largest", "summary.largest.below[0].that",
    ] {
      for relation in ["<", "<=", ">", ">=", "==", "!="] {
        #expect(try outcome("\(place) \(relation) 1").holds, "\(place) \(relation)")
      }
      #expect(try outcome("\(place) == x").holds && outcome("\(place) == true").holds)
      #expect(try outcome("\(place) == null").holds && !outcome("\(place) != null").holds)
    }
    #expect(try !outcome("summary.misrounded == null").holds)
    #expect(try outcome("summary.misrounded != null").holds)
  }

  @Test("The other document's value at the same path, at another one, with factor and addend")
  func other() throws {
    for (condition, holds) in [
      ("summary.misrounded > other", true), ("summary.misrounded > 1.5 * other", false),
      ("summary.misrounded >= 1.5 * other", true), ("summary.misrounded > other + 0.9", true),
      ("summary.misrounded > other * 2 - 1", false), ("summary.tested > other", true),
      ("summary.tested > other + 1", false), ("results[*].mismatches > other", true),
      ("results[op=add].mismatches > other", false),
      ("results[*].mismatches > other.summary.misrounded", true),
      ("results[op=add].mismatches > other.summary.misrounded", false),
      ("summary.name == other", false), ("summary.name != other", true),
      ("summary.holds != other", true), ("summary.worst > other", true),
    ] {
      #expect(try outcome(condition).holds == holds, "\(condition)")
    }
    // Nothing to compare with is no reason to pass.
    let reversed = try Condition("summary.error < other").evaluate(
      document(Self.otherText), other: document(Self.text))
    #expect(reversed.holds)
  }

  @Test("A path that leads nowhere is shown with the nearest names of its level")
  func problems() {
    let rows: [(text: String, offset: Int, reason: String)] = [
      (
        "summary.misrounde > 0", 8, "unknown key 'misrounde'; did you mean misrounded? known: error"
      ),
      ("misrounded > 0", 0, "there is 'summary.misrounded'"),
      ("sumary.x > 0", 0, "did you mean summary?"),
      ("results.mismatches > 0", 8, "'results' is a list: [0], [*] or [key=value]"),
      ("results[3].op > 0", 8, "'results' has 3 elements, of which [2] is the last"),
      ("empty[0].op > 0", 6, "'empty' has 0 elements"),
      ("results[op=ad].mismatches > 0", 11, "unknown op of 'results' 'ad'; did you mean add?"),
      ("results[po=add].mismatches > 0", 11, "no element of 'results' has a value 'po'; known:"),
      ("results[op=mul,rounding=down].op == x", 24, "unknown rounding of 'results' 'down'"),
      ("empty[op=add].op == x", 9, "no element of 'empty'"),
      ("summary[0] > 0", 8, "'summary' is an object, and no list"),
      ("summary.misrounded.x > 0", 19, "'summary.misrounded' is a number, and has no keys"),
      ("summary.name > 0", 8, "is 'soft', which cannot be compared with a number"),
      ("summary.misrounded == soft", 8, "is 3, which cannot be compared with a text"),
      ("summary.misrounded == true", 8, "is 3, which cannot be compared with true or false"),
      ("summary > 0", 0, "'summary' is an object of 7, which cannot be compared"),
      ("summary.name > other", 15, "'summary.name' of the other document is 'hard', and no number"),
      ("results[*].bits > other", 11, "in the other document: unknown key 'bits'"),
      ("results[op=add].mismatches > other.results[*].mismatches", 29, "2 values here, and 3 in"),
    ]
    for row in rows {
      do {
        _ = try outcome(row.text)
        Issue.record("'\(row.text)' was evaluated")
      } catch let problem as ConditionProblem {
        #expect(problem.offset == row.offset, "\(row.text): \(problem)")
        #expect(problem.reason.contains(row.reason), "\(row.text): \(problem)")
      } catch {
        Issue.record("\(error)")
      }
    }
  }

  @Test("Without another document, 'other' is refused at its place")
  func alone() throws {
    let condition = try Condition("summary.misrounded > 2 * other")
    #expect(condition.otherOffset == 21)
    #expect(throws: ConditionProblem.self) { try condition.evaluate(document(Self.text)) }
    #expect(try Condition("summary.misrounded > 2").otherOffset == nil)
  }

  @Test("An example's empty lists say nothing of paths below them; its keys do")
  func example() throws {
    let example = try document(Self.text, isExample: true)
    for text in ["empty[0].any > 1", "empty[a=b].c.d == x", "empty[*].x == null"] {
      #expect(throws: Never.self) { try Condition(text).evaluate(example) }
    }
    for text in ["empti[0].any > 1", "results[3].op == x", "summary.misrounde > 1"] {
      #expect(throws: ConditionProblem.self) { try Condition(text).evaluate(example) }
    }
  }
}
