// SPDX-License-Identifier: Apache-2.0

/// Where a number of a table comes from.
package struct CostSource: Codable, Sendable, Hashable {
  /// The publication, or whose word it is.
  package var text: String
  /// The date of it, such as `2021-06`; nil where nobody said.
  package var date: String?

  /// A source.
  package init(_ text: String, date: String?) {
    self.text = text
    self.date = date
  }
}
