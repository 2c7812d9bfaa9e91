// SPDX-License-Identifier: Apache-2.0
import Reports

/// Checks as JUnit's XML, which CI systems read: the numbers stand in a failure's text, for some of
/// them show nothing else.
struct JUnitReport {
  /// One test.
  struct Test {
    /// What became of it.
    enum Outcome {
      case passed
      /// The claim does not hold: a sentence, and everything that is known.
      case failed(String, details: String)
      /// It could not be made.
      case unmade(String)
    }

    var name: String
    var seconds: Double
    var outcome: Outcome
    /// What it says when it passes.
    var output: String
  }

  /// The command.
  var suite: String
  var tests: [Test]

  /// The file's text.
  var text: String {
    let failures = tests.count { if case .failed = $0.outcome { true } else { false } }
    let errors = tests.count { if case .unmade = $0.outcome { true } else { false } }
    let seconds = tests.reduce(0) { $0 + $1.seconds }
    let counts =
      "tests=\"\(tests.count)\" failures=\"\(failures)\" errors=\"\(errors)\" "
      + "time=\"\(Self.time(seconds))\""
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites \(counts)>",
      "  <testsuite name=\"\(Escaping.markup(suite))\" \(counts)>",
    ]
    for test in tests {
      lines.append(
        "    <testcase classname=\"\(Escaping.markup(suite))\" name=\"\(Escaping.markup(test.name))\" "
          + "time=\"\(Self.time(test.seconds))\">")
      switch test.outcome {
      case .passed: break
      case .failed(let sentence, let details):
        lines.append(
          "      <failure message=\"\(Escaping.markup(sentence))\">\(Escaping.markup(details))</failure>"
        )
      case .unmade(let reason):
        lines.append(
          "      <error message=\"\(Escaping.markup(reason))\">\(Escaping.markup(reason))</error>")
      }
      if !test.output.isEmpty {
        lines.append("      <system-out>\(Escaping.markup(test.output))</system-out>")
      }
      lines.append("    </testcase>")
    }
    return (lines + ["  </testsuite>", "</testsuites>"]).joined(separator: "\n") + "\n"
  }

  private static func time(_ seconds: Double) -> String {
    String((seconds * 1000).rounded() / 1000)
  }
}

extension JUnitReport.Test {
  /// A check as a test.
  init(_ entry: SuiteOutput.Entry) {
    name = entry.name
    seconds = entry.seconds
    let page = Terminal(isInteractive: false, allowsColour: false, width: 100)
    if let problem = entry.problem {
      outcome = .unmade(problem.description)
      output = ""
    } else if let result = entry.result, result.hasFindings {
      outcome = .failed(entry.sentence, details: result.text(for: page))
      output = ""
    } else {
      outcome = .passed
      output = entry.sentence
    }
  }
}
