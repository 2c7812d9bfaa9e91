// SPDX-License-Identifier: Apache-2.0
import Formats

/// The parameters of a unit as the papers give them: by generation, by the bytes of an operand and
/// by the instruction's k, not row by row as the code has them (arXiv 2511.10909, sections on mma,
/// wgmma and tcgen05; arXiv 2512.07004; PeerJ CS 7:e330; the vendors' manuals).
package struct UnitRule: Sendable {
  /// How the terms of a step become its result.
  package enum Function: Sendable {
    case fused, throughFP16, exact, flushed, aligned, chains, oddPairs, pairs
  }

  /// That of the unit.
  package var function: Function
  /// L.
  package var terms: Int
  /// F, of fused sums.
  package var fractionBits = 0
  /// How bits below F are cut off.
  package var cut = FixedPoint.Direction.towardZero
  /// The fraction bits of an FP32 result.
  package var resultBits = 23
  /// Whether results are FP16.
  package var isHalf = false
  /// The exponent that a zero counts with.
  package var zeroExponent = 0
  /// Whether operands lose the bits that TF32 has not.
  package var clearsLowBits = false

  /// The parameters of a unit with operands and sums in formats; nil where it takes none such.
  package init?(
    _ unit: MatrixUnit, _ a: Format, _ b: Format, _ accumulator: Accumulation.SumFormat,
    _ shape: MatrixInstructionShape?
  ) {
    let pair = [a, b]
    func all(_ formats: Format...) -> Bool { pair.allSatisfy(formats.contains) }
    let isTF32 = all(.tf32, .fp32)
    switch unit {
    case .volta, .turing, .ampere, .ada, .hopper, .hopperMMA, .blackwell:
      guard accumulator == .fp32 || accumulator == .fp16 else { return nil }
      self.init(nvidia: unit, pair, isHalf: accumulator == .fp16, k: Self.terms(shape))
    case .cdna1, .cdna2, .cdna2K:
      guard a == b, all(.fp16, .bf16), accumulator == .fp32, shape == nil else { return nil }
      let isNarrow = a == .bf16 && unit != .cdna2K
      self.init(function: unit == .cdna1 ? .exact : .flushed, terms: isNarrow ? 2 : 4)
    case .cdna3:
      guard isTF32 || (a == b && all(.fp16, .bf16)), accumulator == .fp32, shape == nil else {
        return nil
      }
      self.init(function: .aligned, terms: isTF32 ? 4 : 8, clearsLowBits: isTF32)
    case .amx:
      guard a == b, all(.fp16, .bf16), accumulator == .fp32, shape == nil else { return nil }
      self.init(function: .chains, terms: 32)
    case .bfmmla, .bfmmlaEBF:
      guard all(.bf16), accumulator == .fp32, shape == nil else { return nil }
      self.init(function: unit == .bfmmla ? .oddPairs : .pairs, terms: 2)
    }
  }

  private init(function: Function, terms: Int, clearsLowBits: Bool = false) {
    self.function = function
    self.terms = terms
    self.clearsLowBits = clearsLowBits
  }

  /// The k of an instruction's shape.
  private static func terms(_ shape: MatrixInstructionShape?) -> Int? {
    shape.flatMap { name in name.rawValue.split(separator: "k").last.flatMap { Int($0) } }
  }

  /// NVIDIA: L is what so many bytes of operands hold, 8 (Volta), 16 (Turing to Ada) or 32 (Hopper
  /// and Blackwell), and k where that is less.
  private init?(nvidia unit: MatrixUnit, _ pair: [Format], isHalf: Bool, k: Int?) {
    func all(_ formats: Format...) -> Bool { pair.allSatisfy(formats.contains) }
    let isFP8 = all(.e4m3, .e5m2)
    let isLess = all(.e4m3, .e5m2, .e3m2, .e2m3, .e2m1)
    let isTF32 = all(.tf32, .fp32) && !isHalf
    let isTwoBytes = pair == [.fp16, .fp16] || (pair == [.bf16, .bf16] && !isHalf)
    // The k that an instruction of the unit may have.
    let known: [Int]
    var generation: (bytes: Int, fraction: Int, below: Int)
    switch unit {
    case .volta, .turing:
      guard pair == [.fp16, .fp16] else { return nil }
      known = unit == .volta ? [4] : [8, 4]
      // Turing's m8n8k4 is Volta's.
      generation = unit == .volta || k == 4 ? (8, 23, 5) : (16, 24, 6)
    case .ampere, .ada:
      guard isTwoBytes || isTF32 || (isFP8 && unit == .ada) else { return nil }
      known = isFP8 ? [32, 16] : isTF32 ? [8, 4] : [16, 8]
      generation = (16, isFP8 ? 13 : 24, 6)
    default:
      guard isTwoBytes || isTF32 || isFP8 || (isLess && unit == .blackwell) else { return nil }
      let isOther = isLess && unit != .hopperMMA
      known = isOther ? [] : isFP8 ? [32] : isTF32 ? [8, 4] : [16, 8]
      generation = (32, isFP8 && unit == .hopper ? 13 : 25, 7)
    }
    if let k, !known.contains(k) { return nil }
    let size = isTF32 ? 4 : isTwoBytes ? 2 : 1
    function = isFP8 && unit == .hopperMMA ? .throughFP16 : .fused
    terms = min(generation.bytes / size, k ?? .max)
    fractionBits = generation.fraction
    resultBits = generation.fraction == 13 ? 13 : 23
    self.isHalf = isHalf
    // So far below the smallest exponent of the result's format.
    zeroExponent = (isHalf ? -14 : -126) - generation.below
    clearsLowBits = isTF32
  }
}
