// SPDX-License-Identifier: Apache-2.0
import JSON5
import Policies

/// An experiment as a file has it.
package struct ExperimentFile {
  /// What the file describes.
  package let description: ExperimentDescription
  /// Its policies with their places.
  package let policies: PolicyFile
  /// The path of the file.
  package var path: String { policies.path }
  private let dataPlace: JSON5Place

  /// The experiments' kinds.
  package static let kinds = ["training"]

  private static let keys = [
    "kind", "name", "question", "model", "data", "steps", "seed", "batch", "optimizer", "reference",
    "policies", "measureEvery", "localEvery", "seeds", "pairedSeeds",
  ]

  /// The experiment of a text.
  ///
  /// - Throws: `ExperimentProblems` with everything that is wrong.
  package init(_ bytes: [UInt8], path: String) throws(ExperimentProblems) {
    try self.init(try ExperimentProblems.read(bytes, path: path), path: path)
  }

  /// The experiment of a value of a text.
  ///
  /// - Throws: `ExperimentProblems` with everything that is wrong.
  init(_ value: JSON5Value, path: String) throws(ExperimentProblems) {
    let problems = JSON5Problems(path: path)
    guard let fields = JSON5Fields(value, of: "an experiment", known: Self.keys, problems)
    else { throw ExperimentProblems(problems) }
    _ = fields.demand("kind", .name(Self.kinds) { $0 == "training" ? $0 : nil })
    var description = ExperimentDescription()
    description.name =
      fields.demand("name", .text(String.shortNameRule) { $0.isShortName }) ?? description.name
    fields.set(
      "question", &description.question,
      .text("a text of at most 2000 bytes") { $0.utf8.count <= 2000 })
    ModelReader(problems: problems).read(fields, &description)
    if let data = fields.read("data", .text("a path") { !$0.isEmpty && !$0.contains("\0") }) {
      description.data = Self.path(data, besideFile: path)
    }
    fields.set("steps", &description.steps, .whole(ExperimentDescription.stepRange))
    fields.set("seed", &description.seed, .whole(0...UInt64.max))
    fields.set(
      "measureEvery", &description.measureEvery, orNull: .whole(ExperimentDescription.stepRange))
    fields.set(
      "localEvery", &description.localEvery,
      orNull: .whole(0...ExperimentDescription.stepRange.upperBound))
    fields.set("seeds", &description.seeds, .whole(ExperimentDescription.seedsRange))
    fields.set("pairedSeeds", &description.pairedSeeds, .whole(ExperimentDescription.seedsRange))
    fields.set("reference", &description.reference, Self.reference)
    OptimizerReader(problems: problems).read(fields, &description)
    if fields.value("policies") == nil {
      fields.demandKey("policies", "a list of presets' names and objects")
    }
    policies = PolicyFile(fields.value("policies"), problems)
    description.policies = policies.policies
    policies.checkBatch(description.batch, fields, problems)
    policies.checkClipping(description.optimizer.clipNorm, problems)
    if let policy = description.namesake { policies.refuse(policy, problems) }
    guard problems.list.isEmpty else { throw ExperimentProblems(problems) }
    dataPlace = fields.place(of: "data")
    self.description = description
  }

  /// What is wrong with the data that the file names, at the line that names it.
  package func problem(withData reason: String) -> ExperimentProblems {
    ExperimentProblems(JSON5Problem(path: path, place: dataPlace, reason: "'data': \(reason)"))
  }

  private static var reference: JSON5Reading<Policy> {
    .name(
      ["fp64"],
      also:
        ", mpfr:P with P bits in "
        + "\(Precision.mpfrBits.lowerBound)...\(Precision.mpfrBits.upperBound)"
    ) {
      switch Precision(id: $0) {
      case .fp64: .fp64
      case .mpfr(let bits): .mpfr(bits: bits)
      case .format, nil: nil
      }
    }
  }

  /// A path of a file, which is beside the experiment's own unless it is absolute.
  private static func path(_ data: String, besideFile path: String) -> String {
    guard !data.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return data }
    return path[...slash] + data
  }
}
