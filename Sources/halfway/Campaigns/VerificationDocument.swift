// SPDX-License-Identifier: Apache-2.0
import Formats
import Verification
import Work

/// The JSON of a campaign (docs/schema/verification-1.json): all but `run` is a function of the
/// configuration, so that two campaigns can be compared byte for byte.
struct VerificationDocument: Encodable {
  var schema = "halfway/verification/1"
  var tool = "halfway"
  var configuration: Configuration
  var shard: Shard?
  var summary: Summary
  var results: [Row]
  var skipped: [Skipped]
  var run: RunRecord?

  /// The counts of all rows.
  struct Summary: Encodable {
    var tested: UInt64
    var mismatches: UInt64
    var holds: Bool
  }

  /// A row with its mismatches in full.
  struct Row: Encodable {
    var operation: ArithmeticOperation
    var format: Format
    var to: Format
    var cases: CaseSelection
    var rounding: Rounding
    var tested: UInt64
    var mismatches: UInt64
    var flags: ExceptionCounts
    var firstMismatches: [CaseReport]
    /// The mismatches beyond the first; nil for none.
    var mismatchesNotListed: UInt64?
  }

  init(result: VerificationResult, run: RunRecord?) {
    configuration = result.configuration
    shard = result.shard
    summary = Summary(
      tested: result.tested, mismatches: result.mismatches, holds: result.holds)
    results = result.rows.map { row in
      Row(
        operation: row.operation, format: row.format, to: row.to, cases: row.cases,
        rounding: row.rounding, tested: row.tally.tested, mismatches: row.tally.mismatches,
        flags: row.tally.flags,
        firstMismatches: row.tally.first.map { CaseReport(row, $0, result.configuration) },
        mismatchesNotListed: row.tally.mismatches > UInt64(row.tally.first.count)
          ? row.tally.mismatches - UInt64(row.tally.first.count) : nil)
    }
    skipped = result.skipped
    self.run = run
  }
}
