// SPDX-License-Identifier: Apache-2.0

/// What is known of a kernel on some of its operands; parts merge in any order.
package struct KernelCount: Hashable, Sendable, Codable {
  /// The number of results that were judged.
  package private(set) var tested: UInt64 = 0
  /// How many elements have no result, because the kernel crashed or hung near them.
  package internal(set) var uncomputed: UInt64 = 0
  /// How many results are not the exact value rounded to nearest even.
  package private(set) var misrounded: UInt64 = 0
  /// How many of these are a NaN for a number, a number for a NaN, or an infinity too many or too
  /// few.
  package private(set) var wrongSpecials: UInt64 = 0
  /// How many have the wrong sign: zeros and infinities count.
  package private(set) var wrongSigns: UInt64 = 0
  /// The errors by size.
  package private(set) var histogram = ErrorHistogram()
  /// The largest errors, the worst first.
  package private(set) var worst: [KernelError] = []
  /// What the kernel did beside computing, the least operands first.
  package private(set) var findings: [KernelFinding] = []
  /// How many findings there are; more than are kept.
  package private(set) var findingCount: UInt64 = 0
  /// The sum of the digests of the results of each part of the operands: which bits they have.
  package private(set) var digests: DigestList
  /// The largest errors along the first operand; nil where a part of the count does not tell them.
  package internal(set) var profile: ErrorProfile?
  /// What is outside the criterion's tolerance; nil where it has none.
  package internal(set) var outside: OutsideTolerance?
  /// What is known of a reference beside the kernel; nil where there is none.
  package internal(set) var reference: ReferenceCount?

  /// The most errors and findings that are kept.
  static let mostKept = 10

  /// The count of nothing.
  ///
  /// - Parameters:
  ///   - parts: The parts of the operands that have a digest.
  ///   - profile: The profile of nothing.
  ///   - hasTolerance: Whether results outside a tolerance are counted.
  package init(parts: Int = 0, profile: ErrorProfile? = nil, hasTolerance: Bool = false) {
    digests = DigestList(values: Array(repeating: 0, count: parts))
    self.profile = profile
    if hasTolerance { outside = OutsideTolerance() }
  }

  /// Adds results that are known to be the nearest.
  mutating func addNearest(_ count: Int) {
    tested += UInt64(count)
    histogram.addNearest(UInt64(count))
  }

  /// Adds a result whose error is known to be none of the largest.
  mutating func addMisrounded(_ ulps: Double, isOutside: Bool) {
    tested += 1
    misrounded += 1
    histogram.add(ulps)
    if isOutside { outside?.addSmaller() }
  }

  /// Adds a result.
  mutating func add(_ judgement: ElementJudgement, operands: [UInt64], result: UInt64) {
    let ulps = judgement.ulps
    tested += 1
    histogram.add(judgement.isNearest ? min(ulps, 0.5) : ulps)
    guard !judgement.isNearest else { return }
    misrounded += 1
    if judgement.isWrongSpecial { wrongSpecials += 1 }
    if judgement.isWrongSign { wrongSigns += 1 }
    keep(KernelError(operands: operands, result: result, ulps: ulps))
  }

  /// Adds a result of one operand that is wrong by no size that could be told; `isOutside` where it is
  /// outside the tolerance, and less so than others if it is no wrong special.
  mutating func addWithoutSize(
    isWrongSpecial: Bool, isWrongSign: Bool, isOutside: Bool, operand: UInt64, result: UInt64
  ) {
    addMisrounded(.infinity, isOutside: isOutside && !isWrongSpecial)
    if isWrongSpecial { outside?.addWrongSpecial(operand, result) }
    if isWrongSpecial { wrongSpecials += 1 }
    if isWrongSign { wrongSigns += 1 }
    keep(KernelError(operands: [operand], result: result, ulps: .infinity))
  }

  /// Adds results of which none is among the largest errors.
  mutating func add(_ far: FarResults) {
    tested += far.count
    misrounded += far.count
    histogram.addLargest(far.count)
    wrongSpecials += far.wrongSpecials
    wrongSigns += far.wrongSigns
  }

  /// Whether errors without size of one operand, from this one on, are none that is kept: of equal
  /// errors the least operands are.
  func keepsNone(withoutSizeFrom operand: UInt64) -> Bool {
    guard worst.count == Self.mostKept, let last = worst.last, last.ulps == .infinity,
      let greatest = last.operands.first
    else { return false }
    return greatest <= operand
  }

  /// The error that a result must exceed to be among the largest.
  var leastKept: Double { worst.count < Self.mostKept ? 0 : worst[worst.count - 1].ulps }

  private mutating func keep(_ error: KernelError) {
    let place = worst.firstIndex { KernelError.precede(error, $0) } ?? worst.count
    guard place < Self.mostKept else { return }
    worst.insert(error, at: place)
    if worst.count > Self.mostKept { worst.removeLast() }
  }

  mutating func add(_ finding: KernelFinding) {
    findingCount += 1
    keep(finding)
  }

  private mutating func keep(_ finding: KernelFinding) {
    let place = findings.firstIndex { KernelFinding.precede(finding, $0) } ?? findings.count
    guard place < Self.mostKept else { return }
    findings.insert(finding, at: place)
    if findings.count > Self.mostKept { findings.removeLast() }
  }

  mutating func add(digest: UInt64, ofPart part: Int) {
    digests.values[part] = ResultDigest.sum(digests.values[part], digest)
  }

  mutating func merge(_ other: KernelCount) {
    tested += other.tested
    uncomputed += other.uncomputed
    misrounded += other.misrounded
    wrongSpecials += other.wrongSpecials
    wrongSigns += other.wrongSigns
    histogram.merge(other.histogram)
    for error in other.worst { keep(error) }
    findingCount += other.findingCount
    for finding in other.findings { keep(finding) }
    for part in 0..<min(digests.values.count, other.digests.values.count) {
      digests.values[part] = ResultDigest.sum(digests.values[part], other.digests.values[part])
    }
    if let added = other.outside { outside?.merge(added) }
    if let added = other.reference { reference?.merge(added) }
    if let added = other.profile {
      profile?.merge(added)
    } else {
      profile = nil
    }
  }
}
