// SPDX-License-Identifier: Apache-2.0
import Formats

/// A format that a training step stores or computes values in.
public enum Precision: String, Codable, Sendable, Hashable, CaseIterable {
  case fp16, bf16, fp32, fp64

  /// The format of the arithmetic; nil for FP64, which is a reference and not a subject.
  public var format: Format? {
    switch self {
    case .fp16: .fp16
    case .bf16: .bf16
    case .fp32: .fp32
    case .fp64: nil
    }
  }
}
