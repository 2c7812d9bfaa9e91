// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Models
import Network
import Policies
import TensorFiles
import Words

/// A file of a run that is handed over to another framework: its place in the run's folder, and
/// its tensors.
package struct HandedFile: Sendable {
  /// The path from the folder on.
  package let path: String
  /// The tensors, named as the model names its parameters, with their order and their step.
  package let file: SafetensorsFile

  /// The folder of the batches.
  package static let batches = "batches"

  init(
    _ path: String, _ tensors: [StoredTensor], step: Int, notes: [(name: String, text: String)] = []
  ) {
    self.path = path
    let order = "[\(tensors.map { JSONLiteral.string($0.name) }.joined(separator: ","))]"
    let all = [(PlacedTensors.orderNote, order), ("halfway.step", String(step))] + notes
    file = SafetensorsFile(
      tensors: tensors, metadata: all.map { SafetensorsFile.Note(name: $0, text: $1) })
  }

  /// The batch of a step: `inputs`, characters as whole numbers of shape (B, T) or images of shape
  /// (B, C, H, W), and `targets`, of shape (B), (B, T) or (B, H, W); of objects `boxes`, rows of
  /// image, class, first column, first row, and the column and the row after the last.
  static func batch(_ batch: Minibatch, _ task: TrainingTask, step: Int) -> HandedFile {
    HandedFile("\(batches)/\(step: step)", tensors(batch, task), step: step)
  }

  private static func tensors(_ batch: Minibatch, _ task: TrainingTask) -> [StoredTensor] {
    let size = batch.size
    var tensors: [StoredTensor] = []
    if let images = batch.images, let shape = task.images {
      tensors.append(
        StoredTensor(
          name: "inputs", shape: [size, shape.channels, shape.height, shape.width], images.images))
      if let objects = images.objects {
        let rows = objects.enumerated().flatMap { image, boxes in
          boxes.flatMap { box in
            [
              image, box.objectClass, box.columns.lowerBound, box.rows.lowerBound,
              box.columns.upperBound, box.rows.upperBound,
            ]
          }
        }
        return tensors + [StoredTensor(name: "boxes", shape: [rows.count / 6, 6], rows)]
      }
      if batch.targets.count == size * shape.height * shape.width {
        let targets = batch.targets
        return tensors + [
          StoredTensor(name: "targets", shape: [size, shape.height, shape.width], targets)
        ]
      }
    } else {
      tensors.append(
        StoredTensor(name: "inputs", shape: [size, batch.tokens.count / size], batch.tokens))
    }
    guard !batch.targets.isEmpty else { return tensors }
    let each = batch.targets.count / size
    return tensors + [
      StoredTensor(name: "targets", shape: each == 1 ? [size] : [size, each], batch.targets)
    ]
  }

  /// The last step of a twin: the loss, and the gradients as the backward pass left them, divided
  /// by the loss scale; nil where the step was not kept.
  static func step(_ twin: Twin, step number: Int) -> HandedFile? {
    guard let step = twin.lastStep, let gradients = step.gradients else { return nil }
    let scale = step.lossScale ?? 1
    var notes = [
      ("halfway.policy", twin.policy.name), ("halfway.direction", "backward"),
      ("halfway.skipped", String(step.skipped)),
    ]
    if let scale = step.lossScale { notes.append(("halfway.loss-scale", String(scale))) }
    let layers = twin.parameters.map {
      "\(JSONLiteral.string(name($0) + gradientSuffix)):\(JSONLiteral.string($0.layer))"
    }
    notes.append(("halfway.layers", "{\(layers.joined(separator: ","))}"))
    return HandedFile(
      "\(twin.policy.name)/\(step: number)",
      [StoredTensor(name: "loss", step.loss)]
        + zip(twin.parameters, gradients).reversed().map {
          StoredTensor(name: name($0) + gradientSuffix, $1, times: 1 / scale)
        }, step: number, notes: notes)
  }

  /// The weights of a twin after a step.
  static func weights(_ twin: Twin, step: Int) -> HandedFile {
    HandedFile(
      "\(twin.policy.name)/final.safetensors",
      zip(twin.parameters, twin.weights).map { StoredTensor(name: name($0), $1) }, step: step,
      notes: [("halfway.policy", twin.policy.name)])
  }

  private static let gradientSuffix = ".grad"

  static func name(_ parameter: Parameter) -> String {
    "\(parameter.layer).\(parameter.name)"
  }
}

extension DefaultStringInterpolation {
  /// The file of a step, so that names sort as steps do.
  fileprivate mutating func appendInterpolation(step: Int) {
    let digits = String(step)
    let zeros = String(repeating: "0", count: max(0, 6 - digits.count))
    appendInterpolation("step-\(zeros)\(digits).safetensors")
  }
}
