// SPDX-License-Identifier: Apache-2.0
import Formats

/// The comparison of `ReferenceBlock` with `DirectReference` over pairs of operands.
package struct DirectAudit: Hashable, Sendable, Codable {
  /// One pair on which the two references differ.
  package struct Mismatch: Hashable, Sendable, Codable {
    /// The direction of the rounding.
    package let rounding: Rounding
    /// The number of the pair among those audited.
    package let index: UInt64
    /// The first operand.
    package let a: UInt64
    /// The second operand.
    package let b: UInt64
    /// The result of `DirectReference`.
    package let direct: UInt64
    /// The exceptions of `DirectReference`.
    package let directFlags: Exceptions
    /// The result of `ReferenceBlock`.
    package let block: UInt64
    /// The exceptions of `ReferenceBlock`.
    package let blockFlags: Exceptions
  }

  /// How many mismatches are kept.
  package static let keptMismatches = 16

  /// The number of results compared: pairs times directions.
  package private(set) var compared: UInt64 = 0
  /// The number of results that differ in the encoding or in an exception.
  package private(set) var mismatches: UInt64 = 0
  /// The mismatches of lowest index.
  package private(set) var first: [Mismatch] = []

  /// The audit of nothing.
  package init() {}

  /// Adds another shard's counts.
  package mutating func merge(_ other: DirectAudit) {
    compared += other.compared
    mismatches += other.mismatches
    keep(other.first)
  }

  /// Whether `DirectReference` covers an operation in a format.
  package static func covers(_ operation: ArithmeticOperation, _ format: Format) -> Bool {
    DirectReference(operation: operation, format: format) != nil
  }

  /// Compares both references in MPFR's four native directions over pairs of operands, in stretches
  /// as a campaign evaluates them; nil where `DirectReference` does not cover the operation or
  /// format.
  ///
  /// Disjoint ranges may run on different threads.
  ///
  /// - Parameters:
  ///   - pairs: The numbers of the pairs.
  ///   - fill: Writes the first and the second operands of so many pairs from a number on.
  package static func run(
    _ operation: ArithmeticOperation, _ format: Format, pairs: Range<UInt64>,
    fill: (UInt64, Int, UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UInt64>) -> Void
  ) -> DirectAudit? {
    let roundings = DirectReference.roundings
    guard let direct = DirectReference(operation: operation, format: format) else { return nil }
    let block = ReferenceBlock(
      operation: operation, format: format, to: format,
      variants: roundings.map { Semantics(rounding: $0) })
    let buffers = Buffers(stretch, variants: roundings.count)

    var audit = DirectAudit()
    var start = pairs.lowerBound
    while start < pairs.upperBound {
      let count = Int(min(UInt64(stretch), pairs.upperBound - start))
      fill(start, count, buffers.a, buffers.b)
      block.evaluate(
        a: buffers.a, b: buffers.b, c: buffers.b, count: count, firstIndex: start,
        results: buffers.results, flags: buffers.flags)
      for (v, rounding) in roundings.enumerated() {
        direct.evaluate(
          rounding, a: buffers.a, b: buffers.b, count: count, results: buffers.directResults,
          flags: buffers.directFlags)
        audit.compare(buffers, v, rounding, start, count)
      }
      start += UInt64(count)
    }
    return audit
  }

  /// The pairs that are evaluated at a time.
  private static let stretch = 4096

  private mutating func compare(
    _ x: borrowing Buffers, _ v: Int, _ rounding: Rounding, _ start: UInt64, _ count: Int
  ) {
    compared += UInt64(count)
    let results = x.results[v]
    let flags = x.flags[v]
    var difference: UInt64 = 0
    for i in 0..<count {
      difference |= (results[i] ^ x.directResults[i]) | UInt64(flags[i] ^ x.directFlags[i])
    }
    guard difference != 0 else { return }
    var found: [Mismatch] = []
    for i in 0..<count
    where results[i] != x.directResults[i] || flags[i] != x.directFlags[i] {
      mismatches += 1
      guard found.count < DirectAudit.keptMismatches else { continue }
      found.append(
        Mismatch(
          rounding: rounding, index: start + UInt64(i), a: x.a[i], b: x.b[i],
          direct: x.directResults[i], directFlags: Exceptions(rawValue: x.directFlags[i]),
          block: results[i], blockFlags: Exceptions(rawValue: flags[i])))
    }
    keep(found)
  }

  /// Keeps the mismatches of lowest index among those kept and others.
  private mutating func keep(_ others: [Mismatch]) {
    // A pair differs in up to four directions, each compared by itself: their order stays.
    let all = (first + others).enumerated().sorted {
      ($0.element.index, $0.offset) < ($1.element.index, $1.offset)
    }
    first = all.prefix(DirectAudit.keptMismatches).map(\.element)
  }
}

/// The operands and results of one stretch of an audit.
private struct Buffers: ~Copyable {
  let a: UnsafeMutablePointer<UInt64>
  let b: UnsafeMutablePointer<UInt64>
  let results: [UnsafeMutablePointer<UInt64>]
  let flags: [UnsafeMutablePointer<UInt8>]
  let directResults: UnsafeMutablePointer<UInt64>
  let directFlags: UnsafeMutablePointer<UInt8>

  init(_ count: Int, variants: Int) {
    a = .allocate(capacity: count)
    b = .allocate(capacity: count)
    results = (0..<variants).map { _ in .allocate(capacity: count) }
    flags = (0..<variants).map { _ in .allocate(capacity: count) }
    directResults = .allocate(capacity: count)
    directFlags = .allocate(capacity: count)
    a.initialize(repeating: 0, count: count)
    b.initialize(repeating: 0, count: count)
  }

  deinit {
    a.deallocate()
    b.deallocate()
    for buffer in results { buffer.deallocate() }
    for buffer in flags { buffer.deallocate() }
    directResults.deallocate()
    directFlags.deallocate()
  }
}
