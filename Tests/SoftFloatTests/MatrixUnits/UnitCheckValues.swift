// SPDX-License-Identifier: Apache-2.0
import Formats

@testable import SoftFloat

/// Results that tell the units apart, from published experiments (arXiv 2511.10909, arXiv
/// 2512.07004, PeerJ CS 7:e330).
struct UnitCheckValue {
  let units: [MatrixUnit]
  let format: Format
  var accumulator = Accumulation.SumFormat.fp32
  /// (a, b) of each term.
  let terms: [(Float, Float)]
  let c: Float
  let result: Float

  /// The row of a unit.
  func row(_ unit: MatrixUnit) -> MatrixUnitRow? {
    unit.row(format, format, accumulator: accumulator)
  }

  /// The walk over the terms.
  func walk(_ row: MatrixUnitRow) -> Float {
    row.walk(terms.map(\.0), terms.map(\.1), c, (format, format))
  }

  static let volta: [MatrixUnit] = [.volta]
  static let ampere: [MatrixUnit] = [.turing, .ampere, .ada]
  static let hopper: [MatrixUnit] = [.hopper, .hopperMMA, .blackwell]

  /// One case, and what each generation makes of it, as encodings of FP32.
  private static func generations(
    _ terms: [(Float, Float)], c: Float = 0, _ results: [UInt32]
  ) -> [UnitCheckValue] {
    zip([volta, ampere, hopper], results).map {
      UnitCheckValue(
        units: $0, format: .fp16, terms: terms, c: c, result: Float(bitPattern: $1))
    }
  }

  /// -2^23 and three small terms beside 2^23.
  private static let cancelling: [(Float, Float)] = [
    (-0x1p13, 0x1p10), (-0.5, 1), (-0.25, 1), (-0.125, 1),
  ]

  private static func cancelling(
    _ units: [MatrixUnit], _ format: Format, _ result: Float
  ) -> UnitCheckValue {
    UnitCheckValue(units: units, format: format, terms: cancelling, c: 0x1p23, result: result)
  }

  private static let small: [(Float, Float)] = [
    (0x1p-12, 0x1p-11), (0x1p-12, 0x1p-12), (0x1p-12, 0x1p-12),
  ]

  static let all: [UnitCheckValue] =
    generations(
      cancelling, c: 0x1p23, [0, (-0.5 as Float).bitPattern, (-0.75 as Float).bitPattern])
    + [
      cancelling([.ada, .hopper], .e5m2, 0), cancelling([.blackwell], .e5m2, -0.75),
      cancelling([.cdna1], .fp16, -0.875), cancelling([.cdna2, .cdna2K], .fp16, 0),
      cancelling([.cdna2], .bf16, -0.375), cancelling([.cdna3], .fp16, -0.5),
    ]
    + generations([(1.5, 1.5)] + small, [0x4010_0000, 0x4010_0001, 0x4010_0001])
    + generations([(2.25, 1)] + small, [0x4010_0000, 0x4010_0000, 0x4010_0001])
    + generations([(1, 1)], c: 1 + 3 * 0x1p-23, [0x4000_0001, 0x4000_0001, 0x4000_0001])
    + generations([(1, 1)], c: -(1 - 0x1p-24), [0x3400_0000, 0x3380_0000, 0x3380_0000])
    + generations(
      [(Float, Float)](repeating: (0x1p-12, 0x1p-13), count: 4), c: 1,
      [0x3f80_0000, 0x3f80_0000, 0x3f80_0001])
    + tiny(ampere.filter { $0 != .turing }, c: 0, 1) + tiny(hopper, c: 0, 2)
    + tiny(ampere.filter { $0 != .turing }, c: 0x1p-149, 1) + tiny(hopper, c: 0x1p-149, 1)
    + ties(volta, last: 42) + ties(ampere, last: 44) + ties(hopper, last: 46)
    + apart(volta + ampere, 1) + apart(hopper, 1 + 0x1p-10)
    + [
      UnitCheckValue(
        units: [.hopper], format: .e4m3, terms: [(0, 0)], c: 1 + 0x1p-13 + 0x1p-14,
        result: Float(bitPattern: 0x3f80_0400))
    ]
    + halves

  /// FP8 that `mma.sync` converts to FP16. Into FP16 the first half's sum, 1 + 2^-11 of k = 0 and
  /// 1, is rounded to FP16 before c comes; into FP32 it is not.
  private static let halves: [UnitCheckValue] = [Accumulation.SumFormat.fp16, .fp32].map {
    UnitCheckValue(
      units: [.hopperMMA], format: .e5m2, accumulator: $0, terms: [(1, 1), (0x1p-5, 0x1p-6)],
      c: 0x1p-11, result: $0 == .fp16 ? 1 : 1 + 0x1p-10)
  }

  /// Sixteen products of 2^-152 in BF16, and a result in units of 2^-149.
  private static func tiny(_ units: [MatrixUnit], c: Float, _ result: UInt32) -> [UnitCheckValue] {
    [
      UnitCheckValue(
        units: units, format: .bf16,
        terms: [(Float, Float)](repeating: (0x1p-76, 0x1p-76), count: 16), c: c,
        result: Float(bitPattern: result))
    ]
  }

  /// 2^-25, a tie in FP16, and 2^-k, which decides it as long as the sum keeps it.
  private static func ties(_ units: [MatrixUnit], last: Int) -> [UnitCheckValue] {
    [(last, Float(0x1p-24)), (last + 1, 0)].map { k, result in
      UnitCheckValue(
        units: units, format: .fp16, accumulator: .fp16,
        terms: [
          (0x1p-12, 0x1p-13), (0x1p-24, Float(sign: .plus, exponent: 24 - k, significand: 1)),
        ], c: 0, result: result)
    }
  }

  /// c = 1 and 2^-11 at k = 0 and 8, half of an ulp of FP16 each.
  private static func apart(_ units: [MatrixUnit], _ result: Float) -> [UnitCheckValue] {
    var terms = [(Float, Float)](repeating: (0, 0), count: 16)
    (terms[0], terms[8]) = ((0x1p-11, 1), (0x1p-11, 1))
    return [
      UnitCheckValue(
        units: units, format: .fp16, accumulator: .fp16, terms: terms, c: 1, result: result)
    ]
  }
}
