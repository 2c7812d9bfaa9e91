// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Expressions
import Formats
import Words

/// The options of `halfway explain` that say how sums, means and dot products are made.
struct ReductionOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "The format of partial sums: fp32, fp64, ...; that of the elements if not given.",
    completion: Completions.valueFormats)
  var accumulator: String?

  @Option(
    name: .long,
    help: "The order of a sum: sequential (default), pairwise[:leaf], chunked:terms, split:parts.",
    completion: Completions.orders)
  var order: String?

  @Option(
    name: .long,
    help: "The products of a dot: fused (default, one rounding a term), productThenSum.",
    completion: Completions.steps)
  var step: String?

  @Option(
    name: .long,
    help: "The format in which sums of chunks or parts are added; the accumulator's if not given.",
    completion: Completions.valueFormats)
  var sums: String?

  /// The settings, or a usage error.
  func settings() throws(CommandExit) -> Reduction.Settings {
    var settings = Reduction.Settings()
    settings.accumulator = try accumulator.map { word throws(CommandExit) in
      try Self.withZero(word, option: "--accumulator")
    }
    settings.sums = try sums.map { word throws(CommandExit) in
      try Self.withZero(word, option: "--sums")
    }
    if let order { settings.order = try read(order: order) }
    if let step { settings.step = try read(step: step) }
    if settings.sums != nil, !settings.order.isSplit {
      throw .usage("--sums is for --order chunked:terms or split:parts")
    }
    return settings
  }

  /// Refuses what has no effect on an expression.
  func refuseUnused(in expression: Expression) throws(CommandExit) {
    let kinds = expression.reductions
    let given = [
      ("--accumulator", accumulator), ("--order", order), ("--step", step), ("--sums", sums),
    ].compactMap { name, value in value.map { _ in name } }
    if let name = given.first, kinds.isEmpty {
      throw .usage("\(name) is for sum, mean and dot: the expression has none of them")
    }
    if step != nil, !kinds.contains(.dot) {
      throw .usage("--step is for dot: a \(kinds.map(\.rawValue).sorted()[0]) has no products")
    }
  }

  private func read(step: String) throws(CommandExit) -> Reduction.ProductStep {
    let plain = step.lowercased().filter { $0 != "-" && $0 != "_" }
    if let known = Reduction.ProductStep.allCases.first(where: { $0.rawValue.lowercased() == plain }
    ) {
      return known
    }
    throw .usage(
      NearestNames.complaint(
        kind: "step", name: step, known: Reduction.ProductStep.allCases.map(\.rawValue),
        option: "--step"))
  }

  private func read(order: String) throws(CommandExit) -> Reduction.Order {
    let parts = order.split(separator: ":", omittingEmptySubsequences: false)
    let size = parts.count == 2 ? Int(parts[1]).flatMap { 1...1 << 30 ~= $0 ? $0 : nil } : nil
    let isPlain = parts.count == 1
    switch (parts[0].lowercased(), size) {
    case ("sequential", nil) where isPlain: return .sequential
    case ("pairwise", nil) where isPlain: return .pairwise(leaf: 1)
    case ("pairwise", let leaf?): return .pairwise(leaf: leaf)
    case ("chunked", let terms?): return .chunked(terms: terms)
    case ("split", let parts?), ("splitk", let parts?): return .split(parts: parts)
    case ("pairwise", _), ("chunked", _), ("split", _), ("splitk", _):
      throw .usage(
        "order '\(Echo.word(order))' wants a whole number from 1: pairwise:8, chunked:64, split:4")
    default:
      throw .usage(
        NearestNames.complaint(
          kind: "order", name: order, known: ["sequential", "pairwise", "chunked", "split"],
          also: " (pairwise:leaf, chunked:terms, split:parts)", option: "--order"))
    }
  }

  /// The format of one name, fp64 included.
  static func format(_ word: String, option: String) throws(CommandExit) -> ValueFormat {
    if let format = ValueFormat(id: word) { return format }
    throw .usage(
      NearestNames.complaint(
        kind: "format", name: word, known: ValueFormat.ids, also: Format.customNames,
        option: option))
  }

  private static func withZero(_ word: String, option: String) throws(CommandExit) -> ValueFormat {
    let format = try format(word, option: option)
    guard format.hasZero else {
      throw .usage("\(option) \(format): a sum starts at 0, which \(format) has not")
    }
    return format
  }
}
