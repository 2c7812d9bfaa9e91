// SPDX-License-Identifier: Apache-2.0
import Formats

extension Batch {
  /// FP32 to FP16 and BF16 under the default semantics, by shortcuts that a campaign has shown
  /// to give MPFR's results for all 2^32 inputs (`reports/verification/cast-exhaustive.json`); false,
  /// and nothing done, for other formats.
  static func nearestCast<A: Container, B: Container>(
    _ source: UnsafePointer<A>, _ from: Format, _ to: Format,
    _ results: UnsafeMutablePointer<B>, _ count: Int
  ) -> Bool {
    guard from == .fp32, A.self == UInt32.self, B.self == UInt16.self else { return false }
    let input = UnsafeRawPointer(source).assumingMemoryBound(to: UInt32.self)
    let output = UnsafeMutableRawPointer(results).assumingMemoryBound(to: UInt16.self)
    switch to {
    case .fp16: castToBinary16(input, output, count)
    case .bf16: castToBFloat16(input, output, count)
    default: return false
    }
    return true
  }

  /// The processor's own conversion; NaNs become the canonical one.
  @inline(never)
  private static func castToBinary16(
    _ source: UnsafePointer<UInt32>, _ results: UnsafeMutablePointer<UInt16>, _ count: Int
  ) {
    for i in 0..<count {
      let x = Float(bitPattern: source[i])
      let cast =
        Binary16Conversion.isInstruction ? Float16(x).bitPattern : Binary16Conversion.encoding(x)
      results[i] = select(source[i] & 0x7fff_ffff > 0x7f80_0000, 0x7e00, cast)
    }
  }

  /// Rounding on the encoding: half a unit less one, plus the last kept bit, carries exactly when
  /// nearest even goes up.
  @inline(never)
  private static func castToBFloat16(
    _ source: UnsafePointer<UInt32>, _ results: UnsafeMutablePointer<UInt16>, _ count: Int
  ) {
    for i in 0..<count {
      let x = source[i]
      let rounded = (x &+ 0x7fff &+ ((x &>> 16) & 1)) &>> 16
      let bits = select(x & 0x7fff_ffff > 0x7f80_0000, 0x7fc0, rounded)
      results[i] = UInt16(truncatingIfNeeded: bits)
    }
  }
}
