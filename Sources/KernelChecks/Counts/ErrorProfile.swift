// SPDX-License-Identifier: Apache-2.0

/// The largest error in each part of the first operand's encodings: where a kernel errs.
///
/// A part has the encodings of the same leading bits, so that its ends are round numbers and parts
/// of any cases merge in any order.
package struct ErrorProfile: Hashable, Sendable {
  /// The encodings of a part.
  package let width: UInt64
  /// The first encoding of the first part.
  package let first: UInt64
  private var maxima: [Double]

  /// The most parts.
  static let mostParts: UInt64 = 512
  /// Errors are kept to the nearest multiple: more than what distances in FP64 are off by.
  private static let resolution = 0x1p-10
  /// Stands where nothing was judged.
  private static let nothing = -1.0

  /// The profile of nothing, over the encodings from one to another.
  package init(from first: UInt64, through last: UInt64) {
    var shift: UInt64 = 0
    while (last >> shift) - (first >> shift) >= Self.mostParts { shift += 1 }
    width = 1 << shift
    self.first = first & ~(width - 1)
    maxima = Array(repeating: Self.nothing, count: Int((last - self.first) >> shift) + 1)
  }

  /// The number of parts.
  package var parts: Int { maxima.count }

  /// The largest error in a part [ulp], to the nearest 2^-10; infinite of a wrong special or sign,
  /// nil where nothing was judged.
  package func largest(inPart part: Int) -> Double? {
    maxima[part] == Self.nothing ? nil : maxima[part]
  }

  /// Adds an error at an operand.
  @inline(__always)
  mutating func add(_ ulps: Double, at operand: UInt64) {
    let part = Int((operand - first) / width)
    guard ulps > maxima[part] else { return }
    let rounded = (ulps / Self.resolution).rounded() * Self.resolution
    if rounded > maxima[part] { maxima[part] = rounded }
  }

  /// Whether another profile has the same parts.
  func hasParts(of other: ErrorProfile) -> Bool {
    width == other.width && first == other.first && parts == other.parts
  }

  mutating func merge(_ other: ErrorProfile) {
    for (part, ulps) in other.maxima.enumerated() where part < maxima.count {
      maxima[part] = max(maxima[part], ulps)
    }
  }
}

/// In files the errors are one text, `0.5 0.5009765625 inf -`, a hyphen where nothing was judged.
extension ErrorProfile: Codable {
  private enum CodingKeys: String, CodingKey { case first, width, largest }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    first = try values.decode(UInt64.self, forKey: .first)
    width = try values.decode(UInt64.self, forKey: .width)
    let words = try values.decode(String.self, forKey: .largest).split(separator: " ")
    maxima = words.compactMap {
      $0 == "-" ? Self.nothing : Double($0).flatMap { $0 >= 0 ? $0 : nil }
    }
    guard maxima.count == words.count, maxima.count <= Self.mostParts, width > 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: .largest, in: values, debugDescription: "no errors")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(first, forKey: .first)
    try values.encode(width, forKey: .width)
    let words = maxima.map { ulps in
      if ulps == Self.nothing { return "-" }
      return ulps == ulps.rounded() && ulps < 0x1p53 ? "\(Int(ulps))" : "\(ulps)"
    }
    try values.encode(words.joined(separator: " "), forKey: .largest)
  }
}
