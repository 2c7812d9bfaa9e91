// SPDX-License-Identifier: Apache-2.0
import Formats

extension MatrixUnit {
  /// What a unit computes for operands of two formats; nil where it does not take them.
  ///
  /// - Parameter shape: that of the instruction; of nil the unit's own, its first row.
  public func row(
    _ a: Format, _ b: Format, accumulator: Accumulation.SumFormat,
    shape: MatrixInstructionShape? = nil
  ) -> MatrixUnitRow? {
    rows(shape).first {
      $0.accumulator == accumulator && $0.inputs.contains(a) && $0.inputs.contains(b)
        && ($0.mixes || a == b)
    }
  }

  /// The rows of the unit.
  public var rows: [MatrixUnitRow] { Self.rows.filter { $0.units.contains(self) } }

  /// The rows of the unit's instructions of a shape; all of nil.
  public func rows(_ shape: MatrixInstructionShape?) -> [MatrixUnitRow] {
    guard let shape else { return rows }
    return rows.filter { $0.shapes.contains(shape) }
  }

  /// The shapes that the unit's instructions have, of those that are told apart.
  public var shapes: [MatrixInstructionShape] {
    MatrixInstructionShape.allCases.filter { !rows($0).isEmpty }
  }
}

/// What some matrix units compute for operands of certain formats: the function
/// d = f(a(1) ... a(L), b(1) ... b(L), c), of which the unit's walk along the inner index takes L
/// terms at a time.
public struct MatrixUnitRow: Hashable, Sendable {
  /// How the function is known.
  public enum Evidence: String, Sendable, CaseIterable {
    /// An independent model agrees with published results of the hardware itself.
    case hardware = "hardware vectors"
    /// A published emulator, whose authors compared it with the hardware.
    case emulator = "published emulator"
    /// The vendor's documentation.
    case documentation
    /// The rule of the rows beside it: no result of the hardware or of an emulator was compared.
    case none = "not compared"
  }

  /// The units.
  public var units: [MatrixUnit]
  /// The formats that both operands may have.
  public var inputs: [Format]
  /// Whether the two operands may be of different formats.
  public var mixes = false
  /// The format of c and of the result.
  public var accumulator: Accumulation.SumFormat
  /// The function.
  public var method: MatrixUnitMethod
  /// How it is known, for two operands of one format.
  public var evidence: Evidence
  /// How it is known where the formats of the operands differ.
  public var mixedEvidence: Evidence
  /// The shapes of the instructions it stands for, the usual one first; none where shapes do not
  /// matter.
  public var shapes: [MatrixInstructionShape] = []
  /// Whether the instruction also takes a c of FP16 into FP32.
  public var takesHalfAddend = false

  /// L, the terms that one step of the walk adds.
  public var terms: Int { method.terms }

  /// Whether operands of FP32 lose their low 13 bits on the way in.
  var readsTF32: Bool { inputs.contains(.tf32) }
  /// Whether operands become FP16 on the way in.
  var readsFP16: Bool {
    if case .truncatedHalves = method { true } else { false }
  }
}

/// The functions of matrix units.
public enum MatrixUnitMethod: Hashable, Sendable {
  /// NVIDIA's truncated fused sum.
  case truncated(TruncatedSum)
  /// NVIDIA's truncated fused sum of the terms k with k mod 4 < 2 of twice as many, begun at 0,
  /// then of the others, of operands converted to FP16; then R(c + sum), to nearest in the
  /// accumulator's format.
  case truncatedHalves(TruncatedSum)
  /// RN(c + Σ a b) of so many terms, rounded once, to FP32.
  case exact(terms: Int)
  /// FP32 operations that take subnormal operands for +0 and results for a zero of their sign:
  /// c + (m0 + m1), or c + ((m0 + m1) + (m2 + m3)), where m = a b.
  case flushed(terms: Int)
  /// Products aligned to the largest and truncated, their sum and c aligned again and rounded down.
  case aligned(terms: Int)
  /// c + (t0 + t1), t0 and t1 chains of fused multiply-adds from 0 over the even and the odd terms,
  /// in FP32, subnormal operands and results taken for zero.
  case chains(terms: Int)
  /// RO(c + RO(RO(a b) + RO(a b))), RO to FP32's odd neighbour, subnormal operands and results
  /// taken for zero, overflow infinite.
  case oddPairs
  /// RN(c + RN(a b + a b)) in FP32.
  case pairs

  /// L, the terms that the function takes.
  public var terms: Int {
    switch self {
    case .truncated(let sum): sum.terms
    case .truncatedHalves(let sum): 2 * sum.terms
    case .exact(let terms), .flushed(let terms), .aligned(let terms), .chains(let terms): terms
    case .oddPairs, .pairs: 2
    }
  }
}

/// The parameters of NVIDIA's sums: terms and c are aligned to the largest exponent, and what lies
/// more than F bits below it is cut off each.
public struct TruncatedSum: Hashable, Sendable {
  /// How the sum becomes a result.
  public enum Conversion: String, Sendable {
    /// Toward zero to FP32, infinite from 2^128 on.
    case towardZero = "RZ-FP32"
    /// Toward zero to 13 fraction bits, held in FP32.
    case towardZero13 = "RZ-E8M13"
    /// To FP16, nearest even.
    case nearest16 = "RNE-FP16"
  }

  /// L, the products of a sum.
  public var terms: Int
  /// F, the fraction bits that are kept below the largest exponent.
  public var fractionBits: Int
  /// ρ, the conversion of the sum.
  public var conversion: Conversion
  /// The exponent that a zero product and a zero c count with.
  public var zeroExponent: Int

  init(_ terms: Int, _ fractionBits: Int, _ conversion: Conversion, _ zeroExponent: Int) {
    self.terms = terms
    self.fractionBits = fractionBits
    self.conversion = conversion
    self.zeroExponent = zeroExponent
  }
}
