// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Work

/// The counts of one operation, format, rounding and case set.
package struct VerificationRow: Hashable, Sendable, Codable {
  /// The operation.
  package var operation: ArithmeticOperation
  /// The format of the operands.
  package var format: Format
  /// The format of the result; differs from `format` in `convert` only.
  package var to: Format
  /// The case set.
  package var cases: CaseSelection
  /// The rounding.
  package var rounding: Rounding
  /// The counts and the first mismatches.
  package var tally: Tally

  /// `fp16`, or `fp16 to bf16` for a conversion.
  package var formats: String { to == format ? format.id : "\(format.id) to \(to.id)" }
}

/// What a campaign found: a function of its configuration alone.
package struct VerificationResult: Hashable, Sendable, Codable {
  /// What was asked.
  package var configuration: Configuration
  /// The shard that the rows cover; nil for the whole campaign.
  package var shard: Shard?
  /// The counts in the order of the configuration.
  package var rows: [VerificationRow]
  /// What was left out, and why.
  package var skipped: [Skipped]

  /// The result of a campaign that has run to its end.
  package init(plan: Plan, state: CampaignState, shard: Shard = .whole) {
    configuration = plan.configuration
    self.shard = shard == .whole ? nil : shard
    skipped = plan.skipped
    rows = zip(plan.units, state.counts).flatMap { unit, tallies in
      zip(unit.variants, tallies).map { semantics, tally in
        VerificationRow(
          operation: unit.operation, format: unit.format, to: unit.to, cases: unit.selection,
          rounding: semantics.rounding, tally: tally)
      }
    }
  }

  init(
    configuration: Configuration, shard: Shard?, rows: [VerificationRow], skipped: [Skipped]
  ) {
    self.configuration = configuration
    self.shard = shard
    self.rows = rows
    self.skipped = skipped
  }

  /// The number of results compared.
  package var tested: UInt64 { rows.reduce(0) { $0 + $1.tally.tested } }
  /// The number of results that differed.
  package var mismatches: UInt64 { rows.reduce(0) { $0 + $1.tally.mismatches } }
  /// Whether something was compared and nothing differed.
  package var holds: Bool { tested > 0 && mismatches == 0 }

  /// The counts over all roundings and case sets of each operation and format, for a report.
  package func proof(reference: String) -> ArithmeticProof {
    var rows: [ArithmeticProof.Row] = []
    for row in self.rows {
      let place = rows.firstIndex {
        $0.operation == row.operation && $0.format == row.format && $0.to == row.to
      }
      guard let place else {
        rows.append(
          ArithmeticProof.Row(
            operation: row.operation, format: row.format, to: row.to, roundings: [row.rounding],
            cases: [row.cases.description], tested: row.tally.tested,
            mismatches: row.tally.mismatches))
        continue
      }
      rows[place].tested += row.tally.tested
      rows[place].mismatches += row.tally.mismatches
      if !rows[place].roundings.contains(row.rounding) {
        rows[place].roundings.append(row.rounding)
      }
      if !rows[place].cases.contains(row.cases.description) {
        rows[place].cases.append(row.cases.description)
      }
    }
    return ArithmeticProof(subject: configuration.subject, reference: reference, rows: rows)
  }
}
