// SPDX-License-Identifier: Apache-2.0
import JSON5
import Models
import Policies

/// The reader of an experiment's model and batch.
struct ModelReader {
  let problems: JSON5Problems

  private static let keys = ["name"] + TrainingTask.Option.allCases.map(\.rawValue)
  private static var name: JSON5Reading<String> {
    .name(TrainingTask.modelNames) { TrainingTask.modelNames.contains($0) ? $0 : nil }
  }

  /// Reads `model`, a name or an object, and `batch`.
  func read(_ fields: JSON5Fields, _ description: inout ExperimentDescription) {
    fields.set("batch", &description.sizes.batch, orNull: .whole(ExperimentDescription.sizeRange))
    guard let value = fields.value("model") else {
      return fields.demandKey("model", TrainingTask.modelNames.joined(separator: ", "))
    }
    guard case .object = value.content else {
      return fields.set("model", &description.model, Self.name)
    }
    guard let fields = JSON5Fields(value, of: "a model", known: Self.keys, problems) else { return }
    guard let name = fields.demand("name", Self.name) else { return }
    description.model = name
    for option in TrainingTask.Option.allCases
    where fields.value(option.rawValue) != nil && !option.models.contains(name) {
      fields.refuse(
        option.rawValue,
        "'\(option.rawValue)' beside the model '\(name)' (line \(fields.place(of: "name").line)): "
          + "it is for \(option.models.joined(separator: ", "))")
    }
    fields.set("width", &description.sizes.width, orNull: .whole(ExperimentDescription.sizeRange))
    fields.set("depth", &description.sizes.depth, orNull: .whole(ExperimentDescription.depthRange))
    fields.set(
      "context", &description.sizes.context, orNull: .whole(ExperimentDescription.sizeRange))
    fields.set(
      "dropout", &description.sizes.dropout, orNull: .number(Self.share) { $0 >= 0 && $0 < 1 })
    fields.set("activation", &description.activation, .name)
    readLayers(fields, &description.sizes.layers)
    if let (option, reason) = description.sizes.contradiction(ofModel: name) {
      fields.refuse(option.rawValue, "'\(option.rawValue)': \(reason)")
    }
  }

  private func readLayers(_ fields: JSON5Fields, _ layers: inout LayerChoices) {
    fields.set("norm", &layers.normalization, .name)
    if let epsilon = fields.read("normEpsilon", .number("a number from 0") { $0 >= 0 }) {
      layers.epsilon = epsilon
    }
    fields.set("positions", &layers.positions, .name)
    fields.set(
      "keyValueHeads", &layers.keyValueHeads, orNull: .whole(ExperimentDescription.sizeRange))
    if let share = fields.read("labelSmoothing", .number(Self.share) { $0 >= 0 && $0 < 1 }) {
      layers.labelSmoothing = share
    }
    fields.set("loss", &layers.loss, .name)
  }

  private static let share = "a number from 0 and below 1"
}

/// The reader of an experiment's optimizer.
struct OptimizerReader {
  let problems: JSON5Problems

  private static let keys =
    ["method"] + Optimizer.Constant.allCases.map(\.rawValue) + ["schedule"]

  /// Reads `optimizer`, a name or an object; without one it is the model's.
  func read(_ fields: JSON5Fields, _ description: inout ExperimentDescription) {
    var method = TrainingTask.optimizer(forModel: description.model)
    guard let value = fields.value("optimizer") else {
      description.optimizer = Optimizer(method)
      return
    }
    guard case .object = value.content else {
      fields.set("optimizer", &method, .name)
      description.optimizer = Optimizer(method)
      return
    }
    guard let fields = JSON5Fields(value, of: "an optimizer", known: Self.keys, problems)
    else { return }
    fields.set("method", &method, .name)
    var optimizer = Optimizer(method)
    for constant in Optimizer.Constant.allCases {
      read(constant, fields, &optimizer)
    }
    if let value = fields.value("schedule") {
      readSchedule(value, fields, &optimizer.schedule, steps: description.steps)
    }
    description.optimizer = optimizer
  }

  private func read(
    _ constant: Optimizer.Constant, _ fields: JSON5Fields, _ optimizer: inout Optimizer
  ) {
    let (key, method) = (constant.rawValue, optimizer.method)
    let reading = JSON5Reading.number(constant.values.rawValue, constant.values.contains)
    if constant.isOptional {
      fields.set(key, &optimizer[constant], orNull: reading)
    } else if let value = fields.read(key, reading) {
      optimizer[constant] = value
    }
    if fields.value(key) != nil, !constant.methods.contains(method) {
      let origin = fields.object["method"].map { "line \($0.place.line)" } ?? "the model's own"
      fields.refuse(key, "'\(key)' beside 'method' \(method.rawValue) (\(origin)), which has none")
    }
  }

  private func readSchedule(
    _ value: JSON5Value, _ fields: JSON5Fields, _ schedule: inout Schedule, steps: Int
  ) {
    guard case .object = value.content else {
      return fields.set("schedule", &schedule.decay, .name)
    }
    let known = ["warmup", "decay"]
    guard let fields = JSON5Fields(value, of: "a schedule", known: known, problems) else { return }
    fields.set("warmup", &schedule.warmup, .whole(0...ExperimentDescription.stepRange.upperBound))
    fields.set("decay", &schedule.decay, .name)
    if schedule.decay != .constant, schedule.warmup >= steps {
      fields.refuse(
        "warmup",
        "'warmup' is \(schedule.warmup) of \(steps) 'steps': the rate never falls, and 'decay' "
          + "\(schedule.decay.rawValue) (line \(fields.place(of: "decay").line)) has no effect")
    }
  }
}
