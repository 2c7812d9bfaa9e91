// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing

@testable import Verification

/// FP32 results without flags, from one function on Doubles.
private struct DoubleSubject: Subject {
  let name = "double"
  let reportsFlags = false
  let deliversDefinedNaNs = false
  let body: @Sendable (Float, Float, Float) -> Float

  func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable> {
    let body = self.body
    return .success { block, results, flags in
      func operand(_ words: UnsafePointer<UInt64>, _ i: Int) -> Float {
        Float(bitPattern: UInt32(truncatingIfNeeded: words[i]))
      }
      for i in 0..<block.count {
        let result = body(operand(block.a, i), operand(block.b, i), operand(block.c, i))
        results[i] = UInt64(result.bitPattern)
      }
      flags.update(repeating: 0, count: block.count)
    }
  }
}

/// x without its last bits, where it is finite.
private func losing(_ bits: UInt64, of x: Double) -> Double {
  x.isFinite ? Double(bitPattern: x.bitPattern & ~((1 << bits) - 1)) : x
}

@Suite("Hardest cases by construction")
struct HardestCaseTests {
  private func mismatches(
    _ operation: ArithmeticOperation, _ body: @escaping @Sendable (Float, Float, Float) -> Float
  ) -> UInt64 {
    run(
      [operation], [.fp32], cases: [.coverage(repeats: 1)], roundings: [.nearestEven],
      subject: DoubleSubject(body: body)
    ).mismatches
  }

  @Test("a root, a quotient that loses the 8 low bits of its double is caught, an exact one holds")
  func lostBits() {
    #expect(mismatches(.sqrt) { x, _, _ in Float(Double(x).squareRoot()) } == 0)
    #expect(mismatches(.sqrt) { x, _, _ in Float(losing(8, of: Double(x).squareRoot())) } > 0)
    #expect(mismatches(.div) { x, y, _ in Float(losing(8, of: Double(x) / Double(y))) } > 0)
  }

  @Test("a quotient wrong for one pattern of 12 leading bits of the divisor is caught")
  func divisorPattern() {
    for pattern: UInt32 in [0x000, 0x001, 0x5a3, 0xabc, 0xfff] {
      let found = mismatches(.div) { x, y, _ in
        let quotient = x / y
        let isBad = (y.bitPattern >> 11) & 0xfff == pattern
        return isBad && quotient.isNormal ? quotient.nextUp : quotient
      }
      #expect(found > 0, "\(pattern)")
    }
  }

  @Test("the radicands are those nearest to boundaries: none of the format is nearer")
  func roots() {
    for p in [3, 4, 8, 10] {
      let kept = HardestRoots.radicands(precision: p)
      let first = 1 << p
      var all: [(distance: Int, isTie: Bool)] = []
      for m in first / 2..<first {
        for j in [p + 1, p + 2] {
          // The integers around sqrt(m 2^j), from the definition.
          let radicand = m << j
          for q in first..<2 * first
          where (q * q - radicand).magnitude < 2 * q && q * q != radicand {
            all.append((radicand - q * q, q & 1 == 1))
            let isOdd = j % 2 == 1
            let isListed = kept.contains {
              $0.significand == UInt64(m) && $0.isOdd == isOdd && $0.distance == radicand - q * q
            }
            let limit = kept.last?.distance.magnitude ?? 0
            // What is nearer than every kept one of its kind is kept.
            let ofKind = kept.filter { isTie($0, p) == (q & 1 == 1) }
            let farthest = ofKind.last?.distance.magnitude ?? limit
            if (radicand - q * q).magnitude < farthest { #expect(isListed, "\(p) \(m) \(j)") }
          }
        }
      }
      for isTie in [true, false] {
        let possible = all.filter { $0.isTie == isTie }.count
        let found = kept.filter { self.isTie($0, p) == isTie }.count
        #expect(found >= min(possible, HardestRoots.count) / 2, "\(p)")
      }
    }
    #expect(HardestRoots.radicands(precision: 24).count == 2 * HardestRoots.count)
  }

  private func isTie(_ radicand: HardestRoots.Radicand, _ p: Int) -> Bool {
    let j = (p + 1) % 2 == (radicand.isOdd ? 1 : 0) ? p + 1 : p + 2
    let square = Int(radicand.significand) << j - radicand.distance
    return Int(Double(square).squareRoot()) & 1 == 1
  }

  @Test("each radicand of binary32 is as near to its integer as it says")
  func distances() {
    for radicand in HardestRoots.radicands(precision: 24) {
      let j = radicand.isOdd ? 25 : 26
      let square = Int(radicand.significand) << j - radicand.distance
      let q = Int(Double(square).squareRoot())
      #expect(q * q == square)
      #expect(radicand.distance.magnitude < 1 << 12)
    }
  }

  @Test("each quotient by construction is its distance away from a boundary")
  func quotients() {
    let model = CoverageModel(format: .fp32, to: .fp32)
    var found = 0
    for y in stride(from: 0x80_0001 as UInt64, to: 0x100_0000, by: 65_538) {
      for distance in [1, -1, 4] {
        for isLess in [true, false] {
          guard let x = model.hardestDividend(y, distance: distance, isLess: isLess, bits: 24)
          else { continue }
          found += 1
          let rest = (x << (isLess ? 25 : 24)) % y
          #expect(rest == UInt64((Int(y) + distance) % Int(y)))
          #expect((x < y) == isLess)
        }
      }
    }
    #expect(found > 200)
  }
}
