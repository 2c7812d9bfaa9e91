// SPDX-License-Identifier: Apache-2.0

/// Damaged files, made out of valid ones.
package struct FileMutator: Sendable {
  private let seeds: [[UInt8]]

  /// Numbers in digits that readers of sizes are apt to get wrong.
  private static let digits = [
    "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
    "4611686018427387904", "4294967296", "2147483648", "1000000000", "0", "00", "-1", "1.5", "1e9",
  ]
  /// The characters that headers are made of.
  private static let characters = Array("{}[](),:'\"\\<>|+-.0x9eETFLVOu\n\r\0 #".utf8)
  private static let mostDamages = 4
  private static let longestPart = 24

  /// The damage to files.
  ///
  /// - Precondition: there is one that is not empty.
  package init(seeds: [[UInt8]]) {
    precondition(seeds.contains { !$0.isEmpty })
    self.seeds = seeds.filter { !$0.isEmpty }
  }

  /// One of the files with one to four damages: bits turned, characters and numbers replaced, parts
  /// lost, repeated, exchanged, or taken from another of them, the end cut off.
  package func mutated(using generator: inout some RandomNumberGenerator) -> [UInt8] {
    var bytes = seeds[Self.below(seeds.count, &generator)]
    for _ in 0...Self.below(Self.mostDamages, &generator) where !bytes.isEmpty {
      damage(&bytes, &generator)
    }
    return bytes
  }

  private static func below(_ bound: Int, _ generator: inout some RandomNumberGenerator) -> Int {
    Int(generator.next() % UInt64(bound))
  }

  private func damage(_ bytes: inout [UInt8], _ generator: inout some RandomNumberGenerator) {
    let place = Self.below(bytes.count, &generator)
    let end = min(bytes.count, place + 1 + Self.below(Self.longestPart, &generator))
    switch Self.below(9, &generator) {
    case 0, 1: bytes[place] ^= 1 << UInt8(Self.below(8, &generator))
    case 2: bytes[place] = Self.characters[Self.below(Self.characters.count, &generator)]
    case 3: Self.replaceDigits(&bytes, after: place, &generator)
    case 4: Self.replaceWord(&bytes, at: place, &generator)
    case 5: bytes.removeSubrange(place..<end)
    case 6:
      bytes.insert(contentsOf: bytes[place..<end], at: Self.below(bytes.count, &generator))
    case 7:
      let other = seeds[Self.below(seeds.count, &generator)]
      bytes.replaceSubrange(place..., with: other[Self.below(other.count, &generator)...])
    default: bytes.removeSubrange(place...)
    }
  }

  /// Replaces the next number in decimal digits, if there is one.
  private static func replaceDigits(
    _ bytes: inout [UInt8], after place: Int, _ generator: inout some RandomNumberGenerator
  ) {
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: digits[below(digits.count, &generator)].utf8)
  }

  /// Replaces a number of 2, 4 or 8 bytes by one at an end of its range or of a narrower one's.
  private static func replaceWord(
    _ bytes: inout [UInt8], at place: Int, _ generator: inout some RandomNumberGenerator
  ) {
    let values: [UInt64] = [
      0, 1, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, .max >> 1, .max,
    ]
    let value = values[below(values.count, &generator)]
    let size = 2 << below(3, &generator)
    for index in place..<min(bytes.count, place + size) {
      bytes[index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index - place)))
    }
  }
}
