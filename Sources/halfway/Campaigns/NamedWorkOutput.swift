// SPDX-License-Identifier: Apache-2.0
import Verification
import Work

/// The result of a named work in every output format: of all of it, of a shard, or merged from
/// shards.
protocol NamedWorkOutput: GatedResult {
  associatedtype Named: NamedWork
  /// What was run.
  var work: Named { get }
  /// What was counted, unit by unit.
  var counts: [Named.Count] { get }
  /// The part that the counts are of; nil of all.
  var shard: Shard? { get }
  /// Where and how long; nil for a merged result.
  var run: RunRecord? { get }
  /// Whether something differs from what it should be: the command ends with status 1.
  var hasFindings: Bool { get }

  init(work: Named, counts: [Named.Count], shard: Shard?, run: RunRecord?)
}

extension NamedWorkOutput {
  /// The form that `merge` reads, of a shard; otherwise the rows.
  func jsonLines() throws -> String {
    guard let shard else { return table.jsonLines }
    return try work.shardText(counts, shard: shard, run: run)
  }

  /// The result of a work of which nothing is counted yet: its document has the paths of the whole
  /// one.
  static func empty(_ work: Named, shard: Shard?) -> Self {
    Self(
      work: work, counts: work.itemCounts.indices.map { work.nothing(ofUnit: $0) }, shard: shard,
      run: Stopwatch().record(threads: 1))
  }

  /// Runs a work, writes its result, and throws status 1 when it has findings, or where the gate
  /// has conditions, when one of them holds.
  static func run(
    _ work: Named, unit: String, part: Shard?, options: CampaignOptions, output: OutputOptions,
    gate: DocumentGate, report: GateReport
  ) throws {
    try gate.check(empty(work, shard: part))
    let end = try CampaignRunner(
      work: work, name: Named.name, unit: unit, part: part,
      fingerprint: try work.fingerprint(shard: part ?? .whole), options: options
    ).run { state, run in
      let result = Self(work: work, counts: state.counts, shard: part, run: run)
      try output.write(result)
      try report.publish(gate.tests(of: result), seconds: run.seconds)
      return gate.end(after: result, hasFindings: result.hasFindings)
    }
    if let end { throw end }
  }

  /// Writes the result that the files of shards make up, hands it to `deliver`, and tells whether it
  /// has findings; throws a `FileProblem`.
  static func merge(
    _ files: [String], output: OutputOptions, report: GateReport,
    deliver: (Self) throws -> Void = { _ in }
  ) throws -> Bool {
    let (work, counts) = try Named.merged(files)
    let result = Self(work: work, counts: counts, shard: nil, run: nil)
    try output.write(result)
    try deliver(result)
    try report.publish(result.tests, seconds: 0)
    return result.hasFindings
  }
}
