// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

/// The published constants of a format, written from the standards and not derived.
private struct Published: CustomTestStringConvertible, Sendable {
  var id: String
  var exponentBits: Int
  var precision: Int
  var exponents: ClosedRange<Int>
  var largest: Double
  var smallest: Double
  var bitWidth: Int
  var hasInfinity: Bool
  var nanCount: Int
  var testDescription: String { id }
}

private let published = [
  Published(
    id: "fp16", exponentBits: 5, precision: 11, exponents: -14...15, largest: 65504,
    smallest: 0x1p-24, bitWidth: 16, hasInfinity: true, nanCount: 2046),
  Published(
    id: "bf16", exponentBits: 8, precision: 8, exponents: -126...127, largest: 0x1.fep127,
    smallest: 0x1p-133, bitWidth: 16, hasInfinity: true, nanCount: 254),
  Published(
    id: "tf32", exponentBits: 8, precision: 11, exponents: -126...127, largest: 0x1.ffcp127,
    smallest: 0x1p-136, bitWidth: 19, hasInfinity: true, nanCount: 2046),
  Published(
    id: "fp32", exponentBits: 8, precision: 24, exponents: -126...127, largest: 0x1.fffffep127,
    smallest: 0x1p-149, bitWidth: 32, hasInfinity: true, nanCount: 16_777_214),
  Published(
    id: "e5m2", exponentBits: 5, precision: 3, exponents: -14...15, largest: 57344,
    smallest: 0x1p-16, bitWidth: 8, hasInfinity: true, nanCount: 6),
  Published(
    id: "e4m3", exponentBits: 4, precision: 4, exponents: -6...8, largest: 448,
    smallest: 0x1p-9, bitWidth: 8, hasInfinity: false, nanCount: 2),
  Published(
    id: "e3m2", exponentBits: 3, precision: 3, exponents: -2...4, largest: 28,
    smallest: 0x1p-4, bitWidth: 6, hasInfinity: false, nanCount: 0),
  Published(
    id: "e2m3", exponentBits: 2, precision: 4, exponents: 0...2, largest: 7.5,
    smallest: 0x1p-3, bitWidth: 6, hasInfinity: false, nanCount: 0),
  Published(
    id: "e2m1", exponentBits: 2, precision: 2, exponents: 0...2, largest: 6,
    smallest: 0x1p-1, bitWidth: 4, hasInfinity: false, nanCount: 0),
  Published(
    id: "e8m0", exponentBits: 8, precision: 1, exponents: -127...127, largest: 0x1p127,
    smallest: 0x1p-127, bitWidth: 8, hasInfinity: false, nanCount: 1),
  Published(
    id: "e5m7", exponentBits: 5, precision: 8, exponents: -14...15, largest: 0x1.fep15,
    smallest: 0x1p-21, bitWidth: 13, hasInfinity: true, nanCount: 254),
  Published(
    id: "e2m1x", exponentBits: 2, precision: 3, exponents: 0...1, largest: 3.5,
    smallest: 0.25, bitWidth: 5, hasInfinity: true, nanCount: 6),
]

@Suite("A format's derived constants are the published ones")
struct ConstantsTests {
  @Test(arguments: published)
  fileprivate func constants(_ row: Published) throws {
    // e2m1 is OCP's; the IEEE-like neighbour e2m2 stands for the narrowest custom formats.
    let format = try #require(Format(id: row.id == "e2m1x" ? "e2m2" : row.id))
    #expect(format.exponentBits == row.exponentBits)
    #expect(format.precision == row.precision)
    #expect(format.minExponent == row.exponents.lowerBound)
    #expect(format.maxExponent == row.exponents.upperBound)
    #expect(format.value(of: format.largestFinite) == row.largest)
    let smallest: UInt32 = format.hasZero ? 1 : 0
    #expect(format.value(of: smallest) == row.smallest)
    #expect(format.minUlpExponent == Int(row.smallest.exponent))
    #expect(format.bitWidth == row.bitWidth)
    #expect((format.infinity != nil) == row.hasInfinity)
    #expect(format.value(of: format.one) == 1)
    #expect(format.value(of: format.smallestNormal).exponent == row.exponents.lowerBound)
  }

  @Test("The number of NaN encodings", arguments: published)
  fileprivate func nanCount(_ row: Published) throws {
    let format = try #require(Format(id: row.id == "e2m1x" ? "e2m2" : row.id))
    let places = format.orderedIntegers
    let top = (0...places.upperBound).reversed().prefix { place in
      format.encoding(orderedInteger: place).map(format.isNaN) ?? false
    }
    #expect(top.count * (format.isSigned ? 2 : 1) == row.nanCount)
  }

  @Test("Ids name formats, custom ids derive them, and nothing else does")
  func ids() {
    for named in Format.named { #expect(Format(id: named.id) == named.format) }
    #expect(Format(id: "E5M10") == .fp16)
    #expect(Format(id: "e8m7") == .bf16)
    #expect(Format(id: "e5m7")?.id == "e5m7")
    #expect(Format(id: "e4m3")?.specials == .nanOnly)
    for wrong in ["fp17", "e1m3", "e9m3", "e5m0", "e5m24", "e05m7", "e5", "m7", "", "e5m7x"] {
      #expect(Format(id: wrong) == nil, "\(wrong)")
    }
  }
}
