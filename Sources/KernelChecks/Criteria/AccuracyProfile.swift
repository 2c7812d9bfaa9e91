// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// A published table of the errors that a function may have.
package enum AccuracyProfile: String, Hashable, Sendable, CaseIterable {
  /// The full profile of OpenCL C 3.0, section 7.4, "Relative Error as ULPs", with half precision's
  /// division, square root and tangent as they were relaxed in 2025 and 2026. That an overflow
  /// within the error is permitted there is not taken over.
  case openclFull = "opencl-full"
  /// The embedded profile of the same section.
  case openclEmbedded = "opencl-embedded"
  /// `torch.testing.assert_close` without tolerances of one's own (PyTorch 2.x, `_comparison.py`).
  case torch

  /// What the table allows; nil where it says nothing.
  func limit(_ function: ElementFunction, _ format: Format) -> ErrorLimit? {
    switch self {
    case .openclFull, .openclEmbedded:
      guard let ulps = Self.openCL(function)?.limit(format, isEmbedded: self == .openclEmbedded)
      else { return nil }
      return ulps == 0 ? .nearest : .ulps(ulps)
    case .torch:
      switch format {
      case .fp16: return .tolerance(ErrorTolerance(relative: 1e-3, absolute: 1e-5, format))
      case .bf16: return .tolerance(ErrorTolerance(relative: 1.6e-2, absolute: 1e-5, format))
      case .fp32: return .tolerance(ErrorTolerance(relative: 1.3e-6, absolute: 1e-5, format))
      case .fp64: return .tolerance(ErrorTolerance(relative: 1e-7, absolute: 1e-7, format))
      default: return nil
      }
    }
  }

  /// A row of OpenCL's table [ulp]; 0 where the result has to be the nearest.
  private struct Row {
    var full32: Double
    var embedded32: Double
    var full16: Double
    var embedded16: Double
    var full64: Double

    init(
      _ full32: Double, _ embedded32: Double, half full16: Double, _ embedded16: Double,
      double full64: Double
    ) {
      (self.full32, self.embedded32) = (full32, embedded32)
      (self.full16, self.embedded16, self.full64) = (full16, embedded16, full64)
    }

    static let nearest = Row(0, 0, half: 0, 0, double: 0)

    func limit(_ format: Format, isEmbedded: Bool) -> Double? {
      switch format {
      case .fp32: isEmbedded ? embedded32 : full32
      case .fp16: isEmbedded ? embedded16 : full16
      case .fp64: isEmbedded ? nil : full64
      default: nil
      }
    }
  }

  private static func openCL(_ function: ElementFunction) -> Row? {
    switch function {
    case .arithmetic(.div): Row(2.5, 3, half: 1, 1, double: 0)
    case .arithmetic(.sqrt): Row(3, 4, half: 1.5, 1.5, double: 0)
    case .arithmetic, .integral: .nearest
    case .real(let function): openCL(function)
    }
  }

  private static func openCL(_ function: RealFunction) -> Row? {
    switch function {
    case .fmod: .nearest
    case .rsqrt: Row(2, 4, half: 1, 1, double: 2)
    case .exp, .exp2, .exp10, .expm1, .log, .log2, .log10:
      Row(3, 4, half: 2, 3, double: 3)
    case .log1p: Row(2, 4, half: 2, 3, double: 2)
    case .sin, .cos: Row(4, 4, half: 2, 2, double: 4)
    case .tan: Row(5, 5, half: 2.5, 3, double: 5)
    case .sinpi, .cospi: Row(4, 4, half: 2, 2, double: 4)
    case .tanpi: Row(6, 6, half: 2, 3, double: 6)
    case .asin, .acos, .asinh, .acosh: Row(4, 4, half: 2, 3, double: 4)
    case .atan, .atanh, .asinpi, .acospi, .atanpi: Row(5, 5, half: 2, 3, double: 5)
    case .atan2: Row(6, 6, half: 2, 3, double: 6)
    case .reciprocal: Row(2.5, 3, half: 1, 1, double: 0)
    case .sinh, .cosh: Row(4, 4, half: 2, 3, double: 4)
    case .tanh: Row(5, 5, half: 2, 3, double: 5)
    case .cbrt: Row(2, 4, half: 2, 2, double: 2)
    case .pow: Row(16, 16, half: 4, 5, double: 16)
    case .erf, .erfc, .gamma: Row(16, 16, half: 4, 4, double: 16)
    case .hypot: Row(4, 4, half: 2, 3, double: 4)
    default: nil
    }
  }
}
