// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ExperimentFiles
import Models
import Policies

/// The options of a run's optimizer.
struct OptimizerOptions: ParsableArguments {
  @Option(
    name: .long,
    help: """
      Optimizer: \(Optimizer.names.joined(separator: ", "
        + "")); by default sgd for mlp and adamw for the \
      other models.
      """, completion: Completions.optimizers)
  var optimizer: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Learning rate; 0.5 for sgd and 0.001 for adamw by default.",
    transform: reading(.learningRate))
  var learningRate: Double?

  @Option(
    name: .long, parsing: .unconditional, help: "Decay of sgd's momentum buffer; by default 0.",
    transform: reading(.momentum))
  var momentum: Double?

  @Option(
    name: .customLong("beta1"), parsing: .unconditional,
    help: "Decay of the first moment of adam and adamw; by default 0.9.",
    transform: reading(.beta1))
  var beta1: Double?

  @Option(
    name: .customLong("beta2"), parsing: .unconditional,
    help: "Decay of the second moment of adam and adamw; by default 0.999.",
    transform: reading(.beta2))
  var beta2: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: "What adam and adamw add to the root of the second moment; by default 1e-8.",
    transform: reading(.epsilon))
  var epsilon: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Weight decay; 0.01 for adamw and 0 otherwise by default.",
    transform: reading(.weightDecay))
  var weightDecay: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Greatest L2 norm of all gradients together; by default they are not clipped.",
    transform: reading(.clipNorm))
  var clipNorm: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Steps over which the learning rate grows in a straight line; by default 0.",
    transform: Options.whole(0...ExperimentDescription.stepRange.upperBound))
  var warmup = 0

  @Option(
    name: .long,
    help: """
      Course of the learning rate after that: \
      \(Schedule.Decay.allCases.map(\.rawValue).joined(separator: ", ")).
      """, completion: Completions.schedules)
  var schedule = Schedule.Decay.constant.rawValue

  private static func reading(
    _ constant: Optimizer.Constant
  ) -> @Sendable (String) throws -> Double {
    Options.number(constant.values.rawValue, constant.values.contains)
  }

  /// What was given of a constant.
  private func value(_ constant: Optimizer.Constant) -> Double? {
    switch constant {
    case .learningRate: learningRate
    case .momentum: momentum
    case .beta1: beta1
    case .beta2: beta2
    case .epsilon: epsilon
    case .weightDecay: weightDecay
    case .clipNorm: clipNorm
    }
  }

  /// The optimizer of a run of so many steps of a model; throws status 64 on options that do not go
  /// together.
  func selected(model: String, steps: Int) throws(CommandExit) -> Optimizer {
    let method: Optimizer.Method = try Options.named(
      optimizer ?? TrainingTask.optimizer(forModel: model).rawValue, kind: "optimizer",
      option: "--optimizer")
    var selected = Optimizer(method)
    for constant in Optimizer.Constant.allCases {
      guard let value = value(constant) else { continue }
      guard constant.methods.contains(method) else {
        let methods = constant.methods.map(\.rawValue).joined(separator: " and ")
        throw .usage("\(constant.option) is for \(methods), not for \(method.rawValue)")
      }
      selected[constant] = value
    }
    selected.schedule = Schedule(
      warmup: warmup,
      decay: try Options.named(schedule, kind: "schedule", option: "--schedule"))
    if selected.schedule.decay != .constant, warmup >= steps {
      throw .usage(
        "--warmup \(warmup) leaves nothing of --steps \(steps) for --schedule "
          + selected.schedule.decay.rawValue)
    }
    return selected
  }

  /// Appends what was given.
  func add(to words: inout CommandWords) {
    words.add("--optimizer", optimizer)
    for constant in Optimizer.Constant.allCases { words.add(constant.option, value(constant)) }
    if warmup > 0 { words.add("--warmup", warmup) }
    if schedule != Schedule.Decay.constant.rawValue { words.add("--schedule", schedule) }
  }
}

extension Optimizer.Constant {
  /// Its option.
  fileprivate var option: String {
    rawValue.reduce(into: "--") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
  }
}
