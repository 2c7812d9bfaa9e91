// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing

@testable import KernelChecks

@Suite("Matrix units that are found")
struct IdentifiedUnitTests {
  private func found(
    _ n: Int, _ unit: MatrixUnit, _ input: Format, _ accumulator: Accumulation.SumFormat = .fp32
  ) throws -> SumIdentification {
    try SumIdentification(of: try #require(ProbedKernels.unit(n, unit, input, accumulator)))
  }

  @Test("NVIDIA's units: L terms at once, F bits, toward zero")
  func truncated() throws {
    for (unit, input, width, bits) in [
      (MatrixUnit.volta, Format.fp16, 4, 23), (.turing, .fp16, 8, 24), (.ampere, .bf16, 8, 24),
      (.hopper, .fp16, 16, 25), (.hopper, .bf16, 16, 25),
    ] {
      let n = 64
      let found = try found(n, unit, input)
      #expect(
        found.tree == .fused(n, width: width), "\(unit) \(found.text.joined(separator: "; "))")
      #expect(
        found.readings.contains { $0.precision == bits + 1 },
        "\(unit) \(found.text.joined(separator: "; "))")
      #expect(found.products?.rounding == .exact, "\(unit) \(found.text.joined(separator: "; "))")
      #expect(found.unknowns.isEmpty, "\(unit) \(found.text.joined(separator: "; "))")
      #expect(
        found.readings.contains {
          $0.roundings.contains(.alignedThenTowardZero(extraBits: bits - 23))
        }, "\(unit) \(found.text.joined(separator: "; "))")
    }
    let half = try found(64, .hopper, .fp16, .fp16)
    #expect(half.tree == .fused(64, width: 16), "\(half.text)")
  }

  @Test("CDNA1 adds four products exactly, and the sum before")
  func exact() throws {
    let found = try found(32, .cdna1, .fp16)
    #expect(found.tree == .fused(32, width: 4), "\(found.text.joined(separator: "; "))")
    #expect(found.hasExactNodes)
  }

  @Test("CDNA2, AMX and BFMMLA are trees of FP32 operations")
  func operations() throws {
    for (unit, input, words, rounding) in [
      (
        MatrixUnit.cdna2, Format.fp16,
        "blocks of 4, each pairwise; the blocks sequential, from the first to the last",
        AccumulatorRounding.nearestEven
      ),
      (
        .amx, .bf16,
        "blocks of 32, each 2 lanes (term i in lane i mod 2), each sequential, from the first to the "
          + "last; the lanes together; the blocks together", .nearestEven
      ),
      (
        .bfmmla, .bf16, "blocks of 2; the blocks sequential, from the first to the last", .toOdd
      ),
      (
        .bfmmlaEBF, .bf16, "blocks of 2; the blocks sequential, from the first to the last",
        .nearestEven
      ),
    ] as [(MatrixUnit, Format, String, AccumulatorRounding)] {
      let found = try found(64, unit, input)
      let text = "\(unit) \(found.text.joined(separator: "; "))"
      #expect(found.pattern?.text == words, "\(text)")
      #expect(found.accumulator == "fp32" && found.roundings == [rounding], "\(text)")
      #expect(found.confirmedSums?.isFull == true && found.unknowns.isEmpty, "\(text)")
      let flushes = unit != .bfmmlaEBF
      #expect(found.subnormals?.flushesInputs == flushes, "\(text)")
    }
  }

  @Test("CDNA3 and Ada's FP8 add several terms at once, to 24 and 14 bits")
  func others() throws {
    let aligned = try found(64, .cdna3, .fp16)
    #expect(aligned.tree == .fused(64, width: 8))
    #expect(Set(aligned.readings.map(\.precision)) == [24, 25])
    let eight = try found(64, .ada, .e4m3)
    #expect(eight.tree == .fused(64, width: 16) && eight.precision == 14)
  }
}
