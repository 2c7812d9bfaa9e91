// SPDX-License-Identifier: Apache-2.0

/// The results that are off by more than a tolerance allows.
package struct OutsideTolerance: Hashable, Sendable, Codable {
  /// How many there are.
  package private(set) var results: UInt64 = 0
  /// The one that is the farthest outside; of equal ones the least operands.
  package private(set) var worst: KernelError?
  /// Its error as a multiple of what is allowed; infinite, and null in files, of a wrong special.
  private var excess: Double?

  /// What the farthest one's error is beside what is allowed.
  package var largestExcess: Double { results == 0 ? 0 : excess ?? .infinity }

  mutating func add(_ error: KernelError, excess: Double) {
    results += 1
    keep(error, excess)
  }

  /// Adds a result that is outside and not the farthest.
  mutating func addSmaller() { results += 1 }

  /// Adds a result of one operand that is a wrong special.
  mutating func addWrongSpecial(_ operand: UInt64, _ result: UInt64) {
    // Of equal ones the least operands are kept.
    if results > 0, excess == nil, let kept = worst?.operands.first, kept <= operand {
      results += 1
      return
    }
    add(KernelError(operands: [operand], result: result, ulps: .infinity), excess: .infinity)
  }

  mutating func merge(_ other: OutsideTolerance) {
    results += other.results
    if let error = other.worst { keep(error, other.excess ?? .infinity) }
  }

  private mutating func keep(_ error: KernelError, _ excess: Double) {
    if let worst {
      let largest = self.excess ?? .infinity
      guard
        excess > largest
          || (excess == largest
            && error.operands.lexicographicallyPrecedes(worst.operands))
      else { return }
    }
    worst = error
    self.excess = excess.isFinite ? excess : nil
  }
}
