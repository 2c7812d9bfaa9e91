// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Costs

@Suite("Costs by cited tables")
struct StepCostTests {
  private func product(_ operands: ArithmeticKind, sums: ArithmeticKind = .fp32) -> OperationCost {
    OperationCost(
      layer: "layer", multiplyAdds: 1e6, operands: operands, sums: sums, bytes: 1e4,
      isProduct: true)
  }

  @Test("Energies are those of Jouppi et al., ISCA 2021, table 2")
  func energies() throws {
    // BF16 operands at 7 nm: 0.21 + 0.38 pJ a multiplication and addition in FP32; 10^4 bytes are
    // 1250 words of 64 bits at (250 + 450) / 2 pJ.
    let bf16 = StepCost([product(.bf16)], on: .h100, energy: .nm7)
    #expect((try #require(bf16.joules) / 1.0275e-6 - 1).magnitude < 1e-12)
    // FP16 at 45 nm: 1.1 + 0.9.
    let fp16 = StepCost([product(.fp16)], on: .h100, energy: .nm45)
    #expect((try #require(fp16.joules) / 2.4375e-6 - 1).magnitude < 1e-12)
    let fp32 = StepCost([product(.fp32)], on: .h100, energy: .nm7)
    #expect((try #require(fp32.joules) / 2.1275e-6 - 1).magnitude < 1e-12)
    // BF16 sums of BF16 operands: 0.21 + 0.11.
    let narrow = StepCost([product(.bf16, sums: .bf16)], on: .h100, energy: .nm7)
    #expect((try #require(narrow.joules) / 0.7575e-6 - 1).magnitude < 1e-12)
  }

  @Test("What no table has is missing, and named: no energy of FP8 and TF32, no FP8 on an A100")
  func missing() {
    for kind in [ArithmeticKind.fp8, .tf32, .fp64] {
      let cost = StepCost([product(.bf16), product(kind)], on: .h100, energy: .nm7)
      #expect(cost.joules == nil && cost.withoutEnergy == [kind])
    }
    #expect(StepCost([product(.bf16)], on: .h100, energy: .nm45).joules == nil)
    let old = StepCost([product(.bf16), product(.fp8)], on: .a100, energy: .nm7)
    #expect(old.seconds == nil && old.withoutPeak == [.fp8])
    #expect(StepCost([product(.fp8)], on: .h100, energy: .nm7).seconds != nil)
  }

  @Test(
    "Time is the longer of arithmetic at the peak and bytes at the bandwidth, operation by operation"
  )
  func roofline() throws {
    func seconds(_ operations: [OperationCost], _ machine: Machine) throws -> Double {
      try #require(StepCost(operations, on: machine, energy: .nm7).seconds)
    }
    // 2 x 10^6 / 989e12 < 10^4 / 3.35e12.
    let bound = 1e4 / 3.35e12
    #expect((try seconds([product(.fp16)], .h100) / bound - 1).magnitude < 1e-12)
    // 2 x 10^6 / 67e12 is longer.
    let arithmetic = 2e6 / 67e12
    #expect((try seconds([product(.fp32)], .h100) / arithmetic - 1).magnitude < 1e-12)
    let both = try seconds([product(.fp16), product(.fp32)], .h100)
    #expect((both / (bound + arithmetic) - 1).magnitude < 1e-12)
    // What is no product is bound by the memory where no peak is known.
    var other = product(.fp64)
    other.isProduct = false
    #expect((try seconds([other], .h100) / bound - 1).magnitude < 1e-12)
  }

  @Test("Machines have the peaks of their source, without sparsity")
  func machines() {
    let wanted: [(Machine, [ArithmeticKind: Double], Double)] = [
      (.a100, [.fp32: 19.5, .tf32: 156, .fp16: 312, .bf16: 312], 1.6),
      (.h100, [.fp32: 67, .tf32: 494.5, .fp16: 989, .bf16: 989, .fp8: 1979], 3.35),
      (.h200, [.fp32: 67, .tf32: 494.5, .fp16: 989, .bf16: 989, .fp8: 1979], 4.8),
      (
        .b200, [.fp32: 80, .tf32: 1125, .fp16: 2250, .bf16: 2250, .fp8: 4500, .fp4: 9000], 8
      ),
    ]
    for (machine, peaks, bandwidth) in wanted {
      #expect(machine.peaks == peaks.mapValues { $0 * 1e12 })
      #expect(machine.bandwidth == bandwidth * 1e12)
      #expect(machine.source.date != nil && Machine.named(machine.name) == machine)
    }
  }
}
