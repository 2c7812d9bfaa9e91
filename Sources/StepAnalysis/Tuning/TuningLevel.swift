// SPDX-License-Identifier: Apache-2.0
import Costs
import Formats
import Policies

/// How precisely an operation of a layer computes: the formats that a tuner chooses among.
package enum TuningLevel: String, Codable, Sendable, Hashable, CaseIterable {
  /// FP32 throughout.
  case fp32
  /// Products of operands that are rounded to TF32, kept in FP32.
  case tf32
  /// Operands and results in FP16, sums in FP32.
  case fp16
  /// Operands and results in BF16, sums in FP32.
  case bf16
  /// Products of FP8: E4M3 forward, E5M2 backward, a scale for each tensor; results in BF16.
  case fp8

  /// The arithmetic that multiplies.
  package var kind: ArithmeticKind {
    switch self {
    case .fp32: .fp32
    case .tf32: .tf32
    case .fp16: .fp16
    case .bf16: .bf16
    case .fp8: .fp8
    }
  }

  /// Half the distance from 1 to the next number of the operands' format.
  package var roundoff: Double {
    switch self {
    case .fp32: 0x1p-24
    case .tf32, .fp16: 0x1p-11
    case .bf16: 0x1p-8
    case .fp8: 0x1p-4
    }
  }

  /// Whether operations of a class can have it: matrix units of FP8 and TF32 multiply matrices, and
  /// attention's probabilities in FP8 would want scales of their own.
  package func serves(_ operation: OperationClass) -> Bool {
    switch self {
    case .fp32, .fp16, .bf16: true
    case .tf32: OperationClass.summing.contains(operation)
    case .fp8: operation == .product || operation == .convolution
    }
  }

  /// The format of what is kept at this level.
  var kept: Precision {
    switch self {
    case .fp32, .tf32: .fp32
    case .fp16: .fp16
    case .bf16, .fp8: .bf16
    }
  }

  /// The rule of an operation.
  package var rule: OperationRule {
    switch self {
    case .fp32: OperationRule(operands: .fp32, output: .fp32)
    case .tf32:
      OperationRule(
        operands: .format(.tf32), gradients: .format(.tf32), output: .fp32, gradientOutput: .fp32)
    case .fp16: OperationRule(operands: .fp16, output: .fp16)
    case .bf16: OperationRule(operands: .bf16, output: .bf16)
    case .fp8:
      OperationRule(
        operands: .format(.e4m3), addends: .bf16, gradients: .format(.e5m2), scalesOperands: true,
        output: .bf16, gradientOutput: .bf16)
    }
  }
}

extension Precision {
  /// The kind of arithmetic that tables have of the format; nil where they have none.
  package var arithmeticKind: ArithmeticKind? {
    switch self {
    case .fp64: .fp64
    case .fp32: .fp32
    case .fp16: .fp16
    case .bf16: .bf16
    case .format(.tf32): .tf32
    case .format(.e4m3), .format(.e5m2): .fp8
    default: nil
    }
  }
}
