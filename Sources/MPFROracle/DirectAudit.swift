// SPDX-License-Identifier: Apache-2.0
import Formats

/// The comparison of `ReferenceBlock` with `DirectReference` over pairs of operands.
package struct DirectAudit: Hashable, Sendable, Codable {
  /// One pair on which the two references differ.
  package struct Mismatch: Hashable, Sendable, Codable {
    /// The direction of the rounding.
    package let rounding: Rounding
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
  /// The first mismatches in the order of the operands.
  package private(set) var first: [Mismatch] = []

  /// The audit of nothing.
  package init() {}

  /// Adds another shard's counts.
  package mutating func merge(_ other: DirectAudit) {
    compared += other.compared
    mismatches += other.mismatches
    let all = (first + other.first).sorted { ($0.a, $0.b) < ($1.a, $1.b) }
    first = Array(all.prefix(DirectAudit.keptMismatches))
  }

  /// Compares both references in MPFR's four native directions for each first operand of a range
  /// and its opposite, with every second operand, in the order of an exhaustive campaign; nil where
  /// `DirectReference` does not cover the operation or format, or the range leaves the format's
  /// positive encodings.
  ///
  /// Disjoint ranges may run on different threads.
  package static func run(
    _ operation: ArithmeticOperation, _ format: Format, firstOperands: Range<UInt64>
  ) -> DirectAudit? {
    let roundings = DirectReference.roundings
    guard let direct = DirectReference(operation: operation, format: format),
      firstOperands.upperBound <= format.encodingCount / 2
    else { return nil }
    let block = ReferenceBlock(
      operation: operation, format: format, to: format,
      variants: roundings.map { Semantics(rounding: $0) })
    let count = Int(min(format.encodingCount, 4096))
    let buffers = Buffers(count, variants: roundings.count)

    var audit = DirectAudit()
    let sign = UInt64(format.signMask)
    for a in firstOperands {
      for start in stride(from: 0, to: format.encodingCount, by: count / 2) {
        for i in 0..<count {
          let negation = i % 2 == 0 ? 0 : sign
          buffers.a[i] = a ^ negation
          buffers.b[i] = (start + UInt64(i / 2)) ^ negation
        }
        block.evaluate(
          a: buffers.a, b: buffers.b, c: buffers.b, count: count, firstIndex: 0,
          results: buffers.results, flags: buffers.flags)
        for (v, rounding) in roundings.enumerated() {
          direct.evaluate(
            rounding, a: buffers.a, b: buffers.b, count: count, results: buffers.directResults,
            flags: buffers.directFlags)
          audit.compare(buffers, v, rounding, count)
        }
      }
    }
    return audit
  }

  private mutating func compare(
    _ x: borrowing Buffers, _ v: Int, _ rounding: Rounding, _ count: Int
  ) {
    compared += UInt64(count)
    let results = x.results[v]
    let flags = x.flags[v]
    var difference: UInt64 = 0
    for i in 0..<count {
      difference |= (results[i] ^ x.directResults[i]) | UInt64(flags[i] ^ x.directFlags[i])
    }
    guard difference != 0 else { return }
    for i in 0..<count
    where results[i] != x.directResults[i] || flags[i] != x.directFlags[i] {
      mismatches += 1
      guard first.count < DirectAudit.keptMismatches else { continue }
      first.append(
        Mismatch(
          rounding: rounding, a: x.a[i], b: x.b[i], direct: x.directResults[i],
          directFlags: Exceptions(rawValue: x.directFlags[i]), block: results[i],
          blockFlags: Exceptions(rawValue: flags[i])))
    }
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
