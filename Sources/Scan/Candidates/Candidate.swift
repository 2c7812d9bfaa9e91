// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import TensorFiles

/// A format that a tensor might be stored in, with the rule of its scales.
package enum Candidate: Sendable, Hashable {
  /// A format as it is: a number beyond its range becomes an infinity or a NaN.
  case plain(Format)
  /// A format under one scale for each tensor that brings the largest magnitude to the format's
  /// largest number: that scale in FP32, or the next power of two below it.
  case scaled(Format, byPowerOfTwo: Bool)
  /// A format of blocks.
  case block(BlockFormat)

  /// What follows an id of a format under a scale for each tensor.
  private static let exactSuffix = "-amax"
  private static let powerSuffix = "-pow2"

  /// The short name: `fp16`, `e4m3-amax`, `e4m3-pow2`, `mxfp4`.
  package var id: String {
    switch self {
    case .plain(let format): format.id
    case .scaled(let format, let byPowerOfTwo):
      format.id + (byPowerOfTwo ? Self.powerSuffix : Self.exactSuffix)
    case .block(let format): format.id
    }
  }

  /// The candidate of a short name; nil where it names none.
  package init?(id: String) {
    let id = id.lowercased()
    if let block = BlockFormat.named.first(where: { $0.id == id }) {
      self = .block(block)
      return
    }
    for (suffix, isPower) in [(Self.exactSuffix, false), (Self.powerSuffix, true)]
    where id.hasSuffix(suffix) {
      guard let format = Format(id: String(id.dropLast(suffix.count))), !format.isScale,
        format.maxExponent < Format.fp32.maxExponent, format.fractionBits < Self.directFraction
      else { return nil }
      self = .scaled(format, byPowerOfTwo: isPower)
      return
    }
    guard let format = Format(id: id), !format.isScale else { return nil }
    self = .plain(format)
  }

  /// From so many fraction bits on a rounding is not told by an element's bin.
  static let directFraction = 8

  /// The format of an element.
  package var element: Format {
    switch self {
    case .plain(let format), .scaled(let format, _): format
    case .block(let format): format.element
    }
  }

  /// The bits of an element with its part of a block's scale; the one scale of a tensor is left out.
  package var bits: Double {
    switch self {
    case .plain(let format), .scaled(let format, _): Double(format.bitWidth)
    case .block(let format): format.bitsPerElement
    }
  }

  /// What is asked of every tensor by default.
  package static let standard: [Candidate] =
    [.plain(.fp16), .plain(.bf16)]
    + [Format.e5m2, .e4m3].flatMap { [.plain($0), .scaled($0, byPowerOfTwo: true)] }
    + [.scaled(.e4m3, byPowerOfTwo: false)] + BlockFormat.named.map(Candidate.block)

  /// The names that a list of candidates may have, beside those of custom formats.
  package static let known: [String] =
    Format.named.filter { !$0.format.isScale }.map(\.id)
    + [Format.fp16, .e5m2, .e4m3, .e3m2, .e2m3, .e2m1].flatMap { format in
      format.fractionBits < directFraction
        ? [format.id + exactSuffix, format.id + powerSuffix] : []
    } + BlockFormat.named.map(\.id)
}
