// SPDX-License-Identifier: Apache-2.0

/// A condition on the values of a JSON document: `summary.misrounded > 0` (docs/compare.md).
package struct Condition: Hashable, Sendable {
  /// How a value stands to its limit.
  enum Relation: String, Hashable, Sendable, CaseIterable {
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
    case equal = "=="
    case unequal = "!="

    /// Whether it needs an order, which numbers alone have.
    var needsOrder: Bool { self != .equal && self != .unequal }
  }

  /// What a value is compared with.
  enum Limit: Sendable {
    case number(DocumentNumber)
    case text(String)
    case flag(Bool)
    /// No value: null, a NaN, or a key that is left out.
    case missing
    /// factor * other + addend; `other` at the same path where it has none of its own.
    case other(factor: DocumentNumber?, path: ConditionPath?, addend: DocumentNumber?)
  }

  /// One comparison.
  struct Comparison: Sendable {
    var path: ConditionPath
    var relation: Relation
    var limit: Limit
    /// The number of characters before the limit.
    var limitOffset: Int
  }

  /// The condition as it was written.
  package let text: String
  /// All of these have to hold.
  let comparisons: [Comparison]

  /// Reads a condition.
  ///
  /// - Throws: `ConditionProblem` with the first place that breaks the grammar.
  package init(_ text: String) throws(ConditionProblem) {
    self.text = text
    var parser = ConditionParser(text)
    comparisons = try parser.comparisons()
  }

  /// Where the condition first names the other document; nil where it does not.
  package var otherOffset: Int? {
    comparisons.first { if case .other = $0.limit { true } else { false } }?.limitOffset
  }

  package static func == (a: Condition, b: Condition) -> Bool { a.text == b.text }

  package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
