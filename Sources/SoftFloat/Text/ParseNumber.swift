// SPDX-License-Identifier: Apache-2.0
import Formats

extension Arithmetic {
  /// The number that a text denotes, rounded once to a format (IEEE 754-2019, clause 5.12:
  /// convertFromDecimalCharacter, convertFromHexCharacter). `NumberText` describes the forms.
  ///
  /// Edge cases: an encoding `0x3c00` is taken as it is and throws when it is wider than the
  /// format; a NaN keeps its sign and payload and signals nothing, and one with a payload for
  /// which the format has no room throws; infinities and NaNs that the format lacks are delivered
  /// as a conversion from FP32 delivers them.
  public static func parse(
    _ text: some StringProtocol, format: Format, semantics: Semantics = Semantics(),
    index: UInt64 = 0
  ) throws(NumberText.Malformed) -> Rounded<UInt64> {
    let number = try NumberText(text)
    if let reason = number.misfit(in: format) {
      throw NumberText.Malformed(reason: reason, offset: 0)
    }
    return convert(number, to: format, semantics: semantics, index: index)
  }

  /// The number rounded once to a format; what `NumberText.misfit(in:)` finds, the bits of an
  /// encoding above the format's or a payload that is too wide, is dropped.
  public static func convert(
    _ number: NumberText, to format: Format, semantics: Semantics = Semantics(),
    index: UInt64 = 0
  ) -> Rounded<UInt64> {
    switch number {
    case .finite(let isNegative, let magnitude):
      return round(
        negative: isNegative, significand: magnitude.significand, exponent: magnitude.exponent,
        sticky: magnitude.hasMore, to: format, semantics: semantics, index: index)
    case .infinity(let isNegative):
      let bits = UInt64(Format.fp32.infinity! | (isNegative ? Format.fp32.signMask : 0))
      return evaluate(.convert, bits, format: .fp32, to: format, semantics: semantics)
    case .nan(let isNegative, let isSignaling, let payload):
      guard let canonical = format.canonicalNaN else {
        let bits = UInt64(Format.fp32.canonicalNaN!)
        return evaluate(.convert, bits, format: .fp32, to: format, semantics: semantics)
      }
      let sign = isNegative ? format.signMask : 0
      let hasRoom = format.specials == .ieee && payload < format.quietBit
      let quiet = canonical | (hasRoom ? payload : 0)
      let signals = isSignaling && format.hasSignalingNaN && hasRoom && payload != 0
      let bits = signals ? quiet & ~format.quietBit : quiet
      return Rounded(value: UInt64(sign | bits), flags: [])
    case .encoding(let bits):
      return Rounded(value: UInt64(bits & (format.magnitudeMask | format.signMask)), flags: [])
    }
  }
}
