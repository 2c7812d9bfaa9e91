// SPDX-License-Identifier: Apache-2.0

/// One claim that a command puts to the test, as CI systems count tests.
struct GateTest {
  /// What became of it.
  enum Outcome {
    case passed
    /// The claim does not hold: everything that is known, the sentence included.
    case failed(details: String)
    /// Nothing was measured, for a reason that is no fault.
    case skipped
    /// It could not be put to the test.
    case unmade
  }

  /// The same from run to run: CI systems compare by it.
  var name: String
  var outcome: Outcome
  /// What there is to say, numbers included, in a sentence or a few.
  var sentence: String
  /// Nil where it took no time of its own.
  var seconds: Double?

  /// Whether a person has to look at it.
  var isFailing: Bool {
    switch outcome {
    case .failed, .unmade: true
    case .passed, .skipped: false
    }
  }
}

extension GateTest {
  /// A claim on some cases, which is skipped where there are none.
  ///
  /// - Parameter details: What is known of a claim that does not hold, beside the sentence.
  init(_ name: String, tested: UInt64, holds: Bool, sentence: String, details: [String]) {
    self.name = name
    self.sentence = tested == 0 ? "no case of it was run" : sentence
    outcome =
      tested == 0
      ? .skipped
      : holds ? .passed : .failed(details: ([sentence] + details).joined(separator: "\n"))
  }
}

/// A result whose claims can be told one by one.
protocol GatedResult: Presentable {
  /// The claims, in the order of its rows.
  var tests: [GateTest] { get }
}

extension Terminal {
  /// The page on which details of tests are set.
  static let testPage = Terminal(isInteractive: false, allowsColour: false, width: 100)
}
