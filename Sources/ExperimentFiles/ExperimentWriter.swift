// SPDX-License-Identifier: Apache-2.0
import Models
import Policies

/// Experiments as files that can be run.
package enum ExperimentWriter {
  /// The file of a description: what was not said stands with the value that it has, presets by
  /// their names or, on demand, every policy in full, so that nothing but the data is needed beside
  /// it.
  package static func text(
    _ description: ExperimentDescription, policiesInFull: Bool = false
  ) -> String {
    let d = description
    var writer = JSON5Writer()
    writer.comment("Run it with: halfway run <this file>. docs/experiments.md defines every key.")
    writer.object { writer in
      writer.member("kind", "training")
      writer.member("name", d.name)
      if !d.question.isEmpty { writer.member("question", d.question) }
      writer.member("model") { writer in
        writer.object { write(d, to: &$0) }
      }
      if let data = d.data {
        writer.comment(
          "a text, or a folder of images; a relative path begins at this file's folder")
        writer.member("data", data)
      }
      writer.member("batch", literal: "\(d.batch)")
      writer.member("steps", literal: "\(d.steps)")
      writer.member("seed", literal: "\(d.seed)")
      writer.member("optimizer") { writer in
        writer.object { write(d.optimizer, to: &$0) }
      }
      writer.comment("what policies are compared with: fp64, or mpfr:P")
      writer.member("reference", d.reference.name)
      writer.member("policies") { writer in
        writer.array { writer in
          for policy in d.policies {
            writer.element { writer in
              if !policiesInFull, Policy.preset(named: policy.name) == policy {
                writer.line([("", .string(policy.name))])
              } else {
                PolicyWriter.write(policy, to: &writer)
              }
            }
          }
        }
      }
      writer.comment("tensors are measured at step 1 and at every multiple")
      writer.member("measureEvery", literal: "\(d.measurementInterval)")
      writer.comment("and compared from the reference's own weights; 0 for never")
      writer.member("localEvery", literal: "\(d.localInterval)")
      writer.comment("further runs of the reference on other batches: what chance does")
      writer.member("seeds", literal: "\(d.seeds)")
      writer.comment("on how many of those seeds every policy runs, too: what is systematic")
      writer.member("pairedSeeds", literal: "\(d.pairedSeeds)")
    }
    return writer.text
  }

  private static func write(_ d: ExperimentDescription, to writer: inout JSON5Writer) {
    func has(_ option: TrainingTask.Option) -> Bool { option.models.contains(d.model) }
    writer.member("name", d.model)
    if let width = d.sizes.width { writer.member("width", literal: "\(width)") }
    if let depth = d.sizes.depth { writer.member("depth", literal: "\(depth)") }
    if has(.context) {
      writer.member("context", literal: "\(d.sizes.context(ofModel: d.model))")
    }
    if has(.activation) { writer.member("activation", d.activation.rawValue) }
    if has(.dropout) { writer.member("dropout", literal: "\(d.sizes.dropout ?? 0)") }
    write(d.sizes, to: &writer, has)
  }

  /// The choices among layers.
  private static func write(
    _ sizes: TrainingTask.Sizes, to writer: inout JSON5Writer, _ has: (TrainingTask.Option) -> Bool
  ) {
    let layers = sizes.layers
    if has(.norm) { writer.member("norm", layers.normalization.rawValue) }
    if has(.normEpsilon) { writer.member("normEpsilon", literal: "\(layers.epsilon)") }
    if has(.positions) { writer.member("positions", layers.positions.rawValue) }
    if let heads = layers.keyValueHeads { writer.member("keyValueHeads", literal: "\(heads)") }
    if has(.labelSmoothing) {
      writer.member("labelSmoothing", literal: "\(layers.labelSmoothing)")
    }
    if has(.loss) { writer.member("loss", layers.loss.rawValue) }
  }

  private static func write(_ optimizer: Optimizer, to writer: inout JSON5Writer) {
    writer.member("method", optimizer.method.rawValue)
    for constant in Optimizer.Constant.allCases
    where constant.methods.contains(optimizer.method) {
      writer.member(constant.rawValue, literal: optimizer[constant].map { "\($0)" })
    }
    writer.member("schedule") {
      $0.line([
        ("warmup", .literal("\(optimizer.schedule.warmup)")),
        ("decay", .string(optimizer.schedule.decay.rawValue)),
      ])
    }
  }
}
