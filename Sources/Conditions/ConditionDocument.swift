// SPDX-License-Identifier: Apache-2.0

/// A document that conditions are asked of.
package struct ConditionDocument: Sendable {
  /// What it holds.
  package let value: DocumentValue
  /// The keys that its form leaves out where there is no value, each behind the key of the object
  /// it is missing from, or of the list of such: `summary.largestError` beside an infinite one.
  /// Absent there, they count as null.
  package let keysLeftOut: Set<String>
  /// Whether it stands for a document that is yet to be: its lists may be shorter, and nothing that
  /// is looked for in an empty one is wrong.
  package let isExample: Bool

  /// The document.
  package init(_ value: DocumentValue, keysLeftOut: Set<String> = [], isExample: Bool = false) {
    self.value = value
    self.keysLeftOut = keysLeftOut
    self.isExample = isExample
  }
}
