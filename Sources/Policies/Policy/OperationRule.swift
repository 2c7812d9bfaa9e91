// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// What operations have in common for a policy: the classes of torch's autocast lists.
package enum OperationClass: String, Codable, Sendable, Hashable, CaseIterable {
  /// Linear layers, matrix products and recurrent cells.
  case product
  /// Convolutions.
  case convolution
  /// Scaled dot-product attention.
  case attention
  /// Activations, sums of values, dropout, and whatever else follows its inputs.
  case elementwise
  /// Layer normalization.
  case layerNormalization
  /// Batch normalization.
  case batchNormalization
  /// Pooling.
  case pooling
  /// Upsampling.
  case upsampling
  /// Rows of a table.
  case embedding
  /// Losses.
  case loss
}

/// The arithmetic inside an elementwise operation, a reduction or an optimizer.
package enum ElementArithmetic: Sendable, Hashable {
  /// FP16, each primitive rounded.
  case fp16
  /// BF16, each primitive rounded.
  case bf16
  /// FP32, as processors and GPUs compute inside an operation; one rounding at its output.
  case fp32
  /// FP64.
  case fp64
  /// MPFR at a precision in bits.
  case mpfr(bits: Int)

  /// The format of its results.
  package var precision: Precision {
    switch self {
    case .fp16: .fp16
    case .bf16: .bf16
    case .fp32: .fp32
    case .fp64: .fp64
    case .mpfr(let bits): .mpfr(bits: bits)
    }
  }

  /// The arithmetic that computes with no more bits than the type that holds a tensor's values.
  package var ofHeldType: ElementArithmetic {
    switch self {
    case .fp16, .bf16, .fp32: .fp32
    case .fp64, .mpfr: self
    }
  }

  /// The arithmetic of a precision's numbers; nil for a format without one.
  package init?(_ precision: Precision) {
    switch precision {
    case .fp16: self = .fp16
    case .bf16: self = .bf16
    case .fp32: self = .fp32
    case .fp64: self = .fp64
    case .mpfr(let bits): self = .mpfr(bits: bits)
    case .format: return nil
    }
  }
}

extension ElementArithmetic: Codable {
  /// The arithmetic whose precision's short name the decoder holds.
  package init(from decoder: any Decoder) throws {
    let precision = try Precision(from: decoder)
    guard let arithmetic = ElementArithmetic(precision) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription:
            "'\(precision)' is no arithmetic; fp16, bf16, fp32, fp64 and mpfr:<bits> are"))
    }
    self = arithmetic
  }

  /// Encodes the short name of its precision.
  package func encode(to encoder: any Encoder) throws { try precision.encode(to: encoder) }
}

/// How the operations of a class compute: what they read, in which arithmetic and order they sum,
/// and what they write.
package struct OperationRule: Codable, Sendable, Hashable {
  /// The format that inputs are cast to; nil: as they come.
  package var operands: Precision?
  /// The format that inputs which are only added, biases, are cast to, without a scale; nil: the
  /// output's where operands are cast, otherwise as they come.
  package var addends: Precision?
  /// The format that the gradient of the output is cast to before the backward pass; nil: as it
  /// comes.
  package var gradients: Precision?
  /// Whether operands are multiplied by a power of two before their cast, and divided by it after
  /// the operation, so that the largest magnitude of a tensor lies in the format's last binade.
  package var scalesOperands: Bool
  /// The sums of matrix products and convolutions.
  package var accumulation: Accumulation
  /// The keys that attention takes at a time, as FlashAttention does; nil: whole rows of scores.
  package var attentionTile: Int?
  /// The arithmetic of everything else.
  package var compute: ElementArithmetic
  /// The sums of reductions; nil: in that arithmetic, interleaved or ascending as each operation
  /// has it.
  package var reduction: ReductionRule?
  /// The format of the result; nil: what the operands promote to.
  package var output: Precision?
  /// The format of an operand's gradient; nil: the operand's.
  package var gradientOutput: Precision?
  /// The rounding of results to their format.
  package var rounding: Rounding
  /// What happens to subnormal results.
  package var subnormals: SubnormalMode

  /// The tiles of attention that a rule may name.
  package static let attentionTiles = 1...65_536

  /// The rule; as it comes in, FP32 inside, nearest even where nothing else is said.
  package init(
    operands: Precision? = nil, addends: Precision? = nil, gradients: Precision? = nil,
    scalesOperands: Bool = false, accumulation: Accumulation = Accumulation(.fp32),
    attentionTile: Int? = nil,
    compute: ElementArithmetic = .fp32, output: Precision? = nil, gradientOutput: Precision? = nil,
    rounding: Rounding = .nearestEven, subnormals: SubnormalMode = .gradual
  ) {
    self.operands = operands
    self.addends = addends
    self.gradients = gradients
    self.scalesOperands = scalesOperands
    self.accumulation = accumulation
    self.attentionTile = attentionTile
    self.compute = compute
    self.output = output
    self.gradientOutput = gradientOutput
    self.rounding = rounding
    self.subnormals = subnormals
  }

  /// The format that biases are cast to; nil: as they come.
  package var addendFormat: Precision? { addends ?? operands.map { output ?? $0 } }
}
