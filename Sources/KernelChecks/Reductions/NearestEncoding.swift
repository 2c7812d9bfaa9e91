// SPDX-License-Identifier: Apache-2.0
import Formats

extension Format {
  /// The encoding next to a number, ties to even.
  func nearest(_ x: Double) -> UInt32 {
    ExactReduction(high: x, low: 0, magnitudes: 0).rounded(to: self) ?? 0
  }

  /// The same in 64 bits, of FP64 too.
  func encoding(nearest x: Double) -> UInt64 {
    switch self {
    case .fp64: x.bitPattern
    // As many as an exhaustive check has.
    case .fp32: UInt64(Float(x).bitPattern)
    default: UInt64(nearest(x))
    }
  }
}
