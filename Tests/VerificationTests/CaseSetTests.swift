// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import Verification

/// Cases `start ..< start + count` as arrays.
private func filled(
  _ cases: any CaseSet, from start: UInt64, count: Int
) -> (a: [UInt64], b: [UInt64], c: [UInt64]) {
  var (a, b, c) = (
    [UInt64](repeating: 0, count: count), [UInt64](repeating: 0, count: count),
    [UInt64](repeating: 0, count: count)
  )
  a.withUnsafeMutableBufferPointer { a in
    b.withUnsafeMutableBufferPointer { b in
      c.withUnsafeMutableBufferPointer { c in
        guard let x = a.baseAddress, let y = b.baseAddress, let z = c.baseAddress else { return }
        cases.fill(
          from: start, count: count, into: OperandBuffers(a: x, b: y, c: z))
      }
    }
  }
  return (a, b, c)
}

private func set(
  _ selection: CaseSelection, _ operation: ArithmeticOperation, _ format: Format, to: Format? = nil
) throws -> any CaseSet {
  try selection.cases(operation: operation, format: format, to: to ?? format, seed: 7).get()
}

@Suite("Case sets")
struct CaseSetTests {
  @Test(
    "case i does not depend on the block it is filled in",
    arguments: [CaseSelection.boundary, .level1, .coverage(repeats: 2), .random(5000)])
  func indexable(_ selection: CaseSelection) throws {
    for operation in ArithmeticOperation.allCases {
      for format in [Format.fp16, .fp32, .e4m3, .e8m0] {
        let cases = try set(selection, operation, format)
        let count = Int(min(cases.count, 3000))
        let start = cases.count - UInt64(count)
        let whole = filled(cases, from: start, count: count)
        for (offset, length) in [(0, 1), (1, 7), (count / 3, count / 2), (count - 1, 1)] {
          let part = filled(cases, from: start + UInt64(offset), count: length)
          #expect(Array(whole.a[offset..<offset + length]) == part.a)
          #expect(Array(whole.b[offset..<offset + length]) == part.b)
          #expect(Array(whole.c[offset..<offset + length]) == part.c)
        }
      }
    }
  }

  @Test(
    "operands fit the widths of their kinds",
    arguments: [
      CaseSelection.boundary, .level1, .level2, .coverage(repeats: 1), .random(5000),
    ])
  func widths(_ selection: CaseSelection) throws {
    for operation in ArithmeticOperation.allCases {
      for (format, _, _) in Format.named.map({ ($0.format, $0.id, $0.title) }) {
        let cases = try set(selection, operation, format)
        #expect(cases.count > 0)
        let operands = filled(cases, from: 0, count: Int(min(cases.count, 4096)))
        let kinds = operation.operandKinds(format)
        for (values, kind) in zip([operands.a, operands.b, operands.c], kinds) {
          let limit = UInt64.max >> UInt64(64 - kind.bitWidth)
          #expect(values.allSatisfy { $0 <= limit }, "\(operation) \(format)")
        }
      }
    }
  }

  @Test("the exhaustive pairs of every narrow format are all pairs, once")
  func exhaustivePairs() throws {
    for exponentBits in 2...6 {
      for fractionBits in 1...(8 - exponentBits) {
        let format = Format(exponentBits: exponentBits, fractionBits: fractionBits)
        let width = UInt64(format.bitWidth)
        let cases = try set(.exhaustive, .add, format)
        #expect(cases.count == 1 << (2 * width))
        let (a, b, _) = filled(cases, from: 0, count: Int(cases.count))
        #expect(Set(zip(a, b).map { $0 << width | $1 }).count == Int(cases.count), "\(format)")
        #expect(
          a.allSatisfy { $0 < format.encodingCount } && b.allSatisfy { $0 < format.encodingCount })
      }
    }
  }

  @Test("a group of exhaustive pairs is one run, its operands negated and swapped")
  func exhaustiveGroups() throws {
    for format in [Format.e4m3, .e5m2, .fp16, .bf16] {
      let cases = try set(.exhaustive, .add, format)
      let sign = UInt64(format.signMask)
      var swapped = 0
      for group in stride(from: 0, to: cases.count, by: Int(cases.count / 128)) {
        let (a, b, _) = filled(cases, from: group / 512 * 512, count: 512)
        let isSwapped = a[256] == b[0] && b[256] == a[0]
        swapped += isSwapped ? 1 : 0
        for i in 0..<512 {
          let (first, run) = (i % 64 + (i < 256 || isSwapped ? 0 : 256), i / 64)
          let x = a[first] ^ (run & 1 != 0 ? sign : 0)
          let y = b[first] ^ (run & 2 != 0 ? sign : 0)
          let expected = i >= 256 && isSwapped ? (y, x) : (x, y)
          guard (a[i], b[i]) == expected else {
            Issue.record("case \(i) of group \(group / 512) is \((a[i], b[i])), not \(expected)")
            break
          }
        }
      }
      #expect(swapped > 32)
    }
  }

  @Test("what is enumerated, and what is too much")
  func exhaustive() throws {
    #expect(try set(.exhaustive, .fma, .e5m2).count == 1 << 24)
    #expect(try set(.exhaustive, .mul, .bf16).count == 1 << 32)
    #expect(try set(.exhaustive, .sqrt, .fp32).count == 1 << 32)
    #expect(throws: CaseSelection.Unavailable.self) { try set(.exhaustive, .fma, .fp16) }
  }

  @Test("names and numbers of case sets are read back")
  func names() {
    #expect(CaseSelection(name: "random:1e6") == .random(1_000_000))
    #expect(CaseSelection(name: "coverage") == .coverage(repeats: 4))
    for bad in ["random:0", "random:1.5", "random:-1", "level3", "level1:2", "random:", ":"] {
      #expect(CaseSelection(name: bad) == nil, "\(bad)")
    }
  }

  @Test("a seed other than the first gives other cases")
  func seeds() throws {
    let one = try CaseSelection.random(1000).cases(
      operation: .add, format: .fp32, to: .fp32, seed: 1
    ).get()
    let two = try CaseSelection.random(1000).cases(
      operation: .add, format: .fp32, to: .fp32, seed: 2
    ).get()
    #expect(filled(one, from: 0, count: 1000).a != filled(two, from: 0, count: 1000).a)
  }
}

@Suite("Significand classes of the fused multiply-add in binary16")
struct SignificandCaseTests {
  private func value(_ encoding: UInt64) -> Double { Format.fp16.value(of: UInt32(encoding)) }

  @Test("there are 375,379 distinct normalised products, and each is what its factors give")
  func products() {
    let products = SignificandCases.products
    #expect(products.count == 375_379)
    let values = products.map { Int($0.ma) * Int($0.mb) * ($0.isDoubled ? 2 : 1) }
    #expect(Set(values).count == products.count)
    #expect(values.allSatisfy { $0 >= 1 << 21 && $0 < 1 << 22 })
  }

  @Test("a run holds every addend significand at its class's alignment and sign")
  func runs() {
    let cases = SignificandCases()
    let alignments = SignificandCases.alignments.count
    for product in [0, 1, 200_000, 375_378] {
      for position in 0..<alignments {
        for sign in 0..<2 {
          let run = UInt64((product * alignments + position) * 2 + sign)
          let (a, b, c) = filled(cases, from: run << 10, count: 1024)
          let (ma, mb, isDoubled) = SignificandCases.products[product]
          let significand = Double(Int(ma) * Int(mb) * (isDoubled ? 2 : 1))
          let unit = value(a[0]) * value(b[0]) / significand
          #expect(Set(a).count == 1 && Set(b).count == 1)
          #expect((unit * value(c[0]) < 0) == (sign == 1))
          let alignment = SignificandCases.alignments.lowerBound + position
          let scale = Double(sign: .plus, exponent: alignment, significand: 1)
          for i in 0..<1024 {
            let units = value(c[i]).magnitude / unit.magnitude
            #expect(units == scale * Double(1024 + i))
            let sum = (value(a[i]) * value(b[i]) + value(c[i])).magnitude
            #expect(sum == 0 || (sum >= 0x1p-14 && sum < 65504), "stays in the normal range")
          }
        }
      }
    }
  }

  @Test("the later parts reach subnormal results, overflow, and every pair of factors")
  func parts() {
    let cases = SignificandCases()
    let normal = UInt64(375_379) * 36 * 2 * 1024
    let subnormal = UInt64(375_379) * 24 * 21 * 2
    let overflow = UInt64(375_379) * 16 * 15 * 2
    let factors = UInt64(1 << 23)
    #expect(cases.count == normal + subnormal + overflow + factors)
    var (tiny, huge) = (0, 0)
    let middle = filled(cases, from: normal + 1_000_000, count: 100_000)
    for i in 0..<100_000 {
      let sum = value(middle.a[i]) * value(middle.b[i]) + value(middle.c[i])
      if sum.magnitude < 0x1p-14 { tiny += 1 }
    }
    let late = filled(cases, from: normal + subnormal + 1_000_000, count: 100_000)
    for i in 0..<100_000 {
      let sum = value(late.a[i]) * value(late.b[i]) + value(late.c[i])
      if sum.magnitude > 65000 && sum.magnitude < 66000 { huge += 1 }
    }
    #expect(tiny > 40_000)
    #expect(huge > 80_000)
    let factorCount = 1 << 23
    let last = filled(cases, from: cases.count - UInt64(factorCount), count: factorCount)
    var pairs = Set<UInt64>()
    for i in 0..<factorCount { pairs.insert((last.a[i] & 0x7fff) << 16 | last.b[i]) }
    #expect(pairs.count == 1 << 20)
  }
}
