// SPDX-License-Identifier: Apache-2.0
import Words

/// What a condition says of a document.
package struct ConditionOutcome: Sendable {
  /// The values for which it holds, each in a clause: `summary.misrounded is 12`. Empty where the
  /// condition does not hold.
  package let reasons: [String]
  /// The values of the first comparison that holds for none, each in such a clause. Empty where the
  /// condition holds.
  package let against: [String]
  /// The number of values that its paths lead to.
  package let valueCount: Int
  /// The places of values that are missing and were compared with something: they fulfil every
  /// comparison, which is right for a gate and wrong for a claim.
  package let missing: [String]

  /// Whether the condition holds.
  package var holds: Bool { !reasons.isEmpty }

  /// The most reasons that a line tells.
  private static let mostShown = 3

  /// What decided, in one line: the reasons, or the values for which the condition does not hold.
  package var sentence: String {
    let all = holds ? reasons : against
    let shown = all.prefix(Self.mostShown).joined(separator: ", ")
    return shown + (all.count > Self.mostShown ? " and \(all.count - Self.mostShown) more" : "")
  }
}

extension Condition {
  /// Whether the condition holds of a document: each of its comparisons for one value at least. A
  /// comparison of a value that is missing, with anything but null, holds: a gate does not pass
  /// because nothing was measured.
  ///
  /// - Throws: `ConditionProblem` where a path leads nowhere, or to what cannot be compared.
  package func evaluate(
    _ document: ConditionDocument, other: ConditionDocument? = nil
  ) throws(ConditionProblem) -> ConditionOutcome {
    var reasons: [String] = []
    var against: [String] = []
    var count = 0
    var missing: [String] = []
    for comparison in comparisons {
      let found = try PathResolver(document: document).values(comparison.path)
      let limits = try limits(comparison, found.count, other)
      count += found.count
      var own: [String] = []
      var others: [String] = []
      for (value, limit) in zip(found, limits) {
        let (holds, clause) = try judged(comparison, value, limit)
        if holds { own.append(clause) } else { others.append(clause) }
        if case .missing = comparison.limit { continue }
        if value.value.isMissing { missing.append(Echo.path(value.place)) }
        // A constant limit is never missing: this one is of the other document.
        if case .missing = limit { missing.append("what stands beside \(Echo.path(value.place))") }
      }
      if own.isEmpty, against.isEmpty {
        against = others.isEmpty ? ["no value to compare"] : others
      }
      reasons += own
    }
    return ConditionOutcome(
      reasons: against.isEmpty ? reasons : [], against: against, valueCount: count,
      missing: missing)
  }

  /// The limit of each value: constants as they are, and what the other document has.
  private func limits(
    _ comparison: Comparison, _ count: Int, _ other: ConditionDocument?
  ) throws(ConditionProblem) -> [Limit] {
    guard case .other(let factor, let path, let addend) = comparison.limit else {
      return Array(repeating: comparison.limit, count: count)
    }
    guard let other else {
      throw ConditionProblem(
        reason: "'other' is for halfway compare, which has another document",
        offset: comparison.limitOffset)
    }
    let found: [PlacedValue]
    do {
      found = try PathResolver(document: other).values(path ?? comparison.path)
    } catch {
      throw ConditionProblem(reason: "in the other document: \(error.reason)", offset: error.offset)
    }
    let isShared = path != nil && found.count == 1
    guard isShared || found.count == count else {
      throw ConditionProblem(
        reason: "\(count) values here, and \(found.count) in the other document: they do not pair",
        offset: comparison.limitOffset)
    }
    let limits = try found.map { placed throws(ConditionProblem) -> Limit in
      if placed.value.isMissing { return .missing }
      if let number = placed.value.number {
        let product = factor.map { number.times($0) } ?? number
        let limit = addend.map { product.plus($0) } ?? product
        return limit.double.isNaN ? .missing : .number(limit)
      }
      if factor == nil, addend == nil, !comparison.relation.needsOrder {
        if case .text(let text) = placed.value { return .text(text) }
        if case .flag(let flag) = placed.value { return .flag(flag) }
      }
      throw ConditionProblem(
        reason: "'\(Echo.path(placed.place))' of the other document is \(shown(placed.value)), and "
          + "no number", offset: comparison.limitOffset)
    }
    return isShared ? Array(repeating: limits[0], count: count) : limits
  }

  /// Whether a comparison holds of a value, and the value in a clause.
  private func judged(
    _ comparison: Comparison, _ placed: PlacedValue, _ limit: Limit
  ) throws(ConditionProblem) -> (holds: Bool, clause: String) {
    let name = Echo.path(placed.place)
    let isOther = if case .other = comparison.limit { true } else { false }
    if case .missing = limit {
      if isOther { return (true, "\(name) is \(shown(placed.value)), and the other is missing") }
      let holds = placed.value.isMissing == (comparison.relation == .equal)
      return (holds, "\(name) is \(shown(placed.value))")
    }
    if placed.value.isMissing { return (true, "\(name) is missing") }
    guard let holds = Self.holds(placed.value, comparison.relation, limit) else {
      let wanted =
        switch limit {
        case .number: "a number"
        case .text: "a text"
        default: "true or false"
        }
      throw ConditionProblem(
        reason: "'\(name)' is \(shown(placed.value)), which cannot be compared with \(wanted)",
        offset: comparison.path.steps.last?.offset ?? 0)
    }
    var clause = "\(name) is \(shown(placed.value))"
    if isOther, case .number(let number) = limit { clause += " (limit \(number))" }
    if isOther, case .text(let text) = limit { clause += " (the other is '\(Echo.word(text))')" }
    return (holds, clause)
  }

  /// Whether a value stands in a relation to a limit; nil where they are of different kinds.
  private static func holds(_ value: DocumentValue, _ relation: Relation, _ limit: Limit) -> Bool? {
    switch limit {
    case .number(let limit):
      guard let number = value.number else { return nil }
      return switch relation {
      case .less: number.isLess(than: limit)
      case .atMost: !limit.isLess(than: number)
      case .greater: limit.isLess(than: number)
      case .atLeast: !number.isLess(than: limit)
      case .equal: number.isEqual(to: limit)
      case .unequal: !number.isEqual(to: limit)
      }
    case .text(let text): return value.text.map { ($0 == text) == (relation == .equal) }
    case .flag(let flag):
      guard case .flag(let own) = value else { return nil }
      return (own == flag) == (relation == .equal)
    case .missing, .other: return nil
    }
  }

  /// A value in a message, short.
  private func shown(_ value: DocumentValue) -> String {
    value.text.map { value.number?.description ?? "'\(Echo.word($0))'" } ?? value.summary
  }
}
