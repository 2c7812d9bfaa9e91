// SPDX-License-Identifier: Apache-2.0
import Formats

/// Readers of the names that command lines share. Each takes the words of one option or argument,
/// splits them at commas, and throws one line with the nearest names and status 64.
enum Options {
  /// The formats of `fp16`, `fp16,bf16`, `all` (the named ones) or `e5m7`, without repetition.
  static func formats(_ words: [String]) throws(CommandExit) -> [Format] {
    try list(words, all: Format.named.map(\.format)) { word throws(CommandExit) in
      [try format(word)]
    }
  }

  /// The format of one name.
  static func format(_ word: String) throws(CommandExit) -> Format {
    if let format = Format(id: word) { return format }
    throw .usage(
      NearestNames.complaint(
        kind: "format", name: word, known: Format.named.map(\.id),
        also: " and e<E>m<M> with E 2...8, M 1...23"))
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
        "rounding '\(word)' is not stochastic[:bits[:seed]], bits 1...32, seed below 2^64")
    }
    throw .usage(
      NearestNames.complaint(
        kind: "rounding", name: word, known: Rounding.names + ["ieee", "all"],
        also: " (stochastic[:bits[:seed]], bits 1...32)"))
  }

  /// The operations of `add`, `add,sub`, `all`, without repetition.
  static func operations(_ words: [String]) throws(CommandExit) -> [Operation] {
    try list(words, all: Operation.allCases) { word throws(CommandExit) in
      [try operation(word)]
    }
  }

  /// The operation of one name, hyphens, underscores and case ignored: `round-to-integral`.
  static func operation(_ word: String) throws(CommandExit) -> Operation {
    let plain = word.lowercased().filter { $0 != "-" && $0 != "_" }
    let known = Operation.allCases.first { $0.rawValue.lowercased() == plain }
    if let known { return known }
    throw .usage(
      NearestNames.complaint(
        kind: "operation", name: word, known: Operation.allCases.map(\.rawValue)))
  }

  /// The values of a list of words, `all` standing for every value, the first of equals kept.
  private static func list<Value: Hashable>(
    _ words: [String], all: [Value], _ read: (String) throws(CommandExit) -> [Value]
  ) throws(CommandExit) -> [Value] {
    var values: [Value] = []
    for word in words {
      for part in word.split(separator: ",", omittingEmptySubsequences: true) {
        let name = part.trimmingPrefix(while: { $0 == " " })
        values += name.lowercased() == "all" ? all : try read(String(name))
      }
    }
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }
}
