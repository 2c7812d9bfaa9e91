// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Conditions

@Suite("The grammar of conditions")
struct ConditionParserTests {
  @Test("Conditions of every form are read")
  func forms() throws {
    for (text, count) in [
      ("summary.misrounded > 0", 1), ("results[op=add].mismatches>0", 1),
      ("policies[name=fp16-amp].finalLoss > 1.01 * other", 1),
      ("largestError > other.summary.largestError + 0.1", 1), ("a <= other * 2 - 1e-3", 1),
      ("a[0].b[*].c != \"x \\\" \\\\ y\"", 1), ("a[k=v,l.m=\"w, ]\"].\"odd key\" == null", 1),
      ("a == true and b != -0.5 and c < -inf", 3), ("  a  >=  2  ", 1), ("list.count == 0", 1),
      ("a == nearest-even", 1), ("a == stochastic:8:1", 1), ("a > other-0.1", 1),
      ("a[ k = v w ].b == 1", 1), ("a[k==v].b == 1", 1),
    ] {
      let condition = try Condition(text)
      #expect(condition.comparisons.count == count, "\(text)")
      #expect(condition.text == text)
    }
  }

  @Test("A hyphen before a digit is a minus, one before a letter belongs to the word")
  func hyphens() throws {
    let difference = try #require(try Condition("a > other-0.5").comparisons.first)
    guard case .other(nil, nil, let addend?) = difference.limit else {
      Issue.record("\(difference.limit)")
      return
    }
    #expect(addend.double == -0.5)
    let word = try #require(try Condition("a == other-than").comparisons.first)
    guard case .text("other-than") = word.limit else {
      Issue.record("\(word.limit)")
      return
    }
  }

  @Test("What cannot be read is shown with a caret at the place")
  func problems() {
    let rows: [(text: String, offset: Int, reason: String)] = [
      ("", 0, "a key is expected, found the end"), ("> 3", 0, "a key is expected, found '>'"),
      ("a", 1, "one of < <= > >= == != is expected, found the end"),
      ("a = 3", 2, "one of < <= > >= == != is expected, found '='"),
      ("a >", 3, "a number, a text or 'other' is expected, found the end"),
      ("a > b", 4, "'b' is a text, which has no order"),
      ("a >= true", 5, "true, false and null have no order"), ("a < null", 4, "have no order"),
      ("a.", 2, "a key is expected, found the end"), ("a..b > 1", 2, "a key is expected"),
      ("a[", 2, "an index, * or key=value is expected in brackets, found the end"),
      ("a[x].b > 1", 3, "'=' and a value are expected, found ']'"),
      ("a[x=].b > 1", 4, "a value is expected, found ']'"), ("a[0 > 1", 4, "']' is expected"),
      ("a[1x].b > 1", 2, "'1x' is no index"), ("a[-1] > 0", 2, "in brackets, found '-'"),
      ("a[99999999999999999999] > 0", 2, "is no index"),
      ("a > 1.2.3", 4, "'1.2.3' is no number"), ("a > 1e999", 4, "is no number"),
      ("a > 0x10", 4, "'0x10' is no number"), ("a > .5", 4, "'.5' is no number"),
      ("a > 2 * 3", 8, "'other' is expected"), ("a > other +", 11, "a number is expected"),
      ("a > other * x", 12, "a number is expected, found 'x'"),
      ("a > 2 * other * 3", 14, "'and' or the end is expected"),
      ("a > 1 or b > 1", 6, "'or' is a further --fail-on"),
      ("a > 1 b > 1", 6, "'and' or the end is expected"), ("a > 1 and", 9, "a key is expected"),
      ("a == \"x", 5, "a text without its closing quote"),
      ("a == \"\\n\"", 6, "a backslash stands before a quote or a backslash alone"),
      ("a == nan", 5, "nothing equals a NaN"), ("a == 1 # c", 7, "'and' or the end is expected"),
      (String(repeating: "a.", count: 2000), 0, "a condition has at most 2000"),
    ]
    for row in rows {
      do throws(ConditionProblem) {
        _ = try Condition(row.text)
        Issue.record("'\(row.text.prefix(40))' was read")
      } catch {
        #expect(error.offset == row.offset, "\(row.text.prefix(40)): \(error)")
        #expect(error.reason.contains(row.reason), "\(row.text.prefix(40)): \(error)")
        let (message, details) = error.complaint(about: row.text)
        #expect(message.hasPrefix("character \(row.offset + 1)"), "\(message)")
        #expect(details.count == 2 && details[1].hasSuffix("^"))
      }
    }
  }

  @Test("Cut anywhere, a condition is refused or read, and never a crash")
  func truncated() {
    let text = "a[k=\"v\",l.m=w][0][*].\"b\".count >= 1.5e-3 * other.c[x=1] - 2 and d != \"e\""
    for length in 0..<text.count { _ = try? Condition(String(text.prefix(length))) }
    #expect(throws: Never.self) { try Condition(text) }
  }

  @Test("The spelling of a path is read back to the same steps")
  func spelling() throws {
    var path = PathText.appending("results", to: "")
    path = PathText.appending(element: 3, to: path)
    path = PathText.appending("odd \"key\"", to: path)
    path = PathText.appending(
      selection: [
        (["a", "b-c"], "fp16-amp"), (["d"], "x, ]\\"), (["e"], ""), (["f"], "=1"), (["g"], " s "),
      ], to: path)
    let steps = try #require(try Condition(path + " == 1").comparisons.first).path.steps.map(\.kind)
    try #require(steps.count == 4)
    #expect(steps[0] == .key("results") && steps[1] == .element(3))
    #expect(steps[2] == .key("odd \"key\""))
    guard case .having(let selections) = steps[3] else {
      Issue.record("\(steps[3])")
      return
    }
    #expect(selections.map(\.keys) == [["a", "b-c"], ["d"], ["e"], ["f"], ["g"]])
    #expect(selections.map(\.value) == ["fp16-amp", "x, ]\\", "", "=1", " s "])
  }
}
