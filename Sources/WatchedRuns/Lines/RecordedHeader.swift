// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import TensorFiles

/// What a recording's first line says of the run.
struct RecordedHeader {
  /// What the run is; `steps` are those that were asked for, 0 for all of the script's.
  var configuration: TrainingConfiguration
  /// What computed, and on what.
  var watched = WatchedRecord()
  /// How it computed.
  var policy: PolicyDescription

  /// The name and version of the structure.
  static let schemaName = "halfway/recording/1"

  private static let keys = [
    "model", "architecture", "parameters", "steps", "measureEvery", "localOnly", "batch",
    "optimizer", "epsilon", "beta2", "decaysWeights", "seed", "script", "arguments", "framework",
    "python", "device", "policy",
  ]

  /// The keys of the first line.
  init(_ line: LineFields) throws(TensorFileProblem) {
    guard let schema = try line.text("schema"), schema == Self.schemaName else {
      throw line.problem("no recording: its first line has no \"schema\": \"\(Self.schemaName)\"")
    }
    try line.allow(["schema", "run"])
    try self.init(runOf: line)
  }

  /// The run of a line with the key `run`.
  init(runOf line: LineFields) throws(TensorFileProblem) {
    let run = try line.demand("run", try line.fields("run"))
    try run.allow(Self.keys)
    configuration = TrainingConfiguration(
      model: try run.text("model") ?? "model",
      architecture: try run.text("architecture") ?? "",
      parameters: try run.whole("parameters") ?? 0, steps: try run.whole("steps") ?? 0,
      batch: try run.whole("batch") ?? 0, optimizer: try run.text("optimizer") ?? "unknown",
      seed: UInt64(try run.whole("seed", in: 0...Int.max) ?? 0),
      measureEvery: max(1, try run.whole("measureEvery") ?? 1), localEvery: 0)
    configuration.epsilon = try run.number("epsilon")
    configuration.beta2 = try run.number("beta2")
    configuration.decaysWeights = try run.flag("decaysWeights")
    configuration.lossUnit = "1"
    watched.script = try run.text("script")
    watched.arguments = try run.texts("arguments") ?? []
    watched.framework = try run.text("framework")
    watched.python = try run.text("python")
    watched.device = try run.text("device")
    watched.isLocalOnly = try run.flag("localOnly") ?? false
    watched.batch = try run.whole("batch")
    policy = try Self.policy(try run.fields("policy"))
  }

  private static let policyKeys = [
    "name", "summary", "operands", "accumulator", "weights", "optimizer", "lossScaling",
    "hasDynamicScale", "leastScale", "keepsUpdates", "optimizerArithmetic", "stateRounding",
    "hyperparameters",
  ]

  private static func policy(_ fields: LineFields?) throws(TensorFileProblem) -> PolicyDescription {
    var policy = PolicyDescription(
      name: "as it ran", summary: "the run as it is", operands: "fp32", accumulator: "fp32",
      weights: "fp32", optimizer: "fp32", lossScaling: nil)
    guard let fields else { return policy }
    try fields.allow(policyKeys)
    policy.name = try fields.text("name") ?? policy.name
    policy.summary = try fields.text("summary") ?? policy.summary
    policy.operands = try fields.text("operands") ?? policy.operands
    policy.accumulator = try fields.text("accumulator") ?? policy.accumulator
    policy.weights = try fields.text("weights") ?? policy.weights
    policy.optimizer = try fields.text("optimizer") ?? policy.optimizer
    policy.lossScaling = try fields.text("lossScaling")
    policy.hasDynamicScale = try fields.flag("hasDynamicScale")
    policy.leastScale = try fields.number("leastScale")
    policy.keepsUpdates = try fields.flag("keepsUpdates")
    policy.optimizerArithmetic = try fields.text("optimizerArithmetic")
    policy.stateRounding = try fields.text("stateRounding")
    policy.hyperparameters = try fields.text("hyperparameters")
    guard policy.name != "fp64", !policy.name.isEmpty else {
      throw fields.problem("'policy.name' is '\(policy.name)', which is the twin's")
    }
    return policy
  }
}
