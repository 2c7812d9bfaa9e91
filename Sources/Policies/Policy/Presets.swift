// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

extension Policy {
  /// The policy that stores and computes everything in one format, with a rounding after every
  /// primitive and every partial sum.
  static func strict(_ arithmetic: ElementArithmetic, name: String) -> Policy {
    // A product of FP16 or BF16 operands is rounded before it is added, as a processor without a
    // fused instruction does; BLAS and FP64 fuse.
    let isNarrow = arithmetic == .fp16 || arithmetic == .bf16
    let accumulation = Accumulation(
      arithmetic.sumFormat, isNarrow ? .productThenSum : .fused)
    return Policy(
      name: name, rule: OperationRule(accumulation: accumulation, compute: arithmetic),
      weights: arithmetic.precision,
      optimizer: OptimizerRule(compute: arithmetic, state: arithmetic.precision))
  }

  /// The policy that stores everything in one format and computes in FP32 inside each operation, as
  /// a model converted to that format does on a GPU.
  static func stored(
    _ precision: Precision, name: String, update: WeightUpdate = .nearest
  ) -> Policy {
    Policy(
      name: name, rule: OperationRule(), weights: precision,
      optimizer: OptimizerRule(compute: .fp32, state: precision, update: update))
  }

  /// Automatic mixed precision by torch's CUDA lists: products in a narrow format, normalization of
  /// layers, upsampling and losses in FP32, everything else as its inputs come; master weights and
  /// optimizer in FP32.
  static func mixed(
    _ operands: Precision, name: String, lossScaling: LossScaling? = nil
  ) -> Policy {
    let low = OperationRule(operands: operands, output: operands)
    let full = OperationRule(operands: .fp32, output: .fp32)
    return Policy(
      name: name, rule: OperationRule(),
      classes: [
        .product: low, .convolution: low, .attention: low, .layerNormalization: full,
        .upsampling: full, .loss: full,
      ],
      weights: .fp32, optimizer: OptimizerRule(compute: .fp32, state: .fp32),
      lossScaling: lossScaling)
  }

  /// FP64 throughout: the reference.
  package static let fp64 = strict(.fp64, name: "fp64")
  /// MPFR throughout, at a precision in bits: a reference that tells FP64's own error.
  package static func mpfr(bits: Int) -> Policy { strict(.mpfr(bits: bits), name: "mpfr:\(bits)") }
  /// FP32 throughout.
  package static let fp32 = strict(.fp32, name: "fp32")
  /// FP32 with operands of products rounded to TF32.
  package static let tf32: Policy = {
    let product = OperationRule(
      operands: .format(.tf32), gradients: .format(.tf32), output: .fp32, gradientOutput: .fp32)
    var policy = fp32
    policy.name = "tf32"
    policy.classes = [.product: product, .convolution: product, .attention: product]
    return policy
  }()
  /// FP16 operands, FP32 accumulation and master weights, torch's dynamic loss scaling.
  package static let fp16AMP = mixed(.fp16, name: "fp16-amp", lossScaling: .torch)
  /// `fp16-amp` without loss scaling: what loss scaling does, beside it.
  package static let fp16Unscaled = mixed(.fp16, name: "fp16-unscaled")
  /// BF16 operands, FP32 accumulation and master weights, no loss scaling.
  package static let bf16AMP = mixed(.bf16, name: "bf16-amp")
  /// Apex's O2: everything in FP16 but batch normalization and loss, FP32 master weights, apex's
  /// dynamic loss scaling.
  package static let fp16O2: Policy = {
    let half = OperationRule(operands: .fp16, output: .fp16)
    let full = OperationRule(operands: .fp32, output: .fp32)
    return Policy(
      name: "fp16-o2", rule: half, classes: [.batchNormalization: full, .loss: full],
      weights: .fp32, optimizer: OptimizerRule(compute: .fp32, state: .fp32),
      lossScaling: .apex)
  }()
  /// A model converted to FP16 (apex's O3): weights and optimizer state too, no loss scaling.
  package static let fp16Pure = stored(.fp16, name: "fp16-pure")
  /// A model converted to BF16: weights and optimizer state too.
  package static let bf16Pure = stored(.bf16, name: "bf16-pure")
  /// `bf16-pure` with stochastic rounding of the weights.
  package static let bf16SR = stored(.bf16, name: "bf16-sr", update: .stochastic)
  /// `bf16-pure` with Kahan's summation of the weights.
  package static let bf16Kahan = stored(.bf16, name: "bf16-kahan", update: .kahan)
  /// FP8 products, E4M3 forward and E5M2 backward with a scale per tensor, inside `bf16-amp`.
  /// Biases are BF16's, as TransformerEngine (`module/linear.py`) and torchao (`float8_linear.py`)
  /// cast them, and their gradients are sums of the gradient before its cast.
  package static let fp8Hybrid: Policy = {
    let product = OperationRule(
      operands: .format(.e4m3), addends: .bf16, gradients: .format(.e5m2), scalesOperands: true,
      output: .bf16, gradientOutput: .bf16)
    var policy = mixed(.bf16, name: "fp8-hybrid")
    policy.classes[.product] = product
    policy.classes[.convolution] = product
    return policy
  }()
  /// FP16 after every primitive and every partial sum.
  package static let fp16Strict = strict(.fp16, name: "fp16-strict")
  /// BF16 after every primitive and every partial sum.
  package static let bf16Strict = strict(.bf16, name: "bf16-strict")

  /// The named policies.
  package static let presets = [
    fp64, fp32, tf32, fp16AMP, fp16Unscaled, bf16AMP, fp16O2, fp16Pure, bf16Pure, bf16SR, bf16Kahan,
    fp8Hybrid,
    fp16Strict, bf16Strict,
  ]

  /// The preset of a name, nil when there is none.
  package static func preset(named name: String) -> Policy? {
    presets.first { $0.name == name.lowercased() }
  }
}

extension ElementArithmetic {
  /// The format of sums in this arithmetic.
  fileprivate var sumFormat: Accumulation.SumFormat {
    switch self {
    case .fp16: .fp16
    case .bf16: .bf16
    case .fp32: .fp32
    // The sums of MPFR numbers have their precision, whatever is said here.
    case .fp64, .mpfr: .fp64
    }
  }
}
