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

/// The policies of a text, or what is wrong with it, a line each.
func policies(_ text: String) -> (policies: [Policy], problems: [String]) {
  do {
    return (try PolicyFile(Array(text.utf8), path: "f").policies, [])
  } catch {
    return ([], error.list.map(\.description))
  }
}

@Suite("Policies as files")
struct PolicyFileTests {
  @Test("Every preset is the policy of the block that shows it, alone and in a list")
  func roundTrip() {
    let all = Policy.presets + [.mpfr(bits: 200)]
    for preset in all {
      #expect(policies(PolicyWriter.text(preset)).policies == [preset], "\(preset.name)")
    }
    #expect(policies(PolicyWriter.text(all)).policies == all)
  }

  @Test("What cannot be seen in a name stands as an escape, and is read back")
  func invisibleNames() {
    for scalar in ["\u{202e}", "\u{200b}", "\u{2066}", "\u{ad}", "\u{e0041}"] {
      var policy = Policy.fp16AMP
      policy.name = "a\(scalar)b"
      let text = PolicyWriter.text(policy)
      #expect(!text.unicodeScalars.contains { scalar.unicodeScalars.contains($0) })
      let read = policies(text)
      // A reader may refuse such a name; it may not take it for another.
      #expect(read.policies == [policy] || !read.problems.isEmpty, "\(read)")
    }
  }

  @Test("Every loss scaling is that of the block that shows it")
  func lossScalings() {
    for rule in LossScaling.presets + [.fixed(0x1p10), .fixed(0x1p-140)] {
      var policy = Policy.fp16AMP
      policy.lossScaling = rule
      #expect(policies(PolicyWriter.text(policy)).policies == [policy], "\(rule.name)")
    }
  }

  @Test("A field changes what it names and nothing else")
  func overrides() throws {
    func changed(_ fields: String, _ change: (inout Policy) -> Void) {
      var expected = Policy.fp16AMP
      expected.name = "x"
      change(&expected)
      let read = policies("{ name: 'x', base: 'fp16-amp', \(fields) }")
      #expect(read.policies == [expected], "\(fields): \(read.problems)")
    }
    changed("") { _ in }
    changed("lossScaling: null") { $0.lossScaling = nil }
    changed("lossScaling: 'none'") { $0.lossScaling = nil }
    changed("lossScaling: 'megatron'") { $0.lossScaling = .megatron }
    changed("lossScaling: { base: 'torch', initial: 256, name: 'low' }") {
      $0.lossScaling?.initial = 256
      $0.lossScaling?.name = "low"
    }
    changed("lossScaling: { initial: 8, interval: 3 }") {
      $0.lossScaling = LossScaling(name: "custom", initial: 8, interval: 3)
    }
    changed("classes: { product: { output: null, subnormals: 'ftz' } }") {
      $0.classes[.product]?.output = nil
      $0.classes[.product]?.subnormals = .flushResults
    }
    changed("classes: { elementwise: { operands: 'bf16' } }") {
      $0.classes[.elementwise] = OperationRule(operands: .bf16)
    }
    changed("subnormals: 'ftz', accumulation: { order: 'pairwise', size: 8 }") {
      $0.rule.subnormals = .flushResults
      $0.rule.accumulation = Accumulation(.fp32, .fused, .pairwise(leaf: 8))
      for operation in $0.classes.keys {
        $0.classes[operation]?.subnormals = .flushResults
        $0.classes[operation]?.accumulation = Accumulation(.fp32, .fused, .pairwise(leaf: 8))
      }
    }
    changed("rounding: 'stochastic:8:3', classes: { loss: { rounding: 'rne' } }") {
      $0.rule.rounding = .stochastic(bits: 8, seed: 3)
      // FP32 results are not rounded again.
      for operation in [OperationClass.product, .convolution, .attention] {
        $0.classes[operation]?.rounding = .stochastic(bits: 8, seed: 3)
      }
    }
    changed("optimizer: { state: 'bf16', update: 'kahan' }") {
      $0.optimizer = OptimizerRule(compute: .fp32, state: .bf16, update: .kahan)
    }
    changed("optimizer: { hyperparameters: 'bf16' }") {
      $0.optimizer.hyperparameters = .format(.bf16)
    }
    changed("classes: { product: { addends: 'fp32' } }") { $0.classes[.product]?.addends = .fp32 }
    changed("optimizer: { state: 'bf16', stateRounding: 'stochastic:12:3' }") {
      $0.optimizer.state = .bf16
      $0.optimizer.stateRounding = .stochastic(bits: 12, seed: 3)
    }
    changed("optimizer: { hyperparameters: 'compute' }") { $0.optimizer.hyperparameters = .compute }
    changed("workers: { count: 4, allReduce: 'tree', format: 'bf16' }") {
      $0.workers = DataParallelism(count: 4, allReduce: .tree, format: .bf16)
    }
    changed("clipping: {}") { $0.clipping = GradientClipping() }
    changed("clipping: { gradients: 'scaled', norm: 'fp16' }") {
      $0.clipping = GradientClipping(gradients: .scaled, norm: .fp16)
    }
    changed("microBatches: { count: 4, format: 'bf16' }") {
      $0.microBatches = MicroBatches(count: 4, format: .bf16)
    }
    changed("averages: { decay: 0.999, format: null }") {
      $0.averages = WeightAverages(decay: 0.999)
    }
    changed("layers: [{ pattern: 'output', operation: 'product', operands: 'fp32', output: null }]")
    {
      $0.layers = [
        LayerRule(pattern: "output", operation: .product, rule: OperationRule(operands: .fp32))
      ]
    }
  }

  @Test("An entry about a layer changes each class's own rule")
  func layers() throws {
    let read = policies(
      "{ name: 'x', base: 'fp16-amp', layers: [{ pattern: 'hid*', operands: 'bf16' }] }")
    let policy = try #require(read.policies.first)
    #expect(policy.layers.count == OperationClass.allCases.count)
    #expect(
      policy.rule(.product, layer: "hidden2") == OperationRule(operands: .bf16, output: .fp16))
    #expect(policy.rule(.elementwise, layer: "hidden2") == OperationRule(operands: .bf16))
    #expect(policy.rule(.product, layer: "output") == Policy.fp16AMP.classes[.product])
  }

  @Test("Patterns match as * says, in a time that no pattern can lengthen")
  func patterns() {
    for (pattern, name, matches) in [
      ("output", "output", true), ("output", "outputs", false), ("*", "", true), ("", "x", false),
      ("block*.norm1", "block12.norm1", true), ("block*.norm1", "block1.norm2", false),
      ("*a*b", "xaxbxb", true), ("*a*b", "xbxa", false), ("a*a", "a", false), ("**", "abc", true),
      (String(repeating: "*a", count: 60) + "b", String(repeating: "a", count: 200), false),
    ] {
      let rule = LayerRule(pattern: pattern, rule: OperationRule())
      let place = LayerOperation(layer: name, operation: .product)
      #expect(rule.matches(place) == matches, "\(pattern) \(name)")
    }
  }

  @Test("A tile of attention may be said of a policy, its rule, attention's class and any layer")
  func attentionTiles() {
    for fields in [
      "base: 'bf16-amp', attentionTile: 16", "base: 'fp32', rule: { attentionTile: 1 }",
      "base: 'bf16-amp', classes: { attention: { attentionTile: 65536 } }",
      "base: 'bf16-amp', layers: [{ pattern: 'block1*', attentionTile: 16 }]",
      "base: 'fp8-hybrid', attentionTile: 16, classes: { product: { output: 'fp32' } }",
    ] {
      let read = policies("{ name: 'x', \(fields) }")
      #expect(read.problems.isEmpty, "\(fields) \(read.problems)")
      let tile = read.policies.first?.rule(.attention, layer: "block1.attention").attentionTile
      #expect(tile != nil, "\(fields)")
    }
    #expect(!policies("{ name: 'x', base: 'fp32', attentionTile: 0 }").problems.isEmpty)
  }

  @Test("A contradiction names both fields and where they stand")
  func contradictions() {
    for (fields, expected) in [
      (
        "base: 'bf16-amp', classes: {\n product: { operands: null,\n scalesOperands: true } }",
        "'f', line 3: 'classes.product.scalesOperands' is true (line 3) and "
          + "'classes.product.operands' is null (line 2): without a format to cast to, nothing is "
          + "scaled"
      ),
      (
        "base: 'bf16-amp',\n classes: { product: { scalesOperands: true } }",
        "'f', line 2: 'classes.product.scalesOperands' is true (line 2) and "
          + "'classes.product.gradientOutput' is null (of bf16-amp): gradients would be stored in "
          + "the operands' format without their scale"
      ),
      (
        "base: 'fp32',\n rule: {\n compute: 'fp64' } , weights: 'fp64', optimizer: { compute: 'fp64', "
          + "state: 'fp64' }",
        "'f', line 3: 'rule.accumulation' is fp32 fused (of fp32) and 'rule.compute' is fp64 "
          + "(line 3): a reference's sums are in its own arithmetic"
      ),
      (
        "base: 'fp64',\n weights: 'fp16'",
        "'f', line 2: 'weights' is fp16 (line 2) and 'rule.compute' is fp64 (of fp64): a twin of "
          + "that arithmetic cannot hold the format"
      ),
      (
        "base: 'bf16-amp',\n classes: { product: { attentionTile: 16 } }",
        "'f', line 2: 'classes.product.attentionTile' is 16 (line 2) and 'rule.attentionTile' is "
          + "null (of bf16-amp): only attention has tiles"
      ),
      (
        "base: 'bf16-amp',\n rule: { attentionTile: 16 }",
        "'f', line 2: 'rule.attentionTile' is 16 (line 2) and 'classes.attention' is given (of "
          + "bf16-amp): attention has a rule of its own"
      ),
      (
        "base: 'fp8-hybrid', attentionTile: 8,\n classes: { attention: { scalesOperands: true, "
          + "gradientOutput: 'bf16' } }",
        "'f', line 2: 'classes.attention.attentionTile' is 8 (line 1) and "
          + "'classes.attention.scalesOperands' is true (line 2): a tile's probabilities would be "
          + "rounded without a scale"
      ),
      (
        "base: 'bf16-amp',\n layers: [{ pattern: '*', operation: 'loss', attentionTile: 16 }]",
        "'f', line 2: 'layers.0.attentionTile' is 16 (line 2) and 'layers.0.operation' is loss "
          + "(line 2): only attention has tiles"
      ),
      (
        "base: 'fp32',\n weights: 'fp64'",
        "'f', line 2: 'weights' is fp64 (line 2) and 'rule.compute' is fp32 (of fp32): a twin of "
          + "that arithmetic cannot hold the format"
      ),
      (
        "base: 'fp16-amp',\n classes: { loss: { compute: 'fp64' } }",
        "'f', line 2: 'classes.loss.compute' is fp64 (line 2) and 'rule.compute' is fp32 (of "
          + "fp16-amp): a twin holds all tensors in one type, FP32, FP64 or MPFR"
      ),
      (
        "base: 'fp16-amp',\n classes: { product: { gradients: 'fp32' } }",
        "'f', line 2: 'classes.product.gradients' is fp32 (line 2) and 'classes.product.output' is "
          + "fp16 (of fp16-amp): gradients arrive in the output's format, which the wider one cannot "
          + "change"
      ),
      (
        "base: 'bf16-amp', optimizer: {\n update: 'stochastic' }",
        "'f', line 2: 'optimizer.update' is stochastic (line 2) and 'weights' is fp32 (of bf16-amp): "
          + "the weights hold the optimizer's results as they are: there is nothing to round"
      ),
      (
        "base: 'fp64', optimizer: {\n update: 'kahan' }",
        "'f', line 2: 'optimizer.update' is kahan (line 2) and 'weights' is fp64 (of fp64): a "
          + "reference's weights owe nothing that a compensation could hold"
      ),
      (
        "base: 'fp16-amp',\n accumulation: { format: 'bf16' }",
        "'f', line 2: 'classes.product.accumulation.format' is bf16 (line 2) and "
          + "'classes.product.operands' is fp16 (of fp16-amp): sums of a narrow format want operands "
          + "of that format"
      ),
      (
        "base: 'fp32',\n compute: 'bf16'",
        "'f', line 2: 'rule.compute' is bf16 (line 2) and 'weights' is fp32 (of fp32): primitives "
          + "rounded one by one want operands of their own format"
      ),
      (
        "base: 'fp32',\n rounding: 'up'",
        "'f', line 2: 'rule.rounding' is up (line 2) and 'weights' is fp32 (of fp32): FP32 results "
          + "are not rounded again: name a narrower format"
      ),
      (
        "base: 'fp64',\n subnormals: 'ftz'",
        "'f', line 2: 'rule.subnormals' is ftz (line 2) and 'rule.compute' is fp64 (of fp64): a "
          + "reference underflows gradually"
      ),
      (
        "base: 'bf16-amp', optimizer: { state: 'fp32',\n stateRounding: 'rz' }",
        "'f', line 2: 'optimizer.stateRounding' is toward-zero (line 2) and 'optimizer.state' is fp32 "
          + "(line 1): the state holds the optimizer's results as they are: there is nothing to round"
      ),
      (
        "base: 'bf16-amp',\n classes: { elementwise: { addends: 'fp16' } }",
        "'f', line 2: 'classes.elementwise.addends' is fp16 (line 2) and 'classes' is elementwise "
          + "(line 2): only product, convolution and normalizations add biases"
      ),
      (
        "base: 'fp16-amp', lossScaling: { base: 'fixed:1024',\n growth: 4 }",
        "'f', line 2: 'lossScaling.growth' is 4.0 (line 2) and 'lossScaling.interval' is null (of "
          + "fixed:1024): without an interval the scale never moves"
      ),
      (
        "base: 'fp16-amp', lossScaling: { base: 'torch',\n initial: 1,\n minimum: 2 }",
        "'f', line 3: 'lossScaling.minimum' is 2.0 (line 3) and 'lossScaling.initial' is 1.0 "
          + "(line 2): the scale would begin below its minimum"
      ),
      (
        "base: 'fp16-amp', lossScaling: { base: 'torch',\n atMinimum: 'failsAtMinimum' }",
        "'f', line 2: 'lossScaling.atMinimum' is failsAtMinimum (line 2) and 'lossScaling.minimum' "
          + "is null (of torch): no minimum can be reached"
      ),
      (
        "base: 'fp16-strict',\n optimizer: { state: 'fp32' }",
        "'f', line 2: 'optimizer.state' is fp32 (line 2) and 'optimizer.compute' is fp16 (of "
          + "fp16-strict): every result of the optimizer is rounded to its narrow arithmetic"
      ),
      (
        "base: 'fp64',\n workers: { count: 2, format: 'bf16' }",
        "'f', line 2: 'workers.format' is bf16 (line 2) and 'rule.compute' is fp64 (of fp64): a twin "
          + "of that arithmetic cannot hold the format"
      ),
      (
        "base: 'bf16-amp',\n clipping: { gradients: 'scaled' }",
        "'f', line 2: 'clipping.gradients' is scaled (line 2) and 'lossScaling' is null (of bf16-amp): "
          + "without a loss scale no gradient is scaled"
      ),
      (
        "base: 'fp64',\n averages: { decay: 0.9, format: 'bf16' }",
        "'f', line 2: 'averages.format' is bf16 (line 2) and 'rule.compute' is fp64 (of fp64): a twin "
          + "of that arithmetic cannot hold the format"
      ),
      (
        "base: 'bf16-strict',\n averages: { decay: 0.9, format: 'fp32' }",
        "'f', line 2: 'averages.format' is fp32 (line 2) and 'optimizer.compute' is bf16 (of "
          + "bf16-strict): every result of the optimizer is rounded to its narrow arithmetic"
      ),
      (
        "base: 'fp16-amp', accumulation: { order: 'sequential',\n size: 3 }",
        "'f', line 2: 'size' beside 'order' sequential (line 1): that order has no size"
      ),
    ] {
      let read = policies("{ name: 'x', \(fields) }")
      #expect(read.problems.first == expected, "\(fields)")
    }
    #expect(Policy.presets.allSatisfy { $0.contradictions.isEmpty })
  }
}
