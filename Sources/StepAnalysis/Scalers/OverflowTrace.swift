// SPDX-License-Identifier: Apache-2.0
import Words

/// The steps of a training by what their scaled gradients were: finite, or overflowed in a share of
/// their values.
package struct OverflowTrace: Hashable, Sendable {
  /// Steps in a row that are alike.
  package struct Run: Hashable, Sendable {
    /// The share of the gradients' values that are infinite or NaN; 0 of a finite step.
    package var share: Double
    /// The number of steps, at least 1.
    package var count: Int

    /// Whether the steps overflow.
    package var overflows: Bool { share > 0 }
  }

  /// The runs in order, neighbours of different shares.
  package private(set) var runs: [Run] = []

  /// The number of steps.
  package private(set) var steps = 0
  /// The number of steps that overflow.
  package private(set) var overflows = 0

  /// The most steps of a trace.
  package static let mostSteps = 10_000_000

  /// The trace without a step.
  package init() {}

  /// Adds steps; false where there are then more than `mostSteps`.
  package mutating func append(share: Double, count: Int) -> Bool {
    guard count <= Self.mostSteps - steps else { return false }
    steps += count
    if share > 0 { overflows += count }
    if let last = runs.last, last.share == share {
      runs[runs.count - 1].count += count
    } else if count > 0 {
      runs.append(Run(share: share, count: count))
    }
    return true
  }

  /// What is wrong with a pattern, and where.
  package struct Problem: Error, Hashable, CustomStringConvertible {
    /// The position of the character, from 0.
    package var position: Int
    /// What is wrong there.
    package var reason: String

    /// What is wrong.
    package var description: String { reason }
  }

  /// The trace of a pattern: `ok*3,inf,ok*2000`, `(inf,ok)*5`. Steps are `ok`, `inf` or `nan`, an
  /// overflow of a share of the values `inf:0.001`; commas, spaces and line ends part them, `*` repeats
  /// a step or a group, and `#` begins a comment.
  package init(pattern: String) throws(Problem) {
    var parser = TraceParser(pattern)
    self = try parser.trace()
  }
}

/// Reads a pattern of a trace.
private struct TraceParser {
  private let characters: [Character]
  private var position = 0
  private var depth = 0

  private static let mostDepth = 64

  init(_ pattern: String) {
    // Some editors begin a file with a byte order mark.
    characters = Array(pattern.hasPrefix("\u{feff}") ? pattern.dropFirst() : pattern[...])
  }

  mutating func trace() throws(OverflowTrace.Problem) -> OverflowTrace {
    let trace = try sequence()
    guard position == characters.count else {
      throw problem("a group ends that never began", at: position)
    }
    guard trace.steps > 0 else { throw problem("there is no step", at: 0) }
    return trace
  }

  /// Steps up to the end or the end of a group.
  private mutating func sequence() throws(OverflowTrace.Problem) -> OverflowTrace {
    var trace = OverflowTrace()
    skipSeparators()
    while position < characters.count, characters[position] != ")" {
      let start = position
      let part = try repeated()
      for run in part.runs where !trace.append(share: run.share, count: run.count) {
        throw problem("there are more than \(OverflowTrace.mostSteps) steps", at: start)
      }
      let end = position
      skipSeparators()
      guard position > end || position == characters.count || characters[position] == ")" else {
        throw problem("steps are parted by commas", at: position)
      }
    }
    return trace
  }

  private mutating func repeated() throws(OverflowTrace.Problem) -> OverflowTrace {
    let start = position
    let unit: OverflowTrace
    if characters[position] == "(" {
      guard depth < Self.mostDepth else { throw problem("groups stand too deep", at: position) }
      depth += 1
      position += 1
      unit = try sequence()
      guard position < characters.count else {
        throw problem("this group does not end", at: start)
      }
      position += 1
      depth -= 1
    } else {
      unit = try step()
    }
    guard position < characters.count, characters[position] == "*" else { return unit }
    position += 1
    let place = position
    var digits = ""
    while position < characters.count, characters[position].isASCII,
      characters[position].isNumber
    {
      digits.append(characters[position])
      position += 1
    }
    guard let times = Int(digits), times > 0 else {
      throw problem("a number of repetitions, 1 or more, is missing", at: place)
    }
    guard times <= OverflowTrace.mostSteps,
      unit.steps <= OverflowTrace.mostSteps / times
    else { throw problem("there are more than \(OverflowTrace.mostSteps) steps", at: place) }
    // A single run is longer then; others repeat.
    if unit.runs.count == 1 {
      var trace = OverflowTrace()
      _ = trace.append(share: unit.runs[0].share, count: unit.runs[0].count * times)
      return trace
    }
    var trace = OverflowTrace()
    for _ in 0..<times {
      for run in unit.runs { _ = trace.append(share: run.share, count: run.count) }
    }
    return trace
  }

  private mutating func step() throws(OverflowTrace.Problem) -> OverflowTrace {
    let start = position
    var word = ""
    while position < characters.count, !characters[position].isWhitespace,
      !",()*#".contains(characters[position])
    {
      word.append(characters[position])
      position += 1
    }
    let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    var trace = OverflowTrace()
    switch (parts.first.map { $0.lowercased() } ?? "", parts.count) {
    case ("ok", 1): _ = trace.append(share: 0, count: 1)
    case ("inf", 1), ("nan", 1): _ = trace.append(share: 1, count: 1)
    case ("inf", 2), ("nan", 2):
      guard let share = Double(parts[1]), share > 0, share <= 1 else {
        throw problem(
          "'\(Echo.word(String(parts[1])))' is no share above 0 and up to 1",
          at: start + parts[0].count + 1)
      }
      _ = trace.append(share: share, count: 1)
    default:
      throw problem(
        "'\(Echo.word(word))' is no step: ok, inf, nan and inf:SHARE are", at: start)
    }
    return trace
  }

  private mutating func skipSeparators() {
    while position < characters.count {
      if characters[position] == "#" {
        while position < characters.count, !characters[position].isNewline { position += 1 }
      } else if characters[position].isWhitespace || characters[position] == "," {
        position += 1
      } else {
        return
      }
    }
  }

  private func problem(_ reason: String, at position: Int) -> OverflowTrace.Problem {
    OverflowTrace.Problem(position: position, reason: reason)
  }
}
