// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// A published table of the errors that a function may have.
package enum AccuracyProfile: String, Hashable, Sendable, CaseIterable {
  /// The full profile of OpenCL C 3.0, section 7.4, "Relative Error as ULPs".
  case openclFull = "opencl-full"
  /// The embedded profile of the same section.
  case openclEmbedded = "opencl-embedded"

  /// The largest error [ulp]; 0 where the result has to be the nearest; nil where the table says
  /// nothing.
  func limit(_ function: RealFunction, _ format: Format) -> Double? {
    let row: (full32: Double, embedded32: Double, full16: Double, embedded16: Double)?
    switch function {
    case .rsqrt: row = (2, 4, 1, 1)
    case .exp, .exp2, .exp10, .expm1, .log, .log2, .log10: row = (3, 4, 2, 3)
    case .log1p: row = (2, 4, 2, 3)
    case .sin, .cos: row = (4, 4, 2, 2)
    case .tan: row = (5, 5, 2.5, 3)
    case .asin, .acos: row = (4, 4, 2, 3)
    case .atan: row = (5, 5, 2, 3)
    case .sinh, .cosh: row = (4, 4, 2, 3)
    case .tanh: row = (5, 5, 2, 3)
    case .cbrt: row = (2, 4, 2, 2)
    case .pow: row = (16, 16, 4, 5)
    case .erf, .erfc: row = (16, 16, 4, 4)
    case .hypot: row = (4, 4, 2, 3)
    default: row = nil
    }
    guard let row else { return nil }
    switch (format, self) {
    case (.fp32, .openclFull): return row.full32
    case (.fp32, .openclEmbedded): return row.embedded32
    case (.fp16, .openclFull): return row.full16
    case (.fp16, .openclEmbedded): return row.embedded16
    default: return nil
    }
  }
}
