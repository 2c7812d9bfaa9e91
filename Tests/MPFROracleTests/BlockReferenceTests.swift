// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Randomness
import Testing

@Suite("Blocks of reference values")
struct BlockReferenceTests {
  private static let unary = RealFunction.allCases.filter { $0.arity == 1 }

  /// Zeros, poles, breaks and ends of some function, multiples of π/2 and their nearest FP32 number
  /// (Muller, 2016, table 11.1), and the first and last blocks of FP32 and of far numbers.
  private static let points: [Float] = [
    0, -0.0, 0x1p-149, -0x1p-126, 0.5, -0.5, 1, -1, 1.5, -1.5, 2, -2, 3, -3, -4, 1.570_796_4,
    3.141_592_7, -1.278_464_5, -0.751_791_5, -0.752_461_4, -1.192_433_3, -2.457_024_8, 0.995, 17.3,
    35.04, -40.001, 38.53, 88.722_84, 89.4, -104, -103.97, 63.999, 64, -64, 100.5, -1000.25,
    -0x1.00001p20, 0x1.fffffep22, -0x1.fffffep22, 0x1p24, -0x1p24, 16_367_173 * 0x1p72,
    .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity,
  ]

  /// What is wrong with a block's value at x; nil where it is within the tolerance.
  private func fault(_ value: Double, _ reference: ElementaryReference, _ x: Float) -> String? {
    let bits = reference.nearest(at: Double(x), in: .fp32)
    let nearest = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
    if nearest.isNaN || value.isNaN { return nearest.isNaN && value.isNaN ? nil : "\(value)" }
    guard value.sign == nearest.sign else { return "\(value) \(nearest)" }
    if value.isInfinite || value == 0 || value.magnitude <= 0x1p-160 {
      return Double(nearest) == value || nearest == 0 && value != 0 ? nil : "\(value) \(nearest)"
    }
    if value.magnitude >= 0x1p128 { return nearest.isInfinite ? nil : "\(value) \(nearest)" }
    // As an FP64 result a value errs by less than the tolerance, 2^29 such ulps being one of FP32.
    let subnormal = min(0, value.exponent + 126)
    let error = reference.error(of: value, at: Double(x))
    let ulps = error * Double(sign: .plus, exponent: subnormal - 29, significand: 1)
    return ulps <= ElementaryReference.tolerance ? nil : "\(value) \(nearest) \(ulps)"
  }

  @Test("Values lie within the tolerance of MPFR's, in every kind of block of every function")
  func tolerance() {
    let size = ElementaryReference.blockSize
    let values = UnsafeMutablePointer<Double>.allocate(capacity: size)
    defer { values.deallocate() }
    let spread = stride(from: UInt32(0), to: 1 << 20, by: 8209).map { $0 << 12 }
    for function in BlockReferenceTests.unary {
      let reference = ElementaryReference(function)
      let chosen = BlockReferenceTests.points.flatMap { point -> [UInt32] in
        let start = point.bitPattern & ~UInt32(size - 1)
        return start & 0x7fff_ffff == 0 ? [start] : [start, start - UInt32(size)]
      }
      for (index, start) in (spread + chosen).enumerated() {
        reference.fill(values, from: start)
        let first = Int(RandomWords.word(seed: 2, index: UInt64(index)) % 509)
        var places = Array(stride(from: first, to: size, by: 509)) + [0, size - 1]
        places += BlockReferenceTests.points.compactMap {
          $0.bitPattern & ~UInt32(size - 1) == start ? Int($0.bitPattern - start) : nil
        }
        for i in places {
          let x = Float(bitPattern: start + UInt32(i))
          let fault = fault(values[i], reference, x)
          #expect(fault == nil, "\(function) \(x)")
        }
      }
    }
  }

  @Test("A block is one polynomial where nothing is near, and none where it holds a zero or a pole")
  func polynomials() {
    let values = UnsafeMutablePointer<Double>.allocate(capacity: ElementaryReference.blockSize)
    defer { values.deallocate() }
    func isOne(_ function: RealFunction, _ x: Float) -> Bool {
      ElementaryReference(function).interpolate(
        from: x.bitPattern & ~UInt32(ElementaryReference.blockSize - 1), into: values)
    }
    for function in BlockReferenceTests.unary where function != .acosh {
      #expect(isOne(function, 0.7), "\(function)")
    }
    #expect(isOne(.acosh, 5) && isOne(.sin, 60) && isOne(.gamma, -2.5))
    for (function, x) in [
      (RealFunction.sin, 3.141_592_7 as Float), (.tan, 1.570_796_4), (.log, 1), (.gamma, -3),
      (.siluGradient, -1.278_464_5), (.lgamma, -2.457_024_8), (.hardswishGradient, -1.5),
      (.acosh, 1), (.sin, 1e10), (.lgamma, -70.3),
    ] {
      #expect(!isOne(function, x), "\(function) \(x)")
    }
  }

  @Test("Far values err by less than 2^-46 of themselves, next to multiples of π/2 too")
  func far() {
    let size = ElementaryReference.blockSize
    let values = UnsafeMutablePointer<Double>.allocate(capacity: size)
    defer { values.deallocate() }
    for function in [RealFunction.sin, .cos, .tan, .sinpi, .cospi, .tanpi, .lgamma] {
      let reference = ElementaryReference(function)
      for k in 0..<120 as Range<UInt64> {
        // The FP32 number next to a multiple of π/2, then random ones, every third one below 2^23.
        let word = RandomWords.word(seed: 6, index: k)
        let binade = 127 + 6 + (word >> 25) % (k % 3 == 0 ? 17 : 122)
        let magnitude = k == 0 ? 16_367_173 * 0x1p72 : Float(bitPattern: binade << 23 | word >> 9)
        let first = function == .lgamma || k % 2 == 1 ? -magnitude : magnitude
        let start = first.bitPattern & ~UInt32(size - 1)
        reference.fill(values, from: start)
        for i in [Int(first.bitPattern - start)] + stride(from: 1, to: size, by: 257) {
          let x = Float(bitPattern: start + UInt32(i))
          let error = reference.error(of: values[i], at: Double(x))
          #expect(error <= 64, "\(function) \(x) \(values[i])")
        }
      }
    }
  }

  @Test("Γ and ln Γ next to 0 and from 64 on, of FP64 series, err by less than 2^-46 of themselves")
  func gammaSeries() {
    let size = ElementaryReference.blockSize
    let values = UnsafeMutablePointer<Double>.allocate(capacity: size)
    defer { values.deallocate() }
    for function in [RealFunction.gamma, .lgamma] {
      let reference = ElementaryReference(function)
      // Magnitudes of 2^-8 down to the least number whose Γ has a value, and of 64 on.
      let binades = Array(1...119) + (function == .lgamma ? Array(133...254) : [])
      for (index, binade) in binades.enumerated() {
        let word = RandomWords.word(seed: 9, index: UInt64(index))
        let sign: UInt32 = binade < 127 && index % 2 == 1 ? 1 << 31 : 0
        let start = sign | UInt32(binade) << 23 | UInt32(word % (1 << 11)) << 12
        reference.fill(values, from: start)
        for i in stride(from: Int(word >> 11) % 509, to: size, by: 509) {
          let x = Float(bitPattern: start + UInt32(i))
          if values[i].isInfinite { continue }
          #expect(reference.error(of: values[i], at: Double(x)) <= 128, "\(function) \(x)")
        }
      }
    }
  }
}
