// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Testing

@Suite("Functions of real numbers")
struct FunctionTests {
  private func value(_ function: RealFunction, _ x: Double, _ y: Double = 0) -> FunctionValue {
    Oracle.value(of: function, x.bitPattern, y.bitPattern, format: Oracle.binary64)
  }

  private func rounded(
    _ function: RealFunction, _ x: Double, _ y: Double = 0, _ rounding: Rounding = .nearestEven
  ) -> (value: Double, flags: Exceptions) {
    let result = value(function, x, y).rounded(
      to: Oracle.binary64, semantics: Semantics(rounding: rounding))
    return (Double(bitPattern: result.value), result.flags)
  }

  @Test("Every function's first 128 bits are those of its definition in 2600 bits")
  func table() throws {
    var seen: Set<RealFunction> = []
    for row in functionTable.split(separator: "\n") {
      var fields = row.split(separator: " ")
      let function = try #require(RealFunction(rawValue: String(fields.removeFirst())))
      let x = try #require(Double(String(fields.removeFirst())))
      let y = function.arity == 2 ? try #require(Double(String(fields.removeFirst()))) : 0
      let bits = try #require(value(function, x, y).firstBits, "\(row)")
      let digits = fields[0].dropFirst()
      #expect(bits.isNegative == fields[0].hasPrefix("-"), "\(row)")
      #expect(bits.significand.last == UInt64(digits.prefix(16), radix: 16), "\(row)")
      #expect(bits.significand.dropLast().last == UInt64(digits.suffix(16), radix: 16), "\(row)")
      let exponent = bits.exponent + 64 * bits.significand.count - 1
      #expect(exponent == Int(fields[1]), "\(row)")
      let hasMore = !bits.isExact || bits.significand.dropLast(2).contains { $0 != 0 }
      #expect(hasMore == (fields.count == 2), "\(row)")
      seen.insert(function)
    }
    #expect(seen == Set(RealFunction.allCases))
  }

  @Test("Zeros, infinities, poles and operands outside the domain")
  func specials() {
    let infinity = Double.infinity
    // IEEE 754-2019, clauses 9.2 and 9.2.1, and C23, clauses F.10.1 and F.10.5.
    let standard: [(RealFunction, Double, Double, Exceptions)] = [
      (.sinpi, 0, 0, []), (.sinpi, -0.0, -0.0, []), (.sinpi, 3, 0, []), (.sinpi, -4, -0.0, []),
      (.sinpi, 0.5, 1, []), (.sinpi, -2.5, -1, []), (.sinpi, 1.5, -1, []),
      (.sinpi, infinity, .nan, .invalid), (.cospi, 0.5, 0, []), (.cospi, -1.5, 0, []),
      (.cospi, -0.0, 1, []), (.cospi, 3, -1, []), (.cospi, 0x1p60, 1, []),
      (.cospi, -infinity, .nan, .invalid), (.tanpi, 0, 0, []), (.tanpi, -0.0, -0.0, []),
      (.tanpi, 2, 0, []), (.tanpi, 1, -0.0, []), (.tanpi, -1, 0, []), (.tanpi, -2, -0.0, []),
      (.tanpi, 0.5, infinity, .divideByZero), (.tanpi, 1.5, -infinity, .divideByZero),
      (.tanpi, -0.5, -infinity, .divideByZero), (.tanpi, -1.5, infinity, .divideByZero),
      (.tanpi, 0.25, 1, []), (.tanpi, -3.25, -1, []), (.tanpi, 0.75, -1, []),
      (.tanpi, infinity, .nan, .invalid), (.asinpi, 1, 0.5, []), (.asinpi, -1, -0.5, []),
      (.asinpi, -0.0, -0.0, []), (.asinpi, 1.5, .nan, .invalid), (.acospi, 1, 0, []),
      (.acospi, -1, 1, []), (.acospi, 0, 0.5, []), (.acospi, -infinity, .nan, .invalid),
      (.atanpi, 1, 0.25, []), (.atanpi, -1, -0.25, []), (.atanpi, infinity, 0.5, []),
      (.atanpi, -infinity, -0.5, []), (.atanpi, -0.0, -0.0, []),
      (.rsqrt, -0.0, -infinity, .divideByZero), (.rsqrt, 0, infinity, .divideByZero),
      (.rsqrt, -1, .nan, .invalid), (.rsqrt, infinity, 0, []),
      (.log, 0, -infinity, .divideByZero), (.log1p, -1, -infinity, .divideByZero),
      (.log1p, -2, .nan, .invalid), (.atanh, 1, infinity, .divideByZero),
      (.atanh, -1, -infinity, .divideByZero), (.acosh, 0.5, .nan, .invalid), (.acosh, 1, 0, []),
      (.expm1, -infinity, -1, []), (.cosh, -infinity, infinity, []), (.tanh, -infinity, -1, []),
      (.sin, infinity, .nan, .invalid), (.erf, -infinity, -1, []), (.erfc, -infinity, 2, []),
      (.gamma, 0, infinity, .divideByZero), (.gamma, -0.0, -infinity, .divideByZero),
      (.gamma, -3, .nan, .invalid), (.gamma, -infinity, .nan, .invalid), (.gamma, 5, 24, []),
      (.lgamma, 1, 0, []), (.lgamma, 2, 0, []), (.lgamma, 0, infinity, .divideByZero),
      (.lgamma, -3, infinity, .divideByZero), (.lgamma, -infinity, infinity, []),
      (.reciprocal, -0.0, -infinity, .divideByZero), (.reciprocal, -infinity, -0.0, []),
    ]
    // The limits, and the pieces' ends, of docs and papers; λα by mpmath.
    let scaledAlpha = 1.758099340847376859940217520812
    let limits: [(RealFunction, Double, Double, Exceptions)] = [
      (.sigmoid, -infinity, 0, []), (.sigmoid, 0, 0.5, []), (.softplus, -infinity, 0, []),
      (.silu, -infinity, -0.0, []), (.silu, -0.0, -0.0, []), (.gelu, -infinity, -0.0, []),
      (.geluTanh, -infinity, -0.0, []), (.mish, -infinity, -0.0, []), (.mish, -0.0, -0.0, []),
      (.mish, infinity, infinity, []), (.elu, -infinity, -1, []), (.elu, -0.0, -0.0, []),
      (.selu, infinity, infinity, []), (.selu, -0.0, -0.0, []),
      (.selu, -infinity, -scaledAlpha, .inexact), (.relu, -0.0, 0, []),
      (.relu, -infinity, 0, []), (.relu6, infinity, 6, []), (.hardsigmoid, -3, 0, []),
      (.hardsigmoid, 3, 1, []), (.hardswish, -3, -0.0, []), (.hardswish, -infinity, -0.0, []),
      (.hardswish, 3, 3, []), (.hardswish, -0.0, -0.0, []), (.hardswishGradient, -1.5, 0, []),
      (.hardswishGradient, -3, 0, []), (.hardswishGradient, 3, 1, []),
      (.hardswishGradient, 0, 0.5, []), (.sigmoidGradient, -0.0, 0.25, []),
      (.sigmoidGradient, -infinity, 0, []), (.tanhGradient, 0, 1, []),
      (.tanhGradient, infinity, 0, []), (.siluGradient, 0, 0.5, []),
      (.siluGradient, -infinity, -0.0, []), (.siluGradient, infinity, 1, []),
      (.geluGradient, 0, 0.5, []), (.geluGradient, -infinity, -0.0, []),
      (.geluTanhGradient, infinity, 1, []), (.geluTanhGradient, -infinity, -0.0, []),
      (.mishGradient, 0, 0.6, .inexact), (.mishGradient, -infinity, -0.0, []),
      (.mishGradient, infinity, 1, []), (.eluGradient, 0, 1, []), (.eluGradient, -infinity, 0, []),
      (.seluGradient, 0, scaledAlpha, .inexact), (.seluGradient, -infinity, 0, []),
      (.seluGradient, infinity, 1.0507009873554804934193349852946, .inexact),
    ]
    for (function, x, expected, flags) in standard + limits {
      let result = rounded(function, x)
      let isSame = result.value.bitPattern == expected.bitPattern
      #expect(isSame || result.value.isNaN && expected.isNaN, "\(function) \(x) \(result)")
      #expect(result.flags == flags, "\(function) \(x) \(result)")
    }
    for function in RealFunction.allCases where function.arity == 1 {
      #expect(rounded(function, .nan).value.isNaN && rounded(function, .nan).flags == [])
    }
  }

  @Test("fmod keeps its dividend's sign and is invalid at an infinite one and over zero")
  func fmod() {
    for (x, y, expected) in [
      (-6.0, 3.0, -0.0), (6, -4, 2), (0.5, .infinity, 0.5), (-0.0, 1, -0.0),
    ] {
      #expect(rounded(.fmod, x, y).value.bitPattern == expected.bitPattern, "\(x) \(y)")
    }
    #expect(rounded(.fmod, 1, 0).flags == .invalid)
    #expect(rounded(.fmod, .infinity, 2).flags == .invalid)
  }

  @Test("Values of finitely many bits are exact, and their neighbours are not")
  func exactValues() {
    for (function, x, expected) in [
      (RealFunction.exp2, -3.0, 0.125), (.exp10, 3, 1000), (.log2, 0x1p-1074, -1074),
      (.log10, 1e22, 22), (.cbrt, -27, -3), (.cbrt, 0x1p-1074, 0x1p-358), (.rsqrt, 0.0625, 4),
      (.hardswish, 0x1.8p-20, 0x1.80000cp-21), (.hardsigmoid, -1.5, 0.25),
      (.hardswishGradient, 0.75, 0.75), (.square, 1.5, 2.25), (.elu, 0.1, 0.1),
    ] {
      let exact = value(function, x)
      #expect(exact.firstBits?.isExact == true, "\(function) \(x)")
      #expect(rounded(function, x).value == expected, "\(function)")
      guard ![.square, .elu].contains(function) else { continue }
      let next = value(function, function == .log2 ? x + 0x1p-1073 : x.nextUp)
      let isRational = [.hardswish, .hardsigmoid, .hardswishGradient].contains(function)
      #expect(isRational || next.firstBits?.isExact == false, "\(function) \(x.nextUp)")
    }
  }

  @Test("Values next to a number lie on their side of it")
  func sides() {
    // What is just above or below: rounded up and down these are neighbours around the value.
    for (function, x, near, isAbove) in [
      (RealFunction.siluGradient, 3000.0, 1.0, true), (.siluGradient, 1e300, 1, true),
      (.siluGradient, -1e300, 0, false), (.geluGradient, 1e3, 1, true),
      (.geluGradient, 1e300, 1, true), (.geluGradient, -1e300, 0, false),
      (.geluGradient, -1e3, 0, false), (.geluTanhGradient, 1e300, 1, true),
      (.geluTanhGradient, -1e300, 0, false), (.mishGradient, 1e300, 1, true),
      (.mishGradient, 5000, 1, true), (.mishGradient, -1e300, 0, false),
      (.siluGradient, 0x1p-1074, 0.5, true), (.siluGradient, -0x1p-1074, 0.5, false),
      (.geluGradient, 0x1p-1074, 0.5, true), (.geluTanhGradient, -0x1p-1074, 0.5, false),
      (.sigmoidGradient, 0x1p-1074, 0.25, false), (.tanhGradient, -0x1p-1074, 1, false),
      (.tanhGradient, 1e300, 0, true), (.sigmoidGradient, -1e300, 0, true),
      (.mish, 1e300, 1e300, false), (.mish, 2000, 2000, false), (.mish, -1e300, 0, false),
      (.mish, -0x1p-1074, -0x1p-1074, true), (.elu, -0x1p-1074, -0x1p-1074, true),
      (.elu, -1e300, -1, true), (.eluGradient, -0x1p-1074, 1, false),
      (.eluGradient, -1e300, 0, true), (.cospi, 0x1p-1074, 1, false), (.cos, 0x1p-1074, 1, false),
      (.sigmoid, 1e300, 1, false), (.gelu, -1e300, 0, false),
      (.hardswish, 0x1p-1073, 0x1p-1074, true), (.acospi, 0x1p-1074, 0.5, false),
      (.atanpi, 1e300, 0.5, false), (.gamma, 0x1p-1000, 0x1p1000, false),
      (.gamma, -0x1p-1000, -0x1p1000, false),
    ] {
      let up = rounded(function, x, 0, .up)
      let down = rounded(function, x, 0, .down)
      #expect(up.flags.contains(.inexact) && down.flags.contains(.inexact), "\(function) \(x)")
      #expect(up.value > down.value && up.value == down.value.nextUp, "\(function) \(x)")
      #expect((isAbove ? down : up).value == near, "\(function) \(x)")
    }
  }

  @Test("Far out every activation and derivative keeps to its side of its limit")
  func farSides() {
    // MPFR's exponents end near e^(-2^29.5): x, x²/2 and the cubic of gelu_tanh pass that here.
    let far = [2e3, 3e4, 5e4, 2e5, 1e6, 1e8, 1e9, 1e10, 1e18, 1e19, 1e100]
    for x in far {
      for function in [
        RealFunction.silu, .gelu, .geluTanh, .mish, .siluGradient, .geluGradient, .geluTanhGradient,
        .mishGradient,
      ] {
        let below = rounded(function, -x, 0, .down)
        #expect(below.value == -.leastNonzeroMagnitude, "\(function) \(-x)")
        let isGradient = function.rawValue.hasSuffix("gradient")
        let above = rounded(function, x, 0, isGradient ? .up : .down)
        #expect(above.value == (isGradient ? 1.nextUp : x.nextDown), "\(function) \(x)")
      }
      for function in [RealFunction.sigmoid, .normal, .softplus, .eluGradient, .seluGradient] {
        #expect(rounded(function, -x, 0, .up).value == .leastNonzeroMagnitude, "\(function) \(x)")
      }
      for function in [RealFunction.sigmoid, .normal] {
        #expect(rounded(function, x, 0, .down).value == 1.nextDown, "\(function) \(x)")
      }
      for function in [RealFunction.sigmoidGradient, .tanhGradient] {
        #expect(rounded(function, x, 0, .up).value == .leastNonzeroMagnitude, "\(function) \(x)")
      }
      #expect(rounded(.softplus, x, 0, .up).value == x.nextUp, "\(x)")
      #expect(rounded(.elu, -x, 0, .down).value == -1 && rounded(.elu, -x, 0, .up).value > -1)
    }
  }
}
