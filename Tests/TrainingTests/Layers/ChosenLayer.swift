// SPDX-License-Identifier: Apache-2.0
@testable import Network
@testable import Policies

/// The layers and losses among which a model chooses, with small odd sizes.
enum ChosenLayer {
  static let targets = [2, 0, 3, 2, 1, 2, 0]

  /// Named as Experiments/peers/pytorch/layers.py names them, with its sizes.
  static let all: [PrimitiveCase] = [
    PrimitiveCase("rms-norm", RMSNormalization(epsilon: 1e-3), [[3, 5], [5]]),
    PrimitiveCase("silu", Activation(function: .silu), [[23]]),
    PrimitiveCase("rotary", RotaryPositions(heads: 3, size: 4), [[2, 5, 16]]),
    PrimitiveCase("grouped attention", GroupedAttention(heads: 4, groups: 2), [[2, 4, 24]]),
    PrimitiveCase(
      "label smoothing", SoftmaxCrossEntropy(targets: targets, smoothing: 0.1), [[7, 4]]),
    PrimitiveCase("dice", DiceLoss(targets: targets), [[7, 4]]),
    PrimitiveCase("layer-norm", LayerNormalization(epsilon: 1e-3), [[3, 5], [5], [5]]),
  ]

  /// The same with sizes that engage several threads.
  static let large: [PrimitiveCase] = [
    PrimitiveCase("rms-norm", RMSNormalization(), [[64, 8, 96], [96]]),
    PrimitiveCase("silu", Activation(function: .silu), [[1 << 15]]),
    PrimitiveCase("rotary", RotaryPositions(heads: 6, size: 16), [[8, 32, 128]]),
    PrimitiveCase("repeated", RepeatedHeads(heads: 8, groups: 2), [[8, 32, 192]]),
    PrimitiveCase(
      "label smoothing",
      SoftmaxCrossEntropy(targets: (0..<2048).map { $0 % 40 }, smoothing: 0.1), [[2048, 40]]),
    PrimitiveCase("dice", DiceLoss(targets: (0..<8192).map { $0 * 7 % 5 }), [[8, 1024, 5]]),
  ]
}

/// Repeated keys and values and the attention that reads them, as one operation.
struct GroupedAttention: Primitive {
  let heads: Int
  let groups: Int
  var operation: String { "grouped-attention" }
  var operationClass: OperationClass { .attention }
  private var repetition: RepeatedHeads { RepeatedHeads(heads: heads, groups: groups) }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let wide = repetition.forward(inputs, kernel).output
    let result = Attention(heads: heads).forward([wide], kernel)
    return ForwardResult(output: result.output, saved: result.saved + [wide])
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let inner = ForwardPass(
      inputs: [pass.saved[1]], output: pass.output, saved: [pass.saved[0]], needsGradient: [true])
    let wide = Attention(heads: heads).backward(gradient, inner, kernel)[0]
    return wide.map { repetition.backward($0, pass, kernel) } ?? [nil]
  }
}
