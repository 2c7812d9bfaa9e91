// SPDX-License-Identifier: Apache-2.0
import Foundation
import Work

/// The result of a shard of `verify`, as `ShardLines` writes it.
package enum ShardFile {
  private struct Header: ShardHeader {
    static let form = "halfway/verification-shard/3"

    var schema = Header.form
    var configuration: Configuration
    var shard: Shard
    var skipped: [Skipped]
    var rows: Int
  }

  /// The text of a result; `run` holds what may differ between equal campaigns.
  package static func text(_ result: VerificationResult, run: some Encodable) throws -> String {
    try ShardLines.text(
      Header(
        configuration: result.configuration, shard: result.shard ?? .whole,
        skipped: result.skipped, rows: result.rows.count), rows: result.rows, run: run)
  }

  /// The result in a file; throws a `FileProblem` when it is unreadable, damaged or not what its
  /// configuration can have made.
  ///
  /// - Parameter known: the implementation of a name, nil where there is none.
  package static func read(
    _ path: String, subject known: (String) -> (any Subject)? = SubjectCatalog.subject(named:)
  ) throws -> VerificationResult {
    let (header, rows) = try ShardLines.read(path, Header.self, VerificationRow.self)
    let result = VerificationResult(
      configuration: header.configuration, shard: header.shard, rows: rows,
      skipped: header.skipped)
    if let reason = contradiction(result, header.shard, known) {
      throw FileProblem(
        path: path,
        reason: "it contradicts its own configuration: \(reason); "
          + ShardLines.lost(header.shard))
    }
    return result
  }

  /// What a result cannot have from its configuration, nil where it can have everything.
  private static func contradiction(
    _ result: VerificationResult, _ shard: Shard, _ known: (String) -> (any Subject)?
  ) -> String? {
    let configuration = result.configuration
    if let fault = configuration.fault { return fault }
    guard let subject = known(configuration.subject) else {
      return "there is no subject '\(configuration.subject.prefix(40))'"
    }
    let plan = Plan(configuration, subject: subject)
    guard plan.caseCount >> 53 == 0 else { return "its case sets have 2^53 cases or more together" }
    guard result.skipped == plan.skipped else {
      return "what it lists as skipped is not what its configuration leaves out"
    }
    let campaign = Campaign(plan: plan, subject: subject, reference: MPFRReference())
    let expected = VerificationResult(plan: plan, state: WorkState(campaign), shard: shard)
    guard result.rows.map(\.key) == expected.rows.map(\.key) else {
      return "its rows are not those of its configuration"
    }
    var tallies = result.rows.map(\.tally)[...]
    let counts = plan.units.map { unit in
      defer { tallies = tallies.dropFirst(unit.variants.count) }
      return Array(tallies.prefix(unit.variants.count))
    }
    return campaign.contradiction(counts, shard: shard)
  }

  /// The result of the campaign that shards make up; throws a `FileProblem` on a gap, an overlap or
  /// a difference in configuration.
  package static func merge(
    _ shards: [(path: String, result: VerificationResult)]
  ) throws -> VerificationResult {
    try ShardLines.checkWhole(
      shards.map { ($0.path, $0.result.shard ?? .whole, $0.result.configuration) })
    var merged = shards[0].result
    for (path, result) in shards {
      guard result.rows.map(\.key) == merged.rows.map(\.key), result.skipped == merged.skipped
      else {
        throw FileProblem(
          path: path, reason: "the rows differ from those of '\(shards[0].path)'")
      }
    }
    for (_, result) in shards.dropFirst() {
      for i in merged.rows.indices {
        merged.rows[i].tally.merge(
          result.rows[i].tally, limit: merged.configuration.mismatchLimit)
      }
    }
    merged.shard = nil
    return merged
  }
}

extension VerificationRow {
  /// The row without its counts.
  var key: VerificationRow {
    var key = self
    key.tally = Tally()
    return key
  }
}
