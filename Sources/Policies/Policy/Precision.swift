// SPDX-License-Identifier: Apache-2.0
import Formats

/// A format that a training step stores values in.
package enum Precision: Hashable, Sendable {
  /// A format of at most 32 bits.
  case format(Format)
  /// IEEE binary64: the reference's.
  case fp64
  /// MPFR numbers of a precision in bits.
  case mpfr(bits: Int)

  /// IEEE binary16.
  package static let fp16 = Precision.format(.fp16)
  /// bfloat16.
  package static let bf16 = Precision.format(.bf16)
  /// IEEE binary32.
  package static let fp32 = Precision.format(.fp32)

  /// The format; nil for the references' FP64 and MPFR.
  package var format: Format? {
    switch self {
    case .format(let format): format
    case .fp64, .mpfr: nil
    }
  }

  /// The short name: a format's id, `fp64`, or `mpfr:<bits>`.
  package var id: String {
    switch self {
    case .format(let format): format.id
    case .fp64: "fp64"
    case .mpfr(let bits): "mpfr:\(bits)"
    }
  }

  /// The bytes of a stored value, in the container that a machine keeps it in; of MPFR's the
  /// significand's.
  package var bytes: Int {
    switch self {
    case .format(let format): format.containerBytes
    case .fp64: MemoryLayout<Double>.size
    case .mpfr(let bits): (bits + 7) / 8
    }
  }

  /// The precisions in bits that MPFR numbers may have: at least FP64's, whose constants they take
  /// exactly.
  package static let mpfrBits = 53...65_536

  /// The precision of a short name; nil when it names none that can store a tensor.
  package init?(id: String) {
    if id.lowercased() == "fp64" {
      self = .fp64
    } else if id.lowercased().hasPrefix("mpfr:"), let bits = Int(id.dropFirst(5)),
      Self.mpfrBits.contains(bits)
    {
      self = .mpfr(bits: bits)
    } else if let format = Format(id: id), !format.isScale {
      self = .format(format)
    } else {
      return nil
    }
  }

  /// Whether every value of this precision is one of the other.
  package func isContained(in other: Precision) -> Bool {
    guard let other = other.format else { return format != nil || self == other }
    guard let format else { return false }
    return format.precision <= other.precision && format.minUlpExponent >= other.minUlpExponent
      && format.maxExponent <= other.maxExponent
  }

  /// The one of two precisions to which an operation on both promotes: FP64 and FP32 before all
  /// others, otherwise the one with the wider range, and FP32 for FP16 with BF16, as torch does.
  package static func promoted(_ a: Precision, _ b: Precision) -> Precision {
    if a.isContained(in: b) { return b }
    return b.isContained(in: a) ? a : .fp32
  }
}

extension Precision: Codable, CustomStringConvertible {
  /// The short name.
  package var description: String { id }

  /// The precision whose short name the decoder holds.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let id = try container.decode(String.self)
    guard let precision = Precision(id: id) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "no format '\(id)' that stores a tensor")
    }
    self = precision
  }

  /// Encodes the short name.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(id)
  }
}
