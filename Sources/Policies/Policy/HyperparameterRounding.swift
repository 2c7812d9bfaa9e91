// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// How an optimizer's constants, which are FP64 numbers of the experiment, are rounded.
package enum HyperparameterRounding: Sendable, Hashable {
  /// As torch's CPU code: the factor of an addition `add(g, alpha=)`, which are SGD's rate and a
  /// weight decay that is added to the gradient, and Adam's ε are rounded to FP32 and then to the
  /// format of the tensor that they are added to; all others to the optimizer's arithmetic.
  case torch
  /// All to the optimizer's arithmetic, as torch's CUDA code does by its source.
  case compute
  /// The learning rate, β₁, β₂, ε, momentum and weight decay to a format, and what is derived from
  /// them, such as 1 - β₂ and 1 - β₂ᵗ, from the rounded ones: a framework whose constants are
  /// tensors of the weights' format.
  case format(Format)

  /// The names of those that are no format.
  package static let names = ["torch", "compute"]

  /// The rounding of a short name; nil for any other text.
  package init?(id: String) {
    switch id.lowercased() {
    case "torch": self = .torch
    case "compute": self = .compute
    default:
      guard case .format(let format)? = Precision(id: id) else { return nil }
      self = .format(format)
    }
  }

  /// A constant of the experiment as the twin reads it.
  package func rounded(_ x: Double) -> Double {
    guard case .format(let format) = self else { return x }
    return Precision.format(format).rounded(x)
  }

  /// An optimizer whose constants are rounded; the learning rate's schedule is applied before its
  /// rounding.
  package func rounded(_ optimizer: Optimizer) -> Optimizer {
    var result = optimizer
    for field in [\Optimizer.momentum, \.beta1, \.beta2, \.epsilon, \.weightDecay] {
      result[keyPath: field] = rounded(result[keyPath: field])
    }
    return result
  }
}

extension Precision {
  /// x rounded to FP32 and then to a format, nearest even; x itself for FP64 and MPFR.
  package func rounded(_ x: Double) -> Double {
    guard let format else { return x }
    var single = Float(x)
    withUnsafeMutablePointer(to: &single) {
      TensorKernels.round(UnsafeMutableBufferPointer(start: $0, count: 1), to: format)
    }
    return Double(single)
  }
}

extension HyperparameterRounding: Codable, CustomStringConvertible {
  /// The short name.
  package var description: String {
    switch self {
    case .torch: "torch"
    case .compute: "compute"
    case .format(let format): format.id
    }
  }

  /// The rounding whose short name the decoder holds.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let id = try container.decode(String.self)
    guard let rounding = HyperparameterRounding(id: id) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(id)' rounds no hyperparameter")
    }
    self = rounding
  }

  /// Encodes the short name.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
