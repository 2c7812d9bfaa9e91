// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Reports
import TensorFiles

/// What a finished point left in its folder: the mark that it is finished, and all that the study
/// needs of it.
struct StudyPointFile: Codable {
  var schema = "halfway/checkpoint-study/1"
  /// The version of the tool that ran it.
  var version = Version.current
  /// The digest of what was run: the experiment, its data, the tool's version.
  var fingerprint: String
  /// The unit of its losses.
  var lossUnit: String
  /// The reference first, then the policies.
  var rows: [StudyResult.Row]

  /// The name of the file.
  static let fileName = "point.json"

  /// What the point of a folder left; nil where it is not finished, or was run from something else.
  init?(folder: String, fingerprint: String) {
    guard let bytes = try? FileContents(ofFile: "\(folder)/\(Self.fileName)").bytes,
      let read = try? JSONDecoder().decode(Self.self, from: Data(bytes)),
      read.fingerprint == fingerprint,
      access("\(folder)/training.json", R_OK) == 0, access("\(folder)/index.html", R_OK) == 0
    else { return nil }
    self = read
  }

  /// Reads what a run measured from its training.json; throws what is wrong with that.
  init(training folder: String, fingerprint: String) throws {
    let bytes = try FileContents(ofFile: "\(folder)/training.json").bytes
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let document = try decoder.decode(TrainingDocument.self, from: Data(bytes))
    let results = document.results
    self.fingerprint = fingerprint
    lossUnit = document.configuration.lossUnit
    func accuracy(_ evaluation: PolicyEvaluation?) -> Double? { evaluation?.scores.first?.accuracy }
    let evaluations = Dictionary(
      results.policies.map { ($0.policy.name, accuracy($0.evaluation)) }
    ) { first, _ in first }
    var own: [StudyMetric: Double] = [:]
    own[.finalLoss] = results.reference.finalLoss
    own[.accuracy] = accuracy(results.reference.evaluation)
    rows =
      [.init(policy: results.reference.policy.name, status: "reference", metrics: own)]
      + results.outcomes.map { outcome in
        .init(
          policy: outcome.policy, status: outcome.status.rawValue,
          metrics: StudyMetric.values(outcome, accuracy: evaluations[outcome.policy] ?? nil))
      }
  }

  /// Writes it into a folder.
  func write(toFolder folder: String) throws {
    try AtomicFile.write(try JSONText.encode(self), to: "\(folder)/\(Self.fileName)")
  }

  /// What a study reads of a training.json.
  private struct TrainingDocument: Decodable {
    struct Policy: Decodable {
      struct NamedPolicy: Decodable { var name: String }
      var policy: NamedPolicy
      var evaluation: PolicyEvaluation?
    }
    struct MeasuredRuns: Decodable {
      var reference: PolicyRun
      var policies: [Policy]
      var outcomes: [PolicyOutcome]
    }
    var configuration: TrainingConfiguration
    var results: MeasuredRuns
  }
}
