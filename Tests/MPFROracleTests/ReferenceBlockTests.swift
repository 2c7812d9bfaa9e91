// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import TestSupport
import Testing

/// The bulk path delivers what the scalar one does.
struct ReferenceBlockTests {
  /// The first differences, at most four, over the given operands in order.
  private func differences(
    _ op: ArithmeticOperation, _ format: Format, _ to: Format, _ variants: [Semantics],
    _ operands: [(a: UInt64, b: UInt64, c: UInt64)], firstIndex: UInt64
  ) -> [String] {
    let count = operands.count
    let (a, b, c) = (operands.map(\.a), operands.map(\.b), operands.map(\.c))
    let results = variants.map { _ in
      UnsafeMutablePointer<UInt64>.allocate(capacity: count)
    }
    let flags = variants.map { _ in UnsafeMutablePointer<UInt8>.allocate(capacity: count) }
    defer {
      results.forEach { $0.deallocate() }
      flags.forEach { $0.deallocate() }
    }
    let block = ReferenceBlock(operation: op, format: format, to: to, variants: variants)
    block.evaluate(
      a: a, b: b, c: c, count: count, firstIndex: firstIndex, results: results, flags: flags)
    var found: [String] = []
    for (v, semantics) in variants.enumerated() {
      for i in 0..<count where found.count < 4 {
        let expected = Oracle.evaluate(
          op, a[i], b[i], c[i], format: format, to: to, semantics: semantics,
          index: firstIndex &+ UInt64(i))
        let actual = Rounded(value: results[v][i], flags: Exceptions(rawValue: flags[v][i]))
        if actual != expected {
          let operands = [a[i], b[i], c[i]].map { String($0, radix: 16) }
          found.append("\(op) \(format) \(operands) \(semantics): \(actual), not \(expected)")
        }
      }
    }
    return found
  }

  /// All tuples of boundary operands; for three operands every fifth of them.
  private func crossProduct(
    _ op: ArithmeticOperation, _ format: Format
  ) -> [(a: UInt64, b: UInt64, c: UInt64)] {
    let x = format.boundaryEncodings
    switch op {
    case .fromInt32, .fromInt64:
      return [0, 1, 2049, 0x7fff_ffff, 0xffff_ffff, UInt64(Int64.max), 1 << 63, .max]
        .map { ($0, 0, 0) }
    case .scaleB:
      let powers = [0, 1, -1, 12, -12, 140, -140, 300, -300, Int32.max, Int32.min]
        .map { UInt64(UInt32(bitPattern: $0)) }
      return x.flatMap { a in powers.map { (a, $0, 0) } }
    default: break
    }
    switch op.arity {
    case 1: return x.map { ($0, 0, 0) }
    case 2: return x.flatMap { a in x.map { (a, $0, 0) } }
    default:
      return x.flatMap { a in
        x.flatMap { b in x.map { (a, b, $0) } }
      }.enumerated().filter { $0.offset % 5 == 0 }.map(\.element)
    }
  }

  @Test(
    "boundary cross products of every operation",
    arguments: [Format.fp16, .bf16, .fp32, .e4m3, .e5m2, .tf32, .e2m1, .e8m0])
  func boundaries(format: Format) {
    for op in ArithmeticOperation.allCases where op != .convert {
      let operands = crossProduct(op, format)
      // One set of variants that agree about the operands' values, and one that does not.
      let gradual = Semantics.assorted.filter { !$0.subnormals.flushesOperands }
      let variants = op.arity == 3 ? [gradual] : [gradual, Semantics.assorted]
      for variants in variants {
        #expect(
          differences(op, format, format, variants, operands, firstIndex: .max - 5) == [])
      }
    }
  }

  @Test(
    "flushed operands",
    arguments: [ArithmeticOperation.add, .mul, .div, .fma, .sqrt, .roundToIntegral])
  func flushedOperands(op: ArithmeticOperation) {
    let variants = Rounding.ieee.map { Semantics(rounding: $0, subnormals: .flushBoth) }
    for format in [Format.fp16, .fp32, .e4m3] {
      let operands = crossProduct(op, format)
      #expect(differences(op, format, format, variants, operands, firstIndex: 0) == [])
    }
  }

  @Test("random operands of the operations that take the bulk path")
  func random() {
    var words = Draw(seed: 8)
    let operations: [ArithmeticOperation] = [.add, .sub, .mul, .div, .sqrt, .fma, .remainder]
    for format in [Format.fp16, .bf16, .fp32, .e5m2, .e2m3] {
      for op in operations {
        let mask = format.encodingCount - 1
        let operands = (0..<1300).map { _ in
          (a: words.bits() & mask, b: words.bits() & mask, c: words.bits() & mask)
        }
        let variants =
          Rounding.deterministic.map { Semantics(rounding: $0) } + [
            Semantics(rounding: .stochastic(bits: 32, seed: 9), tininess: .beforeRounding)
          ]
        #expect(differences(op, format, format, variants, operands, firstIndex: 77) == [])
      }
    }
  }

  /// A group of eight runs of 64 pairs: q walks from `q` on, and bits 0 to 2 of a run's number
  /// negate p, negate q and swap them.
  private func group(
    _ format: Format, _ p: UInt64, _ q: UInt64, isSwapped: Bool = true
  ) -> [(a: UInt64, b: UInt64, c: UInt64)] {
    let sign = UInt64(format.signMask)
    return (0..<512).map { i in
      let run = i / 64
      let x = (p ^ (run & 1 != 0 ? sign : 0)) & (format.encodingCount - 1)
      // Without a swap the last four runs are pairs of their own.
      let from = run >= 4 && !isSwapped ? q ^ 64 : q
      let y = ((from & ~63) + UInt64(i % 64)) ^ (run & 2 != 0 ? sign : 0)
      return run >= 4 && isSwapped ? (y, x, 0) : (x, y, 0)
    }
  }

  @Test("runs of pairs that share a call of MPFR, and runs that nearly do")
  func sharedRuns() {
    var words = Draw(seed: 12)
    let deterministic = Rounding.deterministic.map { Semantics(rounding: $0) }
    let random = [
      Semantics(rounding: .stochastic(bits: 16, seed: 9)),
      Semantics(rounding: .stochastic(bits: 32, seed: 3), tininess: .beforeRounding),
    ]
    for format in [Format.fp16, .bf16, .e4m3, .e5m2] {
      let mask = format.encodingCount - 1
      var pairs: [(a: UInt64, b: UInt64, c: UInt64)] = []
      for p in format.boundaryEncodings {
        pairs += group(format, p, words.bits() & mask, isSwapped: (words.bits() & 1 == 0))
      }
      for q in format.boundaryEncodings where (words.bits() & 1 == 0) {
        pairs += group(format, words.bits() & mask, q)
      }
      // One operand out of step takes its group back to a call for each pair.
      var broken = pairs
      for start in stride(from: 0, to: broken.count, by: 512) {
        broken[start + Int(words.bits() % 512)].b ^= 1
      }
      for op in [ArithmeticOperation.add, .sub, .mul, .div, .remainder] {
        for variants in [deterministic, [deterministic[3]], deterministic + random] {
          #expect(differences(op, format, format, variants, pairs, firstIndex: 0) == [])
        }
        #expect(differences(op, format, format, deterministic, broken, firstIndex: 0) == [])
        #expect(
          differences(op, format, format, deterministic + random, pairs, firstIndex: 77) == [])
        let flushed = deterministic.map { Semantics(rounding: $0.rounding, subnormals: .flushBoth) }
        #expect(differences(op, format, format, flushed, pairs, firstIndex: 0) == [])
      }
    }
  }

  @Test("every encoding of the narrow formats converts and rounds to an integer alike")
  func everyEncoding() {
    let variants = [Semantics(), Semantics(rounding: .stochastic(bits: 8, seed: 1))]
    for format in [Format.fp16, .bf16, .e4m3, .e5m2, .e3m2] {
      let operands = (0..<format.encodingCount).map { (a: $0, b: UInt64(0), c: UInt64(0)) }
      for to in [Format.fp32, .e4m3] {
        #expect(differences(.convert, format, to, variants, operands, firstIndex: 0) == [])
      }
      #expect(
        differences(.roundToIntegral, format, format, variants, operands, firstIndex: 0) == [])
    }
  }

  @Test("binary32 numbers around every exponent convert to every format alike")
  func conversions() {
    var words = Draw(seed: 10)
    let operands = (0..<3000).map { _ in
      (a: words.bits() & 0xffff_ffff, b: UInt64(0), c: UInt64(0))
    }
    for (_, format, _) in Format.named {
      #expect(
        differences(.convert, .fp32, format, Semantics.assorted, operands, firstIndex: 3) == [])
    }
  }
}
