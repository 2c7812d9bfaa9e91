// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Work

/// The audit of the reference's shortcut by MPFR's own four roundings, over all pairs of a format.
package struct ReferenceAudit: Sendable {
  /// The counts of one operation and format.
  package struct Row: Hashable, Sendable, Codable {
    /// The operation.
    package var operation: ArithmeticOperation
    /// The format.
    package var format: Format
    /// The counts over the four directions, and the first mismatches.
    package var audit: DirectAudit
  }

  /// The operations that have a direct reference.
  package static let operations: [ArithmeticOperation] = [.add, .sub, .mul, .div]
  /// The roundings that MPFR has itself.
  package static let roundings = DirectReference.roundings

  /// Whether a format has a direct reference.
  package static func covers(_ format: Format) -> Bool {
    DirectAudit.covers(.add, format)
  }

  /// What determines the counts.
  package struct Configuration: Codable, Hashable, Sendable {
    /// The operations.
    package var operations: [ArithmeticOperation]
    /// The formats.
    package var formats: [Format]
  }

  /// The operations and formats in the order of the rows.
  package let parts: [(operation: ArithmeticOperation, format: Format)]
  package let configuration: Configuration
  /// The pairs of each part, in the order of an exhaustive campaign.
  private let pairs: [SymmetricPairs]

  /// The audit of operations in formats; nil when there is none, one stands twice, or one has no
  /// direct reference.
  package init?(operations: [ArithmeticOperation], formats: [Format]) {
    self.init(Configuration(operations: operations, formats: formats))
  }

  /// The audit of a configuration; nil when it has no part, one twice, or one without a direct
  /// reference.
  package init?(_ configuration: Configuration) {
    let (operations, formats) = (configuration.operations, configuration.formats)
    self.configuration = configuration
    parts = operations.flatMap { operation in
      formats.map { (operation, $0) }
    }
    guard !parts.isEmpty, Set(operations).count == operations.count,
      Set(formats).count == formats.count,
      parts.allSatisfy({ DirectAudit.covers($0.operation, $0.format) })
    else { return nil }
    pairs = parts.compactMap { SymmetricPairs($0.format) }
    guard pairs.count == parts.count else { return nil }
  }

  /// The rows of finished counts.
  package func rows(_ counts: [DirectAudit]) -> [Row] {
    zip(parts, counts).map { Row(operation: $0.operation, format: $0.format, audit: $1) }
  }
}

/// Items are the cases of an exhaustive campaign, so that what is audited is what a campaign takes.
extension ReferenceAudit: NamedWork {
  package static let name = "audit"
  package static let form = "halfway/audit-shard/2"

  package var itemCounts: [UInt64] { pairs.map(\.count) }
  /// Enough that the operands' tables, made anew for each, take no time beside the results.
  package var chunkSize: UInt64 { 1 << 22 }

  package func nothing(ofUnit unit: Int) -> DirectAudit { DirectAudit() }
  package func add(_ audit: DirectAudit, to sum: inout DirectAudit) { sum.merge(audit) }

  package func cases(ofUnit unit: Int, items: Range<UInt64>) -> UInt64 {
    UInt64(items.count) * UInt64(ReferenceAudit.roundings.count)
  }

  package func worker(listsLines: Bool) -> any CountingWorker<DirectAudit> {
    AuditWorker(parts: parts, pairs: pairs)
  }

  package func contradiction(
    _ audit: DirectAudit, unit: Int, of items: DoneItems
  ) -> String? {
    guard audit.compared == items.cases else {
      return "it compared \(audit.compared) results where there are \(items.cases)"
    }
    let kept = min(audit.mismatches, UInt64(DirectAudit.keptMismatches))
    let last = parts[unit].format.encodingCount
    func isPossible(_ mismatch: DirectAudit.Mismatch) -> Bool {
      [mismatch.a, mismatch.b, mismatch.direct, mismatch.block].allSatisfy { $0 < last }
        && [mismatch.directFlags, mismatch.blockFlags].allSatisfy { $0.rawValue < 1 << 5 }
        && items.contains(mismatch.index)
        && pairs[unit].pair(mismatch.index) == (mismatch.a, mismatch.b)
        && ReferenceAudit.roundings.contains(mismatch.rounding)
        && (mismatch.direct != mismatch.block || mismatch.directFlags != mismatch.blockFlags)
    }
    guard audit.mismatches <= audit.compared, audit.first.count == kept,
      Set(audit.first).count == audit.first.count, audit.first.allSatisfy(isPossible)
    else { return "its mismatches are none of its operands" }
    return nil
  }
}

private struct AuditWorker: CountingWorker {
  let parts: [(operation: ArithmeticOperation, format: Format)]
  let pairs: [SymmetricPairs]

  func count(
    ofUnit unit: Int, start: UInt64, count: Int, isCancelled: () -> Bool
  ) -> (count: DirectAudit, lines: [UInt8])? {
    DirectAudit.run(
      parts[unit].operation, parts[unit].format, pairs: start..<start + UInt64(count)
    ) { pairs[unit].fill(from: $0, count: $1, a: $2, b: $3) }.map { ($0, []) }
  }
}
