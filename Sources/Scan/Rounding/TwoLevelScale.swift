// SPDX-License-Identifier: Apache-2.0
import Formats

/// NVFP4's scales, every step of them in FP32: "Pretraining Large Language Models with NVFP4",
/// arXiv:2509.25149, appendix C.
struct TwoLevelScale: Sendable {
  /// Ω_S Ω_P / max |V| of the tensor, what it is multiplied by; FP32's largest number where that is
  /// beyond it, 1 of a tensor of zeros.
  let encode: Float
  /// 1 / `encode`, the scale that the tensor carries.
  let decode: Float

  private let elementLargest: Float
  private let scaleRounding: ElementRounding

  /// The scales of a tensor with this largest magnitude.
  init(_ format: BlockFormat, largest: Float) {
    let scale = ElementRounding(format.scale)
    elementLargest = Float(bitPattern: ElementRounding(format.element).largest)
    scaleRounding = scale
    let quotient = Float(bitPattern: scale.largest) * elementLargest / largest
    encode = largest == 0 ? 1 : min(quotient, .greatestFiniteMagnitude)
    decode = 1 / encode
  }

  /// The scale of a block with this largest magnitude, as a number of the scale's format, and what
  /// its elements are multiplied by on the way in and on the way out: both zero where the scale has
  /// become zero.
  func block(largest: Float) -> (scale: Float, encode: Float, decode: Float) {
    let wanted = largest / elementLargest * encode
    let scale = Float(bitPattern: scaleRounding.rounded(wanted.bitPattern))
    guard scale > 0 else { return (0, 0, 0) }
    let product = scale * decode
    return (scale, min(1 / product, .greatestFiniteMagnitude), product)
  }
}
