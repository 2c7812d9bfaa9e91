// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("check: Halfway's own kernels")
struct OwnKernelTests {
  private func check(_ words: String) throws -> Tool.Run {
    try Tool.run(["check"] + words.split(separator: " ").map(String.init))
  }

  @Test("Arithmetic, elementary functions, products and units hold as anybody's kernels do")
  func right() throws {
    for words in [
      "add --own arithmetic --format e4m3", "fma --own arithmetic --format bf16 --samples 20000",
      "rint --own arithmetic --format fp16", "sqrt --own arithmetic --format fp16",
      "gelu --own elementary --format bf16", "exp --own elementary --format fp64 --samples 20000",
      "gelu_tanh --own elementary --samples 20000", "matmul --own product:fp32",
      "matmul --own product:bf16:product-then-sum --format bf16 --criterion bound:bf16",
      "matmul --own product:fp16:chunked:16 --format fp16 --criterion bound:fp16",
      "matmul --own unit:hopper --format fp16 --result-format fp32 --cases 33x17x65:normal",
      "matmul --own unit:volta:m8n8k4 --format fp16 --cases 9x17x33:normal",
    ] {
      let run = try check(words)
      #expect(run.status == 0, "\(words): \(run.errors)\(run.output)")
      #expect(run.output.hasPrefix("Halfway's "), "\(run.output)")
    }
  }

  @Test("What they do inside their sums is found: a unit's order, an accumulator of 16 bits")
  func inside() throws {
    let unit = try check(
      "matmul --own unit:ampere --format fp16 --result-format fp32 --cases 17x31x13:normal "
        + "--identify 32")
    #expect(unit.output.contains("8 terms and the sum before at once"), "\(unit.output)")
    let sums = try check("matmul --own product:fp16 --format fp16 --accumulates fp32")
    #expect(sums.status == 1)
    #expect(
      sums.output.replacing(/\s+/, with: " ").contains("not known to be added up in fp32"),
      "\(sums.output)")
  }

  @Test("A name that there is not is told with those that there are, in one line")
  func wrong() throws {
    let rows = [
      ("exp --own nothing", "'nothing' is no kernel of Halfway's; known: arithmetic"),
      ("exp --own arithmetic", "Halfway's arithmetic does not compute exp"),
      ("sin --own elementary", "Halfway's elementary functions are exp, log"),
      ("matmul --own unit:pentium --format fp16", "'pentium' is no matrix unit; known: volta"),
      ("matmul --own unit:volta:m9n9k9 --format fp16", "volta has no shape 'm9n9k9'"),
      ("matmul --own unit:volta --format e4m3", "volta does not take operands of e4m3"),
      ("matmul --own product:fp16", "sums in fp16 are of operands in fp16"),
      ("matmul --own product:fp64", "sums are in fp32, fp16 or bf16"),
      ("matmul --own product:fp32:zigzag", "an order is pairwise:LEAF or chunked:TERMS"),
      ("exp --own product:fp32", "product:fp32 computes matmul, not exp"),
      ("softmax --own elementary", "not softmax"),
    ]
    for (words, text) in rows {
      let run = try check(words)
      #expect(run.status == 64, "\(words): \(run.status) \(run.output)")
      #expect(run.errors.replacing(/\s+/, with: " ").contains(text), "\(words): \(run.errors)")
      #expect(run.output.isEmpty)
    }
  }
}
