// SPDX-License-Identifier: Apache-2.0
import Reports

/// Tests as JUnit's XML, which CI systems read: the numbers stand in a failure's text, for some of
/// them show nothing else.
struct JUnitReport {
  /// The command.
  var suite: String
  var tests: [GateTest]
  /// The duration of all.
  var seconds: Double

  /// The file's text.
  var text: String {
    var (failures, errors, skipped) = (0, 0, 0)
    for test in tests {
      switch test.outcome {
      case .passed: break
      case .failed: failures += 1
      case .skipped: skipped += 1
      case .unmade: errors += 1
      }
    }
    let counts =
      "tests=\"\(tests.count)\" failures=\"\(failures)\" errors=\"\(errors)\" "
      + "skipped=\"\(skipped)\" time=\"\(Self.time(seconds))\""
    let name = Escaping.markup(suite)
    return
      ([
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites \(counts)>",
        "  <testsuite name=\"\(name)\" \(counts)>",
      ] + tests.flatMap { lines(of: $0, className: name) } + ["  </testsuite>", "</testsuites>"])
      .joined(separator: "\n") + "\n"
  }

  private func lines(of test: GateTest, className: String) -> [String] {
    let time = test.seconds.map { " time=\"\(Self.time($0))\"" } ?? ""
    let sentence = Escaping.markup(test.sentence)
    let content =
      switch test.outcome {
      case .passed: sentence.isEmpty ? nil : "<system-out>\(sentence)</system-out>"
      case .failed(let details):
        "<failure message=\"\(sentence)\">\(Escaping.markup(details))</failure>"
      case .skipped: "<skipped message=\"\(sentence)\"/>"
      case .unmade: "<error message=\"\(sentence)\">\(sentence)</error>"
      }
    let name = Escaping.markup(test.name)
    return [
      "    <testcase classname=\"\(className)\" name=\"\(name)\"\(time)>",
      content.map { "      \($0)" }, "    </testcase>",
    ].compactMap(\.self)
  }

  private static func time(_ seconds: Double) -> String {
    String((seconds * 1000).rounded() / 1000)
  }
}
