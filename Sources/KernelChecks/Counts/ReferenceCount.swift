// SPDX-License-Identifier: Apache-2.0

/// What is known of a reference's results, each rounded to the kernel's format, on the operands on
/// which the kernel has results too.
package struct ReferenceCount: Hashable, Sendable, Codable {
  package private(set) var tested: UInt64 = 0
  /// How many of the kernel's results it has none for.
  package internal(set) var uncomputed: UInt64 = 0
  /// How many results are not the exact value rounded to nearest even.
  package private(set) var misrounded: UInt64 = 0
  /// How many of these are a wrong NaN or infinity, or have the wrong sign.
  package private(set) var wrongSpecials: UInt64 = 0
  /// The largest error that has a size.
  package private(set) var worst: KernelError?
  /// How many of the kernel's results are nearer to the exact value than the reference's.
  package private(set) var nearer: UInt64 = 0
  /// How many are farther from it.
  package private(set) var farther: UInt64 = 0
  /// What is outside the criterion's tolerance; nil where it has none.
  package internal(set) var outside: OutsideTolerance?

  init(hasTolerance: Bool = false) {
    if hasTolerance { outside = OutsideTolerance() }
  }

  /// The largest error that has a size [ulp]; 0 where every result is the nearest.
  package var largest: Double { worst?.ulps ?? 0 }

  mutating func addNearest() { tested += 1 }

  /// Adds a result whose error is known to be less than the largest.
  mutating func addMisrounded() {
    tested += 1
    misrounded += 1
  }

  mutating func add(_ judgement: ElementJudgement, operands: [UInt64], result: UInt64) {
    tested += 1
    guard !judgement.isNearest else { return }
    misrounded += 1
    if judgement.ulps.isFinite {
      keep(KernelError(operands: operands, result: result, ulps: judgement.ulps))
    } else {
      wrongSpecials += 1
    }
  }

  /// Adds how far two results are from the exact value [ulp].
  mutating func compare(_ kernel: Double, _ reference: Double) {
    if kernel < reference { nearer += 1 } else if kernel > reference { farther += 1 }
  }

  private mutating func keep(_ error: KernelError) {
    if let worst, !KernelError.precede(error, worst) { return }
    worst = error
  }

  mutating func merge(_ other: ReferenceCount) {
    tested += other.tested
    uncomputed += other.uncomputed
    misrounded += other.misrounded
    wrongSpecials += other.wrongSpecials
    nearer += other.nearer
    farther += other.farther
    if let error = other.worst { keep(error) }
    if let added = other.outside { outside?.merge(added) }
  }
}
