// SPDX-License-Identifier: Apache-2.0

/// Something that holds of every result of a kernel together with others, whatever its errors.
package enum KernelProperty: String, Hashable, Sendable, Codable, CaseIterable {
  /// f(x) <= f(y) for x < y, or f(x) >= f(y), wherever the function rises, or falls.
  case monotonic
  /// f(-x) = -f(x).
  case odd
  /// f(-x) = f(x).
  case even
  /// Results lie between the nearest numbers to the function's bounds.
  case range
  /// A row's results have the same bits alone and among others.
  case batchInvariant = "batch-invariant"
  /// A row's results have the same bits in another place.
  case positionInvariant = "position-invariant"
}

/// What was found of a property.
package struct PropertyResult: Hashable, Sendable, Codable {
  package var property: KernelProperty
  /// The pairs, results or rows that were looked at.
  package internal(set) var tested: UInt64 = 0
  /// How many of them do not have it.
  package internal(set) var violations: UInt64 = 0
  /// The first that does not, in one clause.
  package internal(set) var example: String?

  /// Whether nothing contradicts it.
  package var holds: Bool { violations == 0 }

  init(_ property: KernelProperty) { self.property = property }

  mutating func add(_ isKept: Bool, _ example: @autoclosure () -> String) {
    tested += 1
    guard !isKept else { return }
    violations += 1
    if self.example == nil { self.example = example() }
  }
}
