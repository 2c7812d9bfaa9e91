// SPDX-License-Identifier: Apache-2.0

/// A matrix unit of a GPU or a processor: what multiplies two small matrices and adds a third.
///
/// What each computes, a row for every pair of formats, is `rows`.
public enum MatrixUnit: String, Codable, CaseIterable, Sendable, Hashable {
  /// NVIDIA V100.
  case volta
  /// NVIDIA T4.
  case turing
  /// NVIDIA A100.
  case ampere
  /// NVIDIA L40, RTX 4090.
  case ada
  /// NVIDIA H100, with FP8 by `wgmma`.
  case hopper
  /// NVIDIA H100 and B200, with FP8 by `mma.sync`, which converts to FP16 first.
  case hopperMMA = "hopper-mma"
  /// NVIDIA B200, with formats of 8 bits and less by `tcgen05.mma`.
  case blackwell
  /// AMD MI100.
  case cdna1
  /// AMD MI200, with BF16 by the instructions of MI100.
  case cdna2
  /// AMD MI200, with BF16 by its own instructions, those with `_1k` in their names.
  case cdna2K = "cdna2-1k"
  /// AMD MI300.
  case cdna3
  /// Intel AMX: TDPBF16PS and TDPFP16PS.
  case amx
  /// Arm BFMMLA without FEAT_EBF16, or with FPCR.EBF = 0.
  case bfmmla
  /// Arm BFMMLA with FPCR.EBF = 1.
  case bfmmlaEBF = "bfmmla-ebf"
}

/// The shape m × n × k of an instruction `mma.sync`: the rows and the columns of its result, and
/// the terms of its sums. k is what a unit's L may depend on.
public enum MatrixInstructionShape: String, Codable, CaseIterable, Sendable, Hashable {
  case m8n8k4, m16n8k4, m16n8k8, m16n8k16, m16n8k32
}
