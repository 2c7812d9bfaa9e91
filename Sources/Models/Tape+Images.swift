// SPDX-License-Identifier: Apache-2.0
import Datasets
import Network

extension Tape {
  /// The images of a batch as the model's input, (B, C, H, W): in the format of the policy's
  /// weights, as a model converted to a narrow format wants its input.
  mutating func images(_ batch: Minibatch, _ shape: ImageShape) -> Index {
    let values = batch.images?.images ?? []
    let sizes = [batch.size, shape.channels, shape.height, shape.width]
    return input(
      policy.tensor(sizes, as: policy.weights, context) { Double(values[$0]) })
  }
}
