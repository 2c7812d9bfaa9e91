// SPDX-License-Identifier: Apache-2.0
import Datasets
import Formats
import Models
import Network
import Policies
import SoftFloat
import Testing
import Twins

@testable import ExperimentFiles

@Suite("Policies whose products a matrix unit takes")
struct MatrixUnitPolicyTests {
  @Test("The unit becomes every operation's, without a step, and a class may name another")
  func accepted() throws {
    let read = policies(
      "{ name: 'x', base: 'fp16-strict', accumulation: { order: 'matrixUnit', unit: 'volta' }, "
        + "classes: { attention: { accumulation: { unit: 'hopper' } } } }")
    let policy = try #require(read.policies.first, "\(read.problems)")
    #expect(policy.rule.accumulation == Accumulation(.fp16, .fused, .matrixUnit(.volta)))
    let attention = policy.rule(.attention, layer: "")
    #expect(attention.accumulation == Accumulation(.fp16, .fused, .matrixUnit(.hopper)))
    #expect(attention.operands == .fp16 && attention.gradients == .fp16)
    #expect(policies(PolicyWriter.text(policy)).policies == [policy])
    #expect(policy.description.accumulator == "fp16, volta")
    #expect(policy.description.summary.contains("sums in fp16 by the matrix unit volta"))
  }

  @Test("A shape names the unit's instruction; another unit does not inherit it")
  func shapes() throws {
    let read = policies(
      "{ name: 'x', base: 'fp16-amp', accumulation: { order: 'matrixUnit', unit: 'hopper', "
        + "shape: 'm16n8k8' }, classes: { attention: { accumulation: { unit: 'volta' } }, "
        + "product: { accumulation: { format: 'fp16' } } } }")
    let policy = try #require(read.policies.first, "\(read.problems)")
    #expect(
      policy.rule.accumulation == Accumulation(.fp32, .fused, .matrixUnit(.hopper, shape: .m16n8k8))
    )
    #expect(
      policy.rule(.attention, layer: "").accumulation
        == Accumulation(.fp32, .fused, .matrixUnit(.volta)))
    #expect(
      policy.rule(.product, layer: "").accumulation
        == Accumulation(.fp16, .fused, .matrixUnit(.hopper, shape: .m16n8k8)))
    #expect(policies(PolicyWriter.text(policy)).policies == [policy])
    #expect(policy.description.summary.contains("sums in fp16 by the matrix unit hopper, m16n8k8"))
  }

  @Test("A contradiction names both fields, and what the unit has")
  func contradictions() {
    let cases = [
      (
        "base: 'bf16-amp',\n accumulation: { order: 'matrixUnit', unit: 'volta' }",
        "'f', line 2: 'classes.product.accumulation.unit' is volta (line 2) and "
          + "'classes.product.operands' is bf16 (of bf16-amp): it would multiply bf16 into fp32, "
          + "which that unit does not; it multiplies fp16 into fp32, fp16 into fp16"
      ),
      (
        "base: 'fp16-amp',\n accumulation: { format: 'fp16', order: 'matrixUnit', unit: 'cdna3' }",
        "'f', line 2: 'classes.product.accumulation.unit' is cdna3 (line 2) and "
          + "'classes.product.accumulation.format' is fp16 (line 2): that unit multiplies fp16 or "
          + "bf16 into fp32, tf32 and fp32 into fp32"
      ),
      (
        "base: 'fp16-amp', classes: { product: { gradients: 'e5m2',\n "
          + "accumulation: { order: 'matrixUnit', unit: 'hopper' } } }",
        "'f', line 2: 'classes.product.accumulation.unit' is hopper (line 2) and "
          + "'classes.product.gradients' is e5m2 (line 1): it would multiply e5m2 by fp16 into fp32, "
          + "which that unit does not; it multiplies fp16 or bf16 into fp32, fp16 into fp16, tf32 and "
          + "fp32 into fp32, e4m3 and e5m2 into fp32, e4m3 and e5m2 into fp16"
      ),
      (
        "base: 'fp16-amp', accumulation: { order: 'matrixUnit',\n unit: 'volta', shape: 'm16n8k8' }",
        "'f', line 2: 'classes.product.accumulation.shape' is m16n8k8 (line 2) and "
          + "'classes.product.accumulation.unit' is volta (line 2): that unit has only m8n8k4"
      ),
      (
        "base: 'fp8-hybrid', accumulation: { order: 'matrixUnit',\n unit: 'hopper', shape: 'm16n8k8' }",
        "'f', line 2: 'classes.product.accumulation.shape' is m16n8k8 (line 2) and "
          + "'classes.product.operands' is e4m3 (of fp8-hybrid): it would multiply e4m3 into fp32, "
          + "which that instruction of hopper does not; it multiplies fp16 or bf16 into fp32, "
          + "fp16 into fp16, tf32 and fp32 into fp32"
      ),
      (
        "base: 'fp16-amp', accumulation: {\n shape: 'm16n8k8' }",
        "'f', line 2: 'shape' beside 'order' sequential (line 1): that order has no shape"
      ),
      (
        "base: 'fp64',\n accumulation: { order: 'matrixUnit', unit: 'hopper' }",
        "'f', line 2: 'rule.accumulation' is fp64 by the matrix unit hopper (line 2) and "
          + "'rule.compute' is fp64 (of fp64): a reference's sums are in its own arithmetic"
      ),
      (
        "base: 'fp16-amp', accumulation: { order: 'matrixUnit', unit: 'ada',\n step: 'fused' }",
        "'f', line 2: 'step' beside 'order' matrixUnit (line 1): that order has no step"
      ),
      (
        "base: 'fp16-amp', accumulation: {\n unit: 'ada' }",
        "'f', line 2: 'unit' beside 'order' sequential (line 1): that order has no unit"
      ),
      (
        "base: 'fp16-amp', accumulation: { order: 'matrixUnit' }",
        "'f', line 1: 'unit' of an accumulation is missing: this order wants one of volta, turing, "
          + MatrixUnit.allCases.dropFirst(2).map(\.rawValue).joined(separator: ", ")
      ),
    ]
    for (text, problem) in cases {
      let read = policies("{ name: 'x', \(text) }")
      #expect(read.problems.first == problem, "\(text)")
      #expect(read.policies.isEmpty)
    }
  }
}
