// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import KernelChecks

@Suite("The largest errors along the operand")
struct ErrorProfileTests {
  @Test("Parts have the same leading bits, and at most 512 hold any cases")
  func parts() {
    for (first, last, width, count) in [
      (0, 0xffff_ffff, 1 << 23, 512), (0, 0xffff, 128, 512), (0, 0xff, 1, 256), (7, 7, 1, 1),
      (0x3f80_0001, 0x3f80_0001 + 511, 1, 512), (0x3f80_0001, 0x3f80_0001 + 512, 2, 257),
    ] as [(UInt64, UInt64, UInt64, Int)] {
      let profile = ErrorProfile(from: first, through: last)
      #expect(profile.width == width && profile.parts == count)
      #expect(profile.first <= first && first - profile.first < width)
      #expect((0..<count).allSatisfy { profile.largest(inPart: $0) == nil })
    }
  }

  @Test("Errors keep the largest to the nearest 2^-10, in any order, and survive a file")
  func errors() throws {
    var (a, b) = (ErrorProfile(from: 0, through: 0xffff), ErrorProfile(from: 0, through: 0xffff))
    a.add(0.25, at: 130)
    a.add(0.50089, at: 255)
    b.add(.infinity, at: 0xffff)
    b.add(0, at: 0)
    var (ab, ba) = (a, b)
    ab.merge(b)
    ba.merge(a)
    #expect(ab == ba)
    #expect(ab.largest(inPart: 1) == 0.5009765625)
    #expect(ab.largest(inPart: 0) == 0 && ab.largest(inPart: 511) == .infinity)
    #expect(ab.largest(inPart: 2) == nil)
    let data = try JSONEncoder().encode(ab)
    #expect(try JSONDecoder().decode(ErrorProfile.self, from: data) == ab)
    for wrong in ["0.5 x", "-2", "nan"] {
      let text = #"{"first": 0, "width": 1, "largest": "\#(wrong)"}"#
      #expect(throws: (any Error).self) {
        try JSONDecoder().decode(ErrorProfile.self, from: Data(text.utf8))
      }
    }
  }
}
