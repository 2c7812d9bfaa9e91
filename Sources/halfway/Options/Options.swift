// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Formats
import Words

/// Readers of the names that command lines share. Each takes the words of one option or argument,
/// splits them at commas, and throws one line with the nearest names and status 64.
enum Options {
  /// The case of a name.
  static func named<Value: RawRepresentable & CaseIterable>(
    _ name: String, kind: String, option: String
  ) throws(CommandExit) -> Value where Value.RawValue == String {
    if let value = Value(rawValue: name.lowercased()) { return value }
    throw .usage(
      NearestNames.complaint(
        kind: kind, name: name, known: Value.allCases.map(\.rawValue), option: option))
  }

  /// The formats of `fp16`, `fp16,bf16`, `all` (the named ones) or `e5m7`, without repetition.
  static func formats(
    _ words: [String], option: String = "--format"
  ) throws(CommandExit) -> [Format] {
    try list(words, all: Format.named.map(\.format)) { word throws(CommandExit) in
      [try format(word, option: option)]
    }
  }

  /// The format of one name.
  static func format(
    _ word: String, option: String = "--format"
  ) throws(CommandExit) -> Format {
    if let format = Format(id: word) { return format }
    throw .usage(
      NearestNames.complaint(
        kind: "format", name: word, known: Format.named.map(\.id),
        also: Format.customNames, option: option))
  }

  /// The roundings of `nearest-even`, `rne,rz`, `ieee` (five), `all` (and to-odd),
  /// `stochastic:8:1`, without repetition.
  static func roundings(_ words: [String]) throws(CommandExit) -> [Rounding] {
    try list(words, all: Rounding.deterministic) { word throws(CommandExit) in
      word.lowercased() == "ieee" ? Rounding.ieee : [try rounding(word)]
    }
  }

  /// The rounding of one name.
  static func rounding(_ word: String) throws(CommandExit) -> Rounding {
    if let rounding = Rounding(name: word) { return rounding }
    if word.lowercased().split(separator: ":").first == "stochastic" {
      throw .usage(
        "rounding '\(Echo.word(word))' is not stochastic[:bits[:seed]], "
          + "bits 1...32, seed below 2^64"
      )
    }
    throw .usage(
      NearestNames.complaint(
        kind: "rounding", name: word, known: Rounding.names + ["ieee", "all"],
        also: " (stochastic[:bits[:seed]], bits 1...32)", option: "--rounding"))
  }

  /// The operations of `add`, `add,sub`, `all`, without repetition; a usage error without any.
  static func operations(_ words: [String]) throws(CommandExit) -> [ArithmeticOperation] {
    if words.isEmpty {
      throw .usage(
        "<operations> are missing; known: "
          + ArithmeticOperation.allCases.map(\.rawValue).joined(separator: ", ") + ", all")
    }
    return try list(words, all: ArithmeticOperation.allCases) { word throws(CommandExit) in
      [try operation(word)]
    }
  }

  /// The operation of one name, hyphens, underscores and case ignored: `round-to-integral`.
  static func operation(_ word: String) throws(CommandExit) -> ArithmeticOperation {
    let plain = word.lowercased().filter { $0 != "-" && $0 != "_" }
    let known = ArithmeticOperation.allCases.first { $0.rawValue.lowercased() == plain }
    if let known { return known }
    throw .usage(
      NearestNames.complaint(
        kind: "operation", name: word, known: ArithmeticOperation.allCases.map(\.rawValue),
        also: ", all",
        option: "<operations>"))
  }

  /// The names of `a,b` and `c`, without spaces around them; an empty one stays, to be refused.
  static func names(_ words: [String]) -> [String] {
    words.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map {
      String($0.drop { $0 == " " }).trimmingTrailingSpaces
    }
  }

  /// A reader of whole numbers; the parser names the option before its error.
  static func whole<Value: FixedWidthInteger & Sendable>(
    _ range: ClosedRange<Value>
  ) -> @Sendable (String) throws -> Value {
    { word in
      guard let value = Value(word), range.contains(value) else {
        throw ValidationError("a whole number, \(range.lowerBound)...\(range.upperBound)")
      }
      return value
    }
  }

  /// A reader of finite numbers of a property that `wanted` tells.
  static func number(
    _ wanted: String, _ holds: @escaping @Sendable (Double) -> Bool
  ) -> @Sendable (String) throws -> Double {
    { word in
      guard let value = Double(word), value.isFinite, holds(value) else {
        throw ValidationError(wanted)
      }
      return value
    }
  }

  /// The threads that can be asked for.
  static let threads = 1...1024

  /// The cases of `exp`, `exp,log`, `all`, without repetition.
  static func named<Value: RawRepresentable & CaseIterable & Hashable>(
    _ words: [String], kind: String, option: String
  ) throws(CommandExit) -> [Value] where Value.RawValue == String {
    try list(words, all: Array(Value.allCases)) { word throws(CommandExit) in
      if let value = Value(rawValue: word.lowercased()) { return [value] }
      throw .usage(
        NearestNames.complaint(
          kind: kind, name: word, known: Value.allCases.map(\.rawValue), option: option))
    }
  }

  /// The values of a list of words, `all` standing for every value, the first of equals kept.
  private static func list<Value: Hashable>(
    _ words: [String], all: [Value], _ read: (String) throws(CommandExit) -> [Value]
  ) throws(CommandExit) -> [Value] {
    var values: [Value] = []
    for name in names(words) {
      values += name.lowercased() == "all" ? all : try read(name)
    }
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }
}
