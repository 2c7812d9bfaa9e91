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

@Suite("Policies as files that are wrong")
struct BadPolicyFileTests {
  @Test("A wrong key, type or range names the key, the line and what is allowed")
  func wrong() {
    for (text, expected) in [
      ("'fp16-apm'", "'f', line 1: the policies are a list of names and objects, not a string"),
      (
        "['fp16-apm']",
        "'f', line 1: 'fp16-apm' is no policy; nearest: fp16-amp; known: fp64, fp32, "
      ),
      ("[]", "'f', line 1: 0 policies; 1...64 can be compared"),
      (
        "{ base: 'fp32' }",
        "'f', line 1: 'name' of a policy is missing: a name of at most 64 letters"
      ),
      ("{ name: 'x' }", "'f', line 1: 'rule' of a policy is missing: or a 'base' that has it"),
      ("{ name: 'a,b', base: 'fp32' }", "'f', line 1: 'name' is 'a,b'; wanted: a name of at most"),
      (
        "{ name: 'x', base: 'fp32',\n classes: { product: { opperands: 'fp16' } } }",
        "'f', line 2: 'opperands' is no key of a rule; nearest: operands; known: operands, "
      ),
      (
        "{ name: 'x', base: 'fp32',\n wieghts: 'fp16' }",
        "'f', line 2: 'wieghts' is no key of a policy; nearest: weights; known: name, base, rule, "
      ),
      (
        "{ name: 'x', base: 'fp32',\n weights: 'fp61' }",
        "'f', line 2: 'weights' is 'fp61'; nearest: fp16, fp64; known: fp16, bf16, tf32, fp32, e5m2, "
      ),
      (
        "{ name: 'x', base: 'fp32',\n weights: null }",
        "'f', line 2: 'weights' is null; known: fp16, bf16, "
      ),
      (
        "{ name: 'x', base: 'fp32',\n classes: { produkt: {} } }",
        "'f', line 2: 'produkt' is no key of the classes; nearest: product; known: product, conv"
      ),
      (
        "{ name: 'x', base: 'fp32', classes: {\n product: 3 } }",
        "'f', line 2: a rule is an object of operands, addends, "
      ),
      (
        "{ name: 'x', base: 'fp32', layers: {} }",
        "'f', line 1: 'layers' is a list of objects, not an object"
      ),
      (
        "{ name: 'x', base: 'fp32', layers: [{ pattern: 'a' }] }",
        "'f', line 1: the layer's rule changes nothing: name one of operands, "
      ),
      (
        "{ name: 'x', base: 'fp32', layers: [" + String(repeating: "{},", count: 300) + "] }",
        "'f', line 1: 'layers' has 300 entries; at most 256 are read"
      ),
      (
        "{ name: 'x', base: 'fp32', workers: { count: 0 } }",
        "'f', line 1: 'count' is 0; wanted: a whole number in 1...4096"
      ),
      (
        "{ name: 'x', base: 'fp32', workers: { count: 2, allReduce: 'rings' } }",
        "'f', line 1: 'allReduce' is 'rings'; nearest: ring; known: ring, tree, oneShot"
      ),
      (
        "{ name: 'x', base: 'fp16-amp', lossScaling: 'deepsped' }",
        "'f', line 1: 'lossScaling' is 'deepsped'; nearest: deepspeed; known: torch, "
      ),
      (
        "{ name: 'x', base: 'fp16-amp', lossScaling: { base: 'torch', backoff: 2 } }",
        "'f', line 1: 'backoff' is 2; wanted: a number above 0 and at most 1"
      ),
      (
        "{ name: 'x', base: 'fp32', accumulation: { format: 'e4m3' } }",
        "'f', line 1: 'format' is 'e4m3'; known: fp16, bf16, fp32, fp64"
      ),
      (
        "{ name: 'x', base: 'fp32', accumulation: { order: 'chunked' } }",
        "'f', line 1: 'size' of an accumulation is missing: this order wants a whole number from 1"
      ),
      (
        "{ name: 'x', base: 'fp32', rounding: 3 }",
        "'f', line 1: 'rounding' is 3; known: nearest-even"
      ),
      (
        "[{ name: 'x', base: 'fp32' },\n { name: 'x', base: 'fp64' }]",
        "'f', line 2: a second policy 'x', the first on line 1"
      ),
      (
        "[{ name: 'x', base: 'fp32', workers: { count: 2 } },\n"
          + "{ name: 'y', base: 'fp32', workers: { count: 4 } }]",
        "'f', line 2: 'workers.count' is 4 in 'y' (line 2) and 2 in 'x' (line 1): the twins of a run "
          + "split the batch alike"
      ),
      (
        "[{ name: 'x', base: 'fp32', microBatches: { count: 2 } },\n"
          + "{ name: 'y', base: 'fp32', microBatches: { count: 4 } }]",
        "'f', line 2: 'microBatches.count' is 4 in 'y' (line 2) and 2 in 'x' (line 1): the twins of a "
          + "run split the batch alike"
      ),
      (
        "{ name: 'x', base: 'fp32', microBatches: {} }",
        "'f', line 1: 'count' of the micro-batches is missing: a whole number in 1...4096"
      ),
      (
        "{ name: 'x', base: 'fp32', averages: { decay: 1 } }",
        "'f', line 1: 'decay' is 1; wanted: a number above 0 and below 1"
      ),
      (
        "{ name: 'x', base: 'fp32', clipping: { gradients: 'scale' } }",
        "'f', line 1: 'gradients' is 'scale'; nearest: scaled; known: unscaled, scaled"
      ),
    ] {
      let first = policies(text).problems.first ?? "none"
      #expect(first.hasPrefix(expected), "\(text): \(first)")
    }
  }
}
