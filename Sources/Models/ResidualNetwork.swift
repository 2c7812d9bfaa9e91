// SPDX-License-Identifier: Apache-2.0
import Datasets
import Network

/// A classifier of images: a small residual network (He et al., "Deep residual learning for image
/// recognition", 2016).
///
/// A 3 × 3 convolution of stride 2, then stages of residual blocks, the first block of each stage
/// but the first halving rows and columns, then the mean of every plane and a linear layer. A block
/// is ReLU(F(x) + x), F two 3 × 3 convolutions with batch normalization and a ReLU between; where
/// the sizes change, x passes a 1 × 1 convolution and its normalization.
struct ResidualNetwork: Model, Hashable {
  /// The sizes of an image.
  var shape: ImageShape
  /// The number of classes.
  var classes: Int
  /// The channels of each stage.
  var widths = [16, 32, 64]
  /// The blocks of a stage.
  var blocks = 2
  /// The choices that concern normalization and loss.
  var layers = LayerChoices()

  /// The name on the command line.
  static let name = "cnn"

  /// The model in words.
  var architecture: String {
    "residual network, stem of stride 2, \(blocks) blocks of each of "
      + "\(widths.map(String.init).joined(separator: ", ")) channels, batch normalization, "
      + "\(classes) classes" + layers.words
  }

  /// A block with its sizes.
  private struct Block {
    let layer: String
    let inputs: Int
    let outputs: Int
    let stride: Int
    var isResized: Bool { inputs != outputs || stride != 1 }
  }

  private var allBlocks: [Block] {
    widths.indices.flatMap { stage in
      (0..<blocks).map { block in
        let isFirst = block == 0
        return Block(
          layer: "stage\(stage + 1).block\(block + 1)",
          inputs: isFirst ? widths[max(stage - 1, 0)] : widths[stage], outputs: widths[stage],
          stride: isFirst && stage > 0 ? 2 : 1)
      }
    }
  }

  /// The parameters, layer by layer.
  var parameters: [Parameter] {
    let inner = allBlocks.flatMap { block in
      Parameter.normalizedConvolution("\(block.layer).conv1", block.inputs, block.outputs)
        + Parameter.normalizedConvolution("\(block.layer).conv2", block.outputs, block.outputs)
        + (block.isResized
          ? Parameter.convolution("\(block.layer).shortcut", block.inputs, block.outputs, size: 1)
            + Parameter.normalization("\(block.layer).shortcut.norm", block.outputs)
          : [])
    }
    return Parameter.normalizedConvolution("stem", shape.channels, widths[0]) + inner
      + Parameter.linear("output", widths[widths.count - 1], classes)
  }

  /// The logits, shape (B, classes).
  func predict(_ batch: Minibatch, _ tape: inout Tape) -> Tape.Index {
    let epsilon = layers.epsilon
    var x = tape.normalizedConvolution(
      tape.images(batch, shape), "stem", stride: 2, epsilon: epsilon)
    for block in allBlocks {
      let layer = block.layer
      let inner = tape.normalizedConvolution(
        x, "\(layer).conv1", stride: block.stride, epsilon: epsilon)
      let y = tape.batchNormalization(
        tape.convolution(inner, "\(layer).conv2"), "\(layer).conv2.norm", epsilon: epsilon)
      if block.isResized {
        x = tape.convolution(x, "\(layer).shortcut", size: 1, stride: block.stride)
        x = tape.batchNormalization(x, "\(layer).shortcut.norm", epsilon: epsilon)
      }
      x = tape.activation(.relu, tape.add(y, x, layer), layer)
    }
    return tape.linear(tape.globalAverage(x, "output"), "output")
  }

  /// The mean cross-entropy of the images' classes.
  func loss(
    _ prediction: Tape.Index, _ batch: Minibatch, _ tape: inout Tape
  ) -> Tape.Index {
    tape.crossEntropy(prediction, batch.targets, smoothing: layers.labelSmoothing)
  }
}
