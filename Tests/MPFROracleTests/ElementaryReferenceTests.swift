// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Testing

@Suite("Reference values of elementary functions")
struct ElementaryReferenceTests {
  @Test("Interpolated values lie within the tolerance of MPFR's, in every kind of block")
  func interpolation() throws {
    let values = UnsafeMutablePointer<Double>.allocate(capacity: ElementaryReference.blockSize)
    defer { values.deallocate() }
    for function in ElementaryFunction.allCases {
      let reference = ElementaryReference(RealFunction(function))
      var interpolated = 0
      for block in stride(from: UInt32(0), to: 1 << 20, by: 4099) {
        let start = block << 12
        guard reference.interpolate(from: start, into: values) else { continue }
        interpolated += 1
        for i in stride(from: 0, to: ElementaryReference.blockSize, by: 509) {
          let x = Float(bitPattern: start + UInt32(i))
          guard x == x, values[i].isFinite, values[i].magnitude > 0x1p-160 else { continue }
          // As an FP64 result the interpolated value errs by less than the tolerance, 2^29 such
          // ulps being one of FP32.
          let error = reference.error(of: values[i], at: Double(x))
          let subnormal = values[i].magnitude < 0x1p-126 ? 0x1p24 : 1
          #expect(
            error * 0x1p-29 <= ElementaryReference.tolerance * subnormal, "\(function) \(x)")
        }
      }
      #expect(interpolated > 200, "\(function)")
    }
  }

  @Test(
    "Single values, each rounded once",
    arguments: [
      // 1 + 2^-149, a hair above 1; e^88.7228... either side of FP32's end; ln 2 and Euler's e.
      (ElementaryFunction.exp, 0x0000_0001 as UInt64, 0x3f80_0000 as UInt64),
      (.exp, 0x42b1_7217, 0x7f7f_ff84), (.exp, 0x42b1_7218, 0x7f80_0000),
      (.exp, 0x3f80_0000, 0x402d_f854), (.log, 0x4000_0000, 0x3f31_7218),
      (.log, 0x0000_0001, 0xc2ce_8ed0), (.tanh, 0x0000_0001, 0x0000_0001),
      (.tanh, 0x7f80_0000, 0x3f80_0000), (.sigmoid, 0x8000_0000, 0x3f00_0000),
      (.erf, 0x3f80_0000, 0x3f57_bb3d), (.rsqrt, 0x8000_0000, 0xff80_0000),
      (.rsqrt, 0x4080_0000, 0x3f00_0000),
      // Halves of subnormal numbers are ties that Φ(x) above or below 1/2 breaks upward.
      (.gelu, 0x0000_0001, 0x0000_0001), (.gelu, 0x8000_0001, 0x8000_0000),
      (.gelu, 0x8000_0003, 0x8000_0001), (.geluTanh, 0x0000_0005, 0x0000_0003),
      (.gelu, 0xff80_0000, 0x8000_0000), (.normal, 0x3f80_0000, 0x3f57_625f),
      (.log, 0xbf80_0000, 0x7fc0_0000),
    ])
  func single(function: ElementaryFunction, x: UInt64, expected: UInt64) {
    let operand = Double(Float(bitPattern: UInt32(x)))
    #expect(ElementaryReference(RealFunction(function)).nearest(at: operand, in: .fp32) == expected)
  }

  @Test("Two terms decide the near ties of tiny numbers as MPFR does")
  func halvesOfTinyNumbers() {
    for function in [RealFunction.silu, .gelu, .geluTanh] {
      let reference = ElementaryReference(function)
      for word in stride(from: UInt32(1), to: 0x0d80_0000, by: 1_234_567) {
        for word in [word, word | 1 << 31] {
          let x = Double(Float(bitPattern: word))
          let exact = Oracle.value(of: function, UInt64(word), 0, format: .fp32)
          let nearest = exact.rounded(to: .fp32).value
          #expect(reference.nearest(at: x, in: .fp32) == nearest, "\(function) \(x)")
          let judgement = reference.judge(nearest + 1, in: .fp32, at: x)
          #expect(judgement.error >= 0.5 && judgement.error <= 1.5, "\(function) \(x)")
        }
      }
    }
  }

  @Test("Where values lie on one side of multiples of half an ulp, so do MPFR's")
  func sides() {
    let size = ElementaryReference.blockSize
    let values = UnsafeMutablePointer<Double>.allocate(capacity: size)
    defer { values.deallocate() }
    var looked = 0
    for function in RealFunction.allCases where function.arity == 1 {
      let reference = ElementaryReference(function)
      for block in stride(from: UInt32(0), to: 1 << 20, by: 16411) {
        guard reference.interpolate(from: block << 12, into: values), reference.side != nil
        else { continue }
        looked += 1
        for i in [0, 1022, 4095] {
          let x = Double(Float(bitPattern: block << 12 + UInt32(i)))
          // The three numbers of FP32 around the value err by multiples of half an ulp, nearly.
          for y in [Float(values[i]), Float(values[i]).nextUp, Float(values[i]).nextDown] {
            let ulp = Double(
              sign: .plus, exponent: max(values[i].exponent, -126) - 23, significand: 1)
            let error = (Double(y) - values[i]).magnitude / ulp
            let exact = reference.judge(UInt64(y.bitPattern), in: .fp32, at: x)
            #expect(exact.isNearest == (error < 0.5), "\(function) \(x) \(y)")
            for end in [0.5, 1, 1.5, 2] where y.sign == values[i].sign {
              #expect((exact.error <= end) == (error <= end), "\(function) \(x) \(y)")
            }
          }
        }
      }
    }
    #expect(looked > 500)
  }

  @Test("A judgement tells the nearest number from its neighbours, and a wrong special")
  func judgement() {
    let reference = ElementaryReference(.exp)
    let e: UInt64 = 0x402d_f854
    #expect(reference.judge(e, in: .fp32, at: 1).isNearest)
    let above = reference.judge(e + 1, in: .fp32, at: 1)
    #expect(!above.isNearest && above.error > 0.5 && above.error < 1.5)
    #expect(reference.judge(0x7f80_0000, in: .fp32, at: 1).error == .infinity)
    #expect(reference.judge(0x7f80_0000, in: .fp32, at: 1000).error == 0)
    #expect(reference.judge(0x7f7f_ffff, in: .fp32, at: 1000).error > 1)
    #expect(reference.judge(0x8000_0000, in: .fp32, at: -1000).error == .infinity)
  }
}
