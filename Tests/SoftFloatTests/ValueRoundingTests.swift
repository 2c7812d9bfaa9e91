// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness
import SoftFloat
import Testing

@Suite("Values rounded without encodings")
struct ValueRoundingTests {
  private static let formats: [Format] = [
    .fp16, .bf16, .tf32, .e5m2, .e4m3, .e3m2, .e2m3, .e2m1, .fp32,
    Format(exponentBits: 5, fractionBits: 7), Format(exponentBits: 8, fractionBits: 22),
    Format(exponentBits: 2, fractionBits: 1), Format(exponentBits: 7, fractionBits: 23),
    Format(exponentBits: 3, fractionBits: 4),
  ]
  private static let roundings: [Rounding] =
    Rounding.deterministic + [
      .stochastic(bits: 1, seed: 3), .stochastic(bits: 16, seed: 4), .stochastic(bits: 20, seed: 5),
      .stochastic(bits: 32, seed: 6),
    ]

  /// FP32 encodings around every boundary of a format, and random ones: of all exponents, and of
  /// the format's.
  private static func operands(_ format: Format) -> [UInt32] {
    var found: [UInt32] = []
    for encoding in [
      UInt64(0), 1, 2, 3, UInt64(max(1, format.smallestNormal)) - 1, UInt64(format.smallestNormal),
      UInt64(format.largestFinite) - 1, UInt64(format.largestFinite),
    ] {
      let value = UInt32(
        Arithmetic.evaluate(.convert, encoding, format: format, to: .fp32).value)
      let unit = Float(bitPattern: value).ulp
      for quarter in -4...4 {
        let near = Float(bitPattern: value) + Float(quarter) * unit / 4
        for off in -2...2 {
          found.append(near.bitPattern &+ UInt32(truncatingIfNeeded: off))
        }
      }
    }
    let half = Float(sign: .plus, exponent: max(format.minUlpExponent - 1, -149), significand: 1)
    for off in -2...2 { found.append(half.bitPattern &+ UInt32(truncatingIfNeeded: off)) }
    found += [0x7f7f_ffff, 0x7f80_0000, 0x7f80_0001, 0x7fc0_0000, 0x7fff_ffff]
    for i in 0..<4000 {
      let word = RandomWords.word(seed: 12, index: UInt64(i))
      let span = UInt32(format.maxExponent - format.minUlpExponent + 6)
      let field = UInt32(clamping: format.minUlpExponent + 124 + Int(word >> 9 % span))
      found += [word, word & 0x807f_ffff | min(field, 254) << 23, word & 0x80ff_f000]
    }
    return found + found.map { $0 ^ 0x8000_0000 }
  }

  @Test("FP32 values are those of a conversion and back, for every format, rounding and overflow")
  func singles() {
    for format in Self.formats {
      let source = Self.operands(format)
      let values = source.map { Float(bitPattern: $0) }
      for rounding in Self.roundings {
        for overflow in OverflowPolicy.allCases {
          let semantics = Semantics(rounding: rounding, overflow: overflow)
          var rounded = [Float](repeating: 0, count: values.count)
          TensorKernels.round(
            values, into: &rounded, count: values.count, to: format, semantics, firstIndex: 77)
          let expected = Self.converted(source, format, semantics, firstIndex: 77)
          let wrong = rounded.indices.first { rounded[$0].bitPattern != expected[$0] }
          #expect(
            wrong == nil,
            "\(format) \(rounding) \(overflow) \(wrong.map { String(source[$0], radix: 16) } ?? "")"
          )
        }
      }
    }
  }

  /// The encodings of FP32 that a conversion to the format and one back deliver.
  private static func converted(
    _ source: [UInt32], _ format: Format, _ semantics: Semantics, firstIndex: UInt64
  ) -> [UInt32] {
    var encoded = [UInt32](repeating: 0, count: source.count)
    var back = encoded
    Batch.convert(
      source, from: .fp32, to: format, into: &encoded, count: source.count, semantics: semantics,
      firstIndex: firstIndex)
    Batch.convert(encoded, from: format, to: .fp32, into: &back, count: source.count)
    return back
  }

  @Test("FP64 values are rounded once, from the exact number")
  func doubles() {
    for format in Self.formats + [.e8m0] {
      var values = Self.operands(format).map { Double(Float(bitPattern: $0)) }
      // Beside numbers and ties of FP32, and outside its range.
      values += values.flatMap { [$0.nextUp, $0.nextDown, $0 * 0x1p-100, $0 * 0x1p120] }
      for rounding in Self.roundings {
        let semantics = Semantics(rounding: rounding)
        var rounded = [Double](repeating: 0, count: values.count)
        TensorKernels.round(
          values, into: &rounded, count: values.count, to: format, semantics, firstIndex: 5)
        let wrong = values.indices.first { i in
          let encoding = TensorKernels.round(
            values[i], to: format, semantics, index: 5 + UInt64(i)
          ).value
          let single = Arithmetic.evaluate(.convert, encoding, format: format, to: .fp32).value
          let expected = Double(Float(bitPattern: UInt32(single)))
          return rounded[i].bitPattern != expected.bitPattern
        }
        #expect(wrong == nil, "\(format) \(rounding) \(wrong.map { values[$0] } ?? 0)")
      }
    }
  }

  @Test("an FP64 number of FP32 has the encoding and the exceptions of the FP32 number")
  func exceptions() {
    for semantics in [
      Semantics(), Semantics(subnormals: .flushResults), Semantics(nan: .propagateFirst),
      Semantics(rounding: .up, tininess: .beforeRounding, overflow: .saturate),
      Semantics(rounding: .stochastic(bits: 24, seed: 9)),
    ] {
      for format in Self.formats {
        for (index, bits) in Self.operands(format).prefix(2000).enumerated() {
          // Of a signaling NaN the conversion to FP64 would make a quiet one.
          guard !Float(bitPattern: bits).isSignalingNaN else { continue }
          let single = Arithmetic.evaluate(
            .convert, UInt64(bits), format: .fp32, to: format, semantics: semantics,
            index: UInt64(index))
          let double = TensorKernels.round(
            Double(Float(bitPattern: bits)), to: format, semantics, index: UInt64(index))
          guard single != double else { continue }
          Issue.record("\(format) \(String(bits, radix: 16)): \(double), not \(single)")
          break
        }
      }
    }
  }
}
