// SPDX-License-Identifier: Apache-2.0
import Measurements

/// Which format every value of a training step is rounded to, and in which arithmetic.
///
/// Sums run in ascending order of their index in every policy. The classes of operations follow
/// torch's CUDA autocast: matrix products and biases take `operands`; the activation follows its
/// input; the loss takes `loss`; the embedding follows the weights.
public struct Policy: Codable, Sendable, Hashable {
  /// The short name, such as `fp16-amp`.
  public var name: String
  /// The format of matrix operands, of biases as they are added, and of the results of both.
  public var operands: Precision
  /// The format that every partial sum of a matrix product or of a bias gradient is rounded to.
  public var accumulator: Precision
  /// The arithmetic inside elementwise operations: FP32 with one rounding at the output, or FP16
  /// with a rounding after every primitive.
  public var elementwise: Precision
  /// The format of the loss and of its gradient before it enters the backward pass.
  public var loss: Precision
  /// The format of the weights that the optimizer keeps.
  public var weights: Precision
  /// The format of the optimizer's state; its primitives are rounded to it.
  public var optimizer: Precision
  /// The dynamic loss scaling; nil for none.
  public var lossScaling: LossScaling?

  /// The policy that stores and computes everything in one format.
  public static func uniform(_ precision: Precision, name: String) -> Policy {
    Policy(
      name: name, operands: precision, accumulator: precision, elementwise: precision,
      loss: precision, weights: precision, optimizer: precision, lossScaling: nil)
  }

  /// Automatic mixed precision: narrow operands, everything else in FP32.
  static func mixed(
    _ operands: Precision, name: String, lossScaling: LossScaling?
  ) -> Policy {
    Policy(
      name: name, operands: operands, accumulator: .fp32, elementwise: .fp32, loss: .fp32,
      weights: .fp32, optimizer: .fp32, lossScaling: lossScaling)
  }
}

extension Policy {
  /// FP64 throughout: the reference.
  public static let fp64 = uniform(.fp64, name: "fp64")
  /// FP32 throughout.
  public static let fp32 = uniform(.fp32, name: "fp32")
  /// FP16 operands, FP32 accumulation and master weights, torch's dynamic loss scaling.
  public static let fp16AMP = mixed(.fp16, name: "fp16-amp", lossScaling: .torch)
  /// BF16 operands, FP32 accumulation and master weights, no loss scaling.
  public static let bf16AMP = mixed(.bf16, name: "bf16-amp", lossScaling: nil)
  /// FP16 throughout, accumulator and optimizer included, no loss scaling.
  public static let fp16Pure = uniform(.fp16, name: "fp16-pure")

  /// The named policies.
  public static let presets = [fp64, fp32, fp16AMP, bf16AMP, fp16Pure]

  /// The preset of a name, nil when there is none.
  public static func preset(named name: String) -> Policy? {
    presets.first { $0.name == name.lowercased() }
  }

  /// The policy in words.
  public var description: PolicyDescription {
    let isUniform = Set([operands, accumulator, weights, optimizer]).count == 1
    let scaling = lossScaling.map { $0.description }
    let formats =
      isUniform
      ? "\(operands.rawValue) throughout, every product and partial sum rounded to it"
      : "\(operands.rawValue) operands, \(accumulator.rawValue) accumulation and "
        + "\(weights.rawValue) master weights"
    return PolicyDescription(
      name: name,
      summary: formats + (scaling == nil ? ", no loss scaling" : ", dynamic loss scaling"),
      operands: operands.rawValue, accumulator: accumulator.rawValue, weights: weights.rawValue,
      optimizer: optimizer.rawValue, lossScaling: scaling)
  }
}
