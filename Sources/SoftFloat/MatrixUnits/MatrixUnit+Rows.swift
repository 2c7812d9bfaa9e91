// SPDX-License-Identifier: Apache-2.0
import Formats

extension MatrixUnit {
  /// Every unit's functions, the table of docs/matrix-units.md. A unit's own row for operands that
  /// several take is the first.
  ///
  /// NVIDIA's and AMD's: arXiv 2511.10909 (MMA-Sim), arXiv 2512.07004, arXiv 2609.14845 and, for
  /// Volta to Ampere, PeerJ CS 7:e330. Intel's and Arm's: their manuals.
  public static let rows: [MatrixUnitRow] = ofVolta + ofAmpere + ofHopper + others

  private static let half: [Format] = [.fp16]
  private static let sixteen: [Format] = [.fp16, .bf16]
  /// FP32 operands are truncated to TF32.
  private static let tf32: [Format] = [.tf32, .fp32]
  private static let eight: [Format] = [.e4m3, .e5m2]

  private static let ofVolta: [MatrixUnitRow] = [
    row([.volta], half, .fp32, TruncatedSum(4, 23, .towardZero, -131), .hardware)
      .of([.m8n8k4], halfAddend: true),
    row([.volta], half, .fp16, TruncatedSum(4, 23, .nearest16, -19), .hardware).of([.m8n8k4]),
    row([.turing], half, .fp32, TruncatedSum(8, 24, .towardZero, -132), .emulator).of([.m16n8k8]),
    row([.turing], half, .fp16, TruncatedSum(8, 24, .nearest16, -20), .emulator).of([.m16n8k8]),
    row([.turing], half, .fp32, TruncatedSum(4, 23, .towardZero, -131), .none)
      .of([.m8n8k4], halfAddend: true),
    row([.turing], half, .fp16, TruncatedSum(4, 23, .nearest16, -19), .none).of([.m8n8k4]),
  ]

  private static let ofAmpere: [MatrixUnitRow] = [
    row([.ampere, .ada], sixteen, .fp32, TruncatedSum(8, 24, .towardZero, -132), .hardware)
      .of([.m16n8k16, .m16n8k8]),
    row([.ampere, .ada], half, .fp16, TruncatedSum(8, 24, .nearest16, -20), .hardware)
      .of([.m16n8k16, .m16n8k8]),
    row([.ampere, .ada], tf32, .fp32, TruncatedSum(4, 24, .towardZero, -132), .hardware)
      .mixed(.emulator).of([.m16n8k8, .m16n8k4]),
    row([.ada], eight, .fp32, TruncatedSum(16, 13, .towardZero13, -132), .hardware)
      .mixed(.emulator).of([.m16n8k32, .m16n8k16]),
    row([.ada], eight, .fp16, TruncatedSum(16, 13, .nearest16, -20), .hardware)
      .mixed(.emulator).of([.m16n8k32, .m16n8k16]),
  ]

  private static let sinceHopper: [MatrixUnit] = [.hopper, .hopperMMA, .blackwell]

  private static let ofHopper: [MatrixUnitRow] = [
    row(sinceHopper, sixteen, .fp32, TruncatedSum(16, 25, .towardZero, -133), .hardware)
      .of([.m16n8k16]),
    row(sinceHopper, half, .fp16, TruncatedSum(16, 25, .nearest16, -21), .hardware)
      .of([.m16n8k16]),
    row(sinceHopper, sixteen, .fp32, TruncatedSum(8, 25, .towardZero, -133), .emulator)
      .of([.m16n8k8]),
    row(sinceHopper, half, .fp16, TruncatedSum(8, 25, .nearest16, -21), .emulator).of([.m16n8k8]),
    row(sinceHopper, tf32, .fp32, TruncatedSum(8, 25, .towardZero, -133), .emulator)
      .mixed(.emulator).of([.m16n8k8]),
    row(sinceHopper, tf32, .fp32, TruncatedSum(4, 25, .towardZero, -133), .hardware)
      .mixed(.emulator).of([.m16n8k4]),
    row([.hopper], eight, .fp32, TruncatedSum(32, 13, .towardZero13, -133), .hardware)
      .mixed(.emulator),
    row([.hopper], eight, .fp16, TruncatedSum(32, 13, .nearest16, -21), .emulator)
      .mixed(.emulator),
    halves(.fp32, .towardZero, -133), halves(.fp16, .nearest16, -21),
    row(
      [.blackwell], [.e4m3, .e5m2, .e2m1], .fp32, TruncatedSum(32, 25, .towardZero, -133),
      .emulator
    ).mixed(.emulator),
    row(
      [.blackwell], [.e4m3, .e5m2, .e2m1], .fp16, TruncatedSum(32, 25, .nearest16, -21), .emulator
    ).mixed(.emulator),
    row(
      [.blackwell], [.e3m2, .e2m3, .e4m3, .e5m2, .e2m1], .fp32,
      TruncatedSum(32, 25, .towardZero, -133), .none
    ).mixed(.none),
    row(
      [.blackwell], [.e3m2, .e2m3, .e4m3, .e5m2, .e2m1], .fp16,
      TruncatedSum(32, 25, .nearest16, -21), .none
    ).mixed(.none),
  ]

  private static let others: [MatrixUnitRow] = [
    row([.cdna1], half, .exact(terms: 4), .emulator),
    row([.cdna1], [.bf16], .exact(terms: 2), .emulator),
    row([.cdna2, .cdna2K], half, .flushed(terms: 4), .emulator),
    row([.cdna2], [.bf16], .flushed(terms: 2), .emulator),
    row([.cdna2K], [.bf16], .flushed(terms: 4), .emulator),
    row([.cdna3], sixteen, .aligned(terms: 8), .emulator),
    row([.cdna3], tf32, .aligned(terms: 4), .emulator).mixed(.emulator),
    row([.amx], sixteen, .chains(terms: 32), .documentation),
    row([.bfmmla], [.bf16], .oddPairs, .documentation),
    row([.bfmmlaEBF], [.bf16], .pairs, .documentation),
  ]

  private static func row(
    _ units: [MatrixUnit], _ inputs: [Format], _ accumulator: Accumulation.SumFormat,
    _ sum: TruncatedSum, _ evidence: MatrixUnitRow.Evidence
  ) -> MatrixUnitRow {
    MatrixUnitRow(
      units: units, inputs: inputs, accumulator: accumulator, method: .truncated(sum),
      evidence: evidence, mixedEvidence: evidence)
  }

  /// Operands of 8 bits that the `mma.sync` of Hopper and B200 converts to FP16; no published
  /// result has operands of two formats.
  private static func halves(
    _ accumulator: Accumulation.SumFormat, _ conversion: TruncatedSum.Conversion,
    _ zeroExponent: Int
  ) -> MatrixUnitRow {
    MatrixUnitRow(
      units: [.hopperMMA], inputs: eight, accumulator: accumulator,
      method: .truncatedHalves(TruncatedSum(16, 25, conversion, zeroExponent)),
      evidence: .hardware, mixedEvidence: .none
    ).mixed(.none).of([.m16n8k32])
  }

  private static func row(
    _ units: [MatrixUnit], _ inputs: [Format], _ method: MatrixUnitMethod,
    _ evidence: MatrixUnitRow.Evidence
  ) -> MatrixUnitRow {
    MatrixUnitRow(
      units: units, inputs: inputs, accumulator: .fp32, method: method, evidence: evidence,
      mixedEvidence: evidence)
  }
}

extension MatrixUnitRow {
  /// The row, also for operands of two formats.
  fileprivate func mixed(_ evidence: Evidence) -> Self {
    var row = self
    (row.mixes, row.mixedEvidence) = (true, evidence)
    return row
  }

  /// The row of instructions of certain shapes.
  fileprivate func of(_ shapes: [MatrixInstructionShape], halfAddend: Bool = false) -> Self {
    var row = self
    (row.shapes, row.takesHalfAddend) = (shapes, halfAddend)
    return row
  }
}
