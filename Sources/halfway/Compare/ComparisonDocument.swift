// SPDX-License-Identifier: Apache-2.0
import Conditions

/// The results in the JSON document of `compare`.
struct ComparisonDocument: Encodable {
  /// What was compared.
  struct Asked: Encodable {
    struct File: Encodable {
      var path: String
      /// Which bytes: their FNV-1a hash.
      var digest: String
    }

    /// The schema of both documents.
    var compared: String
    var before: File
    var after: File
    var failOn: [String]
    /// The share by which a rate may differ without being judged.
    var rateNoise = FigureMeaning.rateNoise

    init(_ result: ComparisonResult) {
      compared = result.after.schema
      before = File(path: result.before.path, digest: result.before.digest)
      after = File(path: result.after.path, digest: result.after.digest)
      failOn = result.conditions.map(\.condition.text)
    }
  }

  struct Counts: Encodable {
    /// The figures with a better and a worse, equal ones included.
    var figures: Int
    var worse: Int
    var better: Int
    var withinNoise: Int
    var undecidable: Int
    var changed: Int
    /// The changes that are counted and not listed.
    var changesNotListed: Int
  }

  struct Gate: Encodable {
    var condition: String
    var holds: Bool
    /// The values for which it holds.
    var reasons: [String]
  }

  var verdict: ComparisonVerdict
  var counts: Counts
  /// What keeps figures from being judged; empty where nothing does.
  var configurationDifferences: [String]
  var conditions: [Gate]
  var changes: [LeafChange]

  init(_ result: ComparisonResult) {
    let difference = result.difference
    verdict = result.verdict
    counts = Counts(
      figures: difference.figures, worse: difference.count(.worse),
      better: difference.count(.better), withinNoise: difference.count(.withinNoise),
      undecidable: difference.count(.undecidable), changed: difference.count(.changed),
      changesNotListed: difference.counts.values.reduce(0, +) - difference.changes.count)
    configurationDifferences = difference.configurationDifferences
    conditions = result.conditions.map {
      Gate(condition: $0.condition.text, holds: $0.outcome.holds, reasons: $0.outcome.reasons)
    }
    changes = difference.changes
  }
}
