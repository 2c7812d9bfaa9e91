// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Formats
import MPFROracle
import Synchronization

/// The audit of the reference's shortcut by MPFR's own four roundings, over all pairs of a format.
public struct ReferenceAudit: Sendable {
  /// The counts of one operation and format.
  public struct Row: Hashable, Sendable, Codable {
    /// The operation.
    public var operation: ArithmeticOperation
    /// The format.
    public var format: Format
    /// The counts over the four directions, and the first mismatches.
    public var audit: DirectAudit
  }

  /// The operations that have a direct reference.
  public static let operations: [ArithmeticOperation] = [.add, .sub, .mul, .div]
  /// The roundings that MPFR has itself.
  public static let roundings = DirectReference.roundings

  /// Whether a format has a direct reference.
  public static func covers(_ format: Format) -> Bool {
    DirectAudit.run(.add, format, firstOperands: 0..<0) != nil
  }

  /// The operations and formats in the order of the rows.
  public let parts: [(operation: ArithmeticOperation, format: Format)]

  /// The audit of operations in formats; nil when one of them has no direct reference.
  public init?(operations: [ArithmeticOperation], formats: [Format]) {
    parts = operations.flatMap { operation in formats.map { (operation, $0) } }
    for (operation, format) in parts
    where DirectAudit.run(operation, format, firstOperands: 0..<0) == nil { return nil }
  }

  /// The number of results that a complete audit compares.
  public var resultCount: UInt64 {
    parts.reduce(0) {
      $0 + $1.format.encodingCount * $1.format.encodingCount
        * UInt64(ReferenceAudit.roundings.count)
    }
  }

  /// The rows in order; nil when the control cancelled.
  public func run(control: CampaignControl = CampaignControl()) -> [Row]? {
    // A few first operands at a time keep all threads busy to the end.
    let step: UInt64 = 32
    let ranges = parts.indices.flatMap { part in
      let magnitudes = parts[part].format.encodingCount / 2
      return stride(from: 0, to: magnitudes, by: Int(step)).map {
        (part: part, range: $0..<min($0 + step, magnitudes))
      }
    }
    let shared = Mutex(
      (next: 0, done: UInt64(0), audits: parts.map { _ in DirectAudit() }, finished: 0))
    DispatchQueue.concurrentPerform(iterations: max(1, control.threads)) { _ in
      while !control.isCancelled() {
        let index = shared.withLock { shared in
          defer { shared.next += 1 }
          return shared.next
        }
        guard index < ranges.count else { return }
        let (part, range) = ranges[index]
        let (operation, format) = parts[part]
        guard let audit = DirectAudit.run(operation, format, firstOperands: range) else { return }
        let done = shared.withLock { shared -> UInt64 in
          shared.audits[part].merge(audit)
          shared.done += audit.compared
          shared.finished += 1
          return shared.done
        }
        control.report(done)
      }
    }
    let (audits, finished) = shared.withLock { ($0.audits, $0.finished) }
    guard finished == ranges.count else { return nil }
    return zip(parts, audits).map { Row(operation: $0.operation, format: $0.format, audit: $1) }
  }
}
