// SPDX-License-Identifier: Apache-2.0
import Formats

extension MatrixUnit {
  /// Every unit's functions, the table of docs/matrix-units.md.
  ///
  /// NVIDIA's and AMD's: arXiv 2511.10909 (MMA-Sim), arXiv 2512.07004, arXiv 2609.14845 and, for Volta to
  /// Ampere, PeerJ CS 7:e330. Intel's and Arm's: their manuals.
  public static let rows: [MatrixUnitRow] = nvidia + others

  private static let half: [Format] = [.fp16]
  private static let sixteen: [Format] = [.fp16, .bf16]
  /// FP32 operands are truncated to TF32.
  private static let tf32: [Format] = [.tf32, .fp32]
  private static let eight: [Format] = [.e4m3, .e5m2]
  private static let eightAndLess: [Format] = [.e4m3, .e5m2, .e3m2, .e2m3, .e2m1]

  private static let nvidia: [MatrixUnitRow] = [
    row([.volta], half, .fp32, TruncatedSum(4, 23, .towardZero, -131), .hardware),
    row([.volta], half, .fp16, TruncatedSum(4, 23, .nearest16, -19), .hardware),
    row([.turing], half, .fp32, TruncatedSum(8, 24, .towardZero, -132), .emulator),
    row([.turing], half, .fp16, TruncatedSum(8, 24, .nearest16, -20), .emulator),
    row([.ampere, .ada], sixteen, .fp32, TruncatedSum(8, 24, .towardZero, -132), .hardware),
    row([.ampere, .ada], half, .fp16, TruncatedSum(8, 24, .nearest16, -20), .hardware),
    row(
      [.ampere, .ada], tf32, mixes: true, .fp32, TruncatedSum(4, 24, .towardZero, -132), .hardware),
    row(
      [.ada], eight, mixes: true, .fp32, TruncatedSum(16, 13, .towardZero13, -132), .hardware),
    row([.ada], eight, mixes: true, .fp16, TruncatedSum(16, 13, .nearest16, -20), .hardware),
    row(
      [.hopper, .hopperMMA, .blackwell], sixteen, .fp32, TruncatedSum(16, 25, .towardZero, -133),
      .hardware),
    row(
      [.hopper, .hopperMMA, .blackwell], half, .fp16, TruncatedSum(16, 25, .nearest16, -21),
      .hardware),
    row(
      [.hopper, .hopperMMA, .blackwell], tf32, mixes: true, .fp32,
      TruncatedSum(8, 25, .towardZero, -133), .emulator),
    row(
      [.hopper], eight, mixes: true, .fp32, TruncatedSum(32, 13, .towardZero13, -133), .hardware),
    row([.hopper], eight, mixes: true, .fp16, TruncatedSum(32, 13, .nearest16, -21), .emulator),
    halves(.fp32), halves(.fp16),
    row(
      [.blackwell], eightAndLess, mixes: true, .fp32, TruncatedSum(32, 25, .towardZero, -133),
      .emulator),
    row(
      [.blackwell], eightAndLess, mixes: true, .fp16, TruncatedSum(32, 25, .nearest16, -21),
      .emulator),
  ]

  private static let others: [MatrixUnitRow] = [
    row([.cdna1], half, .exact(terms: 4), .emulator),
    row([.cdna1], [.bf16], .exact(terms: 2), .emulator),
    row([.cdna2, .cdna2K], half, .flushed(terms: 4), .emulator),
    row([.cdna2], [.bf16], .flushed(terms: 2), .emulator),
    row([.cdna2K], [.bf16], .flushed(terms: 4), .emulator),
    row([.cdna3], sixteen, .aligned(terms: 8), .emulator),
    row([.cdna3], tf32, mixes: true, .aligned(terms: 4), .emulator),
    row([.amx], sixteen, .chains(terms: 32), .documentation),
    row([.bfmmla], [.bf16], .oddPairs, .documentation),
    row([.bfmmlaEBF], [.bf16], .pairs, .documentation),
  ]

  private static func row(
    _ units: [MatrixUnit], _ inputs: [Format], mixes: Bool = false,
    _ accumulator: Accumulation.SumFormat, _ sum: TruncatedSum, _ evidence: MatrixUnitRow.Evidence
  ) -> MatrixUnitRow {
    MatrixUnitRow(
      units: units, inputs: inputs, mixes: mixes, accumulator: accumulator,
      method: .truncated(sum), evidence: evidence)
  }

  /// Operands of 8 bits that Hopper's `mma.sync` converts to FP16.
  private static func halves(_ accumulator: Accumulation.SumFormat) -> MatrixUnitRow {
    MatrixUnitRow(
      units: [.hopperMMA], inputs: eight, mixes: true, accumulator: accumulator,
      method: .truncatedHalves(TruncatedSum(16, 25, .towardZero, -133)), evidence: .emulator)
  }

  private static func row(
    _ units: [MatrixUnit], _ inputs: [Format], mixes: Bool = false, _ method: MatrixUnitMethod,
    _ evidence: MatrixUnitRow.Evidence
  ) -> MatrixUnitRow {
    MatrixUnitRow(
      units: units, inputs: inputs, mixes: mixes, accumulator: .fp32, method: method,
      evidence: evidence)
  }
}
