// SPDX-License-Identifier: Apache-2.0
import Words

/// What is wrong with a condition, by itself or for a document, and where.
package struct ConditionProblem: Error, Hashable, Sendable {
  /// The reason, without the place.
  package let reason: String
  /// The number of characters before the place.
  package let offset: Int

  /// A problem at a place.
  package init(reason: String, offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  /// The line for standard error; the condition around the place and a caret under it.
  package func complaint(about condition: String) -> (message: String, details: [String]) {
    Caret.complaint(reason, about: condition, at: offset)
  }
}
