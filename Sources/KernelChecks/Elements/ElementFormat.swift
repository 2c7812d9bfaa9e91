// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// What a kernel's elements need of a format beside what `Format` has for at most 32 bits: FP64 is
/// among theirs, and encodings are held in 64 bits.
extension Format {
  /// IEEE 754 binary64, `fp64` by name.
  package static let fp64 = Oracle.binary64

  /// The format of a name such as `bf16` or `fp64`; nil of another.
  package init?(elementID id: String) {
    if id == "fp64" { self = .fp64 } else { self.init(id: id) }
  }

  /// The name of the format.
  package var elementID: String { self == .fp64 ? "fp64" : id }

  /// The last encoding, all of whose bits are set.
  package var lastEncoding: UInt64 { encodingCount &- 1 }

  /// The number of an encoding.
  package func number(_ encoding: UInt64) -> Double {
    self == .fp64
      ? Double(bitPattern: encoding) : value(of: UInt32(truncatingIfNeeded: encoding))
  }

  /// The number of an encoding in the fewest digits that tell it from its neighbours.
  package func text(of encoding: UInt64) -> String {
    self == .fp64
      ? "\(Double(bitPattern: encoding))" : shortestText(UInt32(truncatingIfNeeded: encoding))
  }

  /// Whether an encoding is a signaling NaN.
  func isSignaling(_ bits: UInt64) -> Bool {
    if self == .fp64 { return Double(bitPattern: bits).isSignalingNaN }
    let word = UInt32(truncatingIfNeeded: bits)
    return hasSignalingNaN && isNaN(word) && word >> UInt32(fractionBits - 1) & 1 == 0
  }

  /// The quiet NaN of a signaling one; every other encoding itself.
  func quieted(_ bits: UInt64) -> UInt64 {
    isSignaling(bits) ? bits | 1 << UInt64(fractionBits - 1) : bits
  }
}
