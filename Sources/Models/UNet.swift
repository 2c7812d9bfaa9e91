// SPDX-License-Identifier: Apache-2.0
import Datasets
import Network

/// A classifier of pixels: a U-Net (Ronneberger, Fischer and Brox, 2015) with padded convolutions
/// and batch normalization.
///
/// At each level two 3 × 3 convolutions with normalization and ReLU; a maximum over 2 × 2 pixels
/// leads down. On the way up the values below are doubled in rows and columns, the level's own are
/// put before them, and two convolutions follow. A 1 × 1 convolution gives the logits.
struct UNet: Model, Hashable {
  /// The sizes of an image; rows and columns are multiples of 2^(levels - 1).
  var shape: ImageShape
  /// The number of classes of a pixel, the background included.
  var classes: Int
  /// The channels of each level, from the top.
  var widths = [8, 16, 32]
  /// The choices that concern normalization and loss.
  var layers = LayerChoices()

  /// The name on the command line.
  static let name = "unet"

  /// The model in words.
  var architecture: String {
    "U-Net of \(widths.map(String.init).joined(separator: ", ")) channels, batch normalization, "
      + "\(classes) classes of a pixel" + layers.words
  }

  var lossUnit: String { layers.loss == .dice ? "1" : "nat" }

  /// What rows and columns have to be a multiple of.
  var divisor: Int { 1 << (widths.count - 1) }

  /// The parameters, down and then up.
  var parameters: [Parameter] {
    func pair(_ layer: String, _ inputs: Int, _ outputs: Int) -> [Parameter] {
      Parameter.normalizedConvolution("\(layer).conv1", inputs, outputs)
        + Parameter.normalizedConvolution("\(layer).conv2", outputs, outputs)
    }
    let down = widths.indices.flatMap {
      pair("down\($0 + 1)", $0 == 0 ? shape.channels : widths[$0 - 1], widths[$0])
    }
    let up = widths.indices.dropLast().reversed().flatMap {
      pair("up\($0 + 1)", widths[$0] + widths[$0 + 1], widths[$0])
    }
    return down + up + Parameter.convolution("output", widths[0], classes, size: 1, bias: true)
  }

  /// The logits, shape (B, H, W, classes).
  func predict(_ batch: Minibatch, _ tape: inout Tape) -> Tape.Index {
    func pair(_ x: Tape.Index, _ layer: String, _ tape: inout Tape) -> Tape.Index {
      tape.normalizedConvolution(
        tape.normalizedConvolution(x, "\(layer).conv1", epsilon: layers.epsilon),
        "\(layer).conv2", epsilon: layers.epsilon)
    }
    var x = tape.images(batch, shape)
    var levels: [Tape.Index] = []
    for level in widths.indices {
      if level > 0 { x = tape.maxPool(x, size: 2, "down\(level + 1)") }
      x = pair(x, "down\(level + 1)", &tape)
      levels.append(x)
    }
    for level in widths.indices.dropLast().reversed() {
      let layer = "up\(level + 1)"
      x = pair(tape.concatenate(levels[level], tape.upsample(x, layer), layer), layer, &tape)
    }
    return tape.channelsLast(tape.convolution(x, "output", size: 1, bias: true), "output")
  }

  /// The mean cross-entropy of the pixels' classes, or the classes' Dice loss.
  func loss(
    _ prediction: Tape.Index, _ batch: Minibatch, _ tape: inout Tape
  ) -> Tape.Index {
    switch layers.loss {
    case .crossEntropy:
      tape.crossEntropy(prediction, batch.targets, smoothing: layers.labelSmoothing)
    case .dice: tape.dice(prediction, batch.targets)
    }
  }
}
