// SPDX-License-Identifier: Apache-2.0
import Formats

/// One scale for a tensor that brings its largest magnitude to a format's largest number Ω: what
/// Transformer Engine calls current scaling.
struct TensorScale: Sendable {
  /// What elements are multiplied by: fl(Ω / max |x|) in FP32; 1 of a tensor of zeros, FP32's
  /// largest number where it is beyond that.
  let encode: Float
  /// fl(1 / `encode`), the scale that a tensor carries.
  let decode: Float

  init(_ format: Format, largest: Float, byPowerOfTwo: Bool) {
    let quotient = Float(bitPattern: ElementRounding(format).largest) / largest
    let bounded = largest == 0 ? 1 : min(quotient, Float.greatestFiniteMagnitude)
    encode =
      byPowerOfTwo ? Float(sign: .plus, exponent: Int(bounded.exponent), significand: 1) : bounded
    decode = 1 / encode
  }

  /// log2 of `decode` where that is a power of two.
  var exponent: Int { -Int(encode.exponent) }
}
