// SPDX-License-Identifier: Apache-2.0

/// What a kernel of arrays is to compute.
package enum ArrayOperation: String, Hashable, Sendable, Codable, CaseIterable {
  /// Σ x(k).
  case sum
  /// Σ x(k) y(k).
  case dot
  /// C = alpha A B + beta C'; A and B may be transposes.
  case matmul
  /// Cross-correlation of images with filters, zeros around (NCHW, OIHW).
  case convolution = "conv2d"
  /// exp(x(i)) / Σ exp(x(k)), of each row.
  case softmax
  /// x(i) - log Σ exp(x(k)), of each row.
  case logSoftmax = "log-softmax"
  /// log Σ exp(x(k)), of each row.
  case logSumExp = "logsumexp"
  /// log Σ exp(x(k)) - x(label), of each row.
  case crossEntropy = "cross-entropy"
  /// (x(i) - mean) / √(variance + epsilon) weight(i) + bias(i), of each row.
  case layerNorm = "layer-norm"
  /// x(i) / √(mean square + epsilon) weight(i), of each row.
  case rmsNorm = "rms-norm"
  /// softmax(scale Q Kᵀ) V, of each head.
  case attention

  /// The numbers of a shape `AxBxC`, in order.
  package var sizeNames: [String] {
    switch self {
    case .sum, .dot: ["n"]
    case .matmul: ["m", "n", "k"]
    case .convolution:
      [
        "batch", "channels", "height", "width", "filters", "kernel-height", "kernel-width",
        "stride", "padding",
      ]
    case .softmax, .logSoftmax, .logSumExp, .crossEntropy, .layerNorm, .rmsNorm:
      ["rows", "columns"]
    case .attention: ["heads", "queries", "keys", "width"]
    }
  }

  /// Whether every result is one sum of products, so that integers have exact results in any order.
  package var isLinear: Bool {
    switch self {
    case .sum, .dot, .matmul, .convolution: true
    default: false
    }
  }

  /// Names that libraries use.
  private static let synonyms: [String: ArrayOperation] = [
    "gemm": .matmul, "sgemm": .matmul, "hgemm": .matmul, "bgemm": .matmul, "mm": .matmul,
    "bmm": .matmul, "reducesum": .sum, "inner": .dot, "sdot": .dot, "vdot": .dot,
    "conv": .convolution, "convolution": .convolution, "lse": .logSumExp,
    "layernormalization": .layerNorm, "rmsnormalization": .rmsNorm,
    "scaleddotproductattention": .attention, "sdpa": .attention, "flashattention": .attention,
  ]

  /// The operation of a name, letter case, hyphens and underscores ignored.
  package init?(name: String) {
    let plain = KernelNames.plain(name)
    guard
      let known = Self.allCases.first(where: { KernelNames.plain($0.rawValue) == plain })
        ?? Self.synonyms[plain]
    else { return nil }
    self = known
  }
}
