// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("check: kernels of arrays")
struct ArrayCheckTests {
  private func check(
    _ operation: String, _ symbol: String, _ signature: String, _ more: [String] = []
  ) throws -> Tool.Run {
    try Tool.run(
      [
        "check", operation, "--library", try SampleArrayKernels.library.get(), "--symbol", symbol,
        "--signature", signature,
      ] + more)
  }

  @Test("Kernels as one writes them keep to what FP32's sums can cost, whatever they compute")
  func right() throws {
    let rows: [(operation: String, symbol: String, signature: String)] = [
      ("matmul", "matmul", SampleArrayKernels.matmul),
      ("matmul", "matmul_half", SampleArrayKernels.halfMatmul),
      ("gemm", "gemm", SampleArrayKernels.gemm),
      ("dot", "dot", "float(const float*, const float*, size_t)"),
      ("dot", "dot_half", "_Float16(const _Float16*, const _Float16*, size_t)"),
      ("sum", "sum", "void(const float*, float*, size_t)"),
      ("softmax", "softmax", SampleArrayKernels.rows),
      (
        "cross-entropy", "cross_entropy",
        "void(const float*, const int64_t*, float*, size_t, size_t)"
      ),
      ("layer-norm", "layer_norm", SampleArrayKernels.norm),
      ("conv2d", "conv2d", SampleArrayKernels.convolution),
      ("attention", "attention", SampleArrayKernels.attention),
    ]
    for (operation, symbol, signature) in rows {
      let run = try check(operation, symbol, signature)
      #expect(run.status == 0, "\(symbol): \(run.errors)\(run.output)")
      #expect(run.output.hasPrefix("\(symbol): "), "\(run.output)")
    }
  }

  @Test("Each wrong kernel fails the criterion that is taken unasked, and the text says by what")
  func wrong() throws {
    let matmul = SampleArrayKernels.matmul
    let rows: [(operation: String, symbol: String, signature: String, text: String)] = [
      (
        "matmul", "half_sums", SampleArrayKernels.halfMatmul, "bound:fp32 does not hold"
      ),
      ("matmul", "dropped", matmul, "scaled error 1.68e+07 of 64.0 in 64x64x64:wide"),
      ("matmul", "zeros", matmul, "bound:fp32 does not hold in 62"),
      ("matmul", "nans", matmul, "NaN or infinity wrong, the first in 1x1x1:integers"),
      ("matmul", "stale", matmul, "1 of 1 results were not written"),
      ("matmul", "beyond", matmul, "access outside its arrays in 16x16x16:integers"),
      ("matmul", "crashing", matmul, "crash in 31x33x65:integers: signal 11"),
      ("matmul", "changing", matmul, "changed input in 1x1x1:integers"),
      ("matmul", "random_bits", matmul, "result that changes from call to call in 1x1x1:normal"),
      ("gemm", "gemm_reading", SampleArrayKernels.gemm, "does not hold"),
      (
        "gemm", "gemm_straying", SampleArrayKernels.gemm,
        "it wrote 1 elements behind row 0 of its output"
      ),
      ("softmax", "softmax_unshifted", SampleArrayKernels.rows, "5x17:offset"),
      ("layer-norm", "layer_norm_one_pass", SampleArrayKernels.norm, "5x17:offset"),
      ("attention", "attention_unmasked", SampleArrayKernels.attention, ":normal:masked"),
    ]
    for (operation, symbol, signature, text) in rows {
      let run = try check(operation, symbol, signature)
      #expect(run.status == 1, "\(symbol): \(run.errors)\(run.output)")
      let output = run.output.replacing(/\s+/, with: " ")
      #expect(output.contains(text), "\(symbol): \(run.output)")
    }
  }

  @Test("An endless loop is named with its case, and the other cases go on")
  func looping() throws {
    let run = try check(
      "matmul", "looping", SampleArrayKernels.matmul,
      ["--cases", "2x3x5:normal 1x1x65:normal 2x2x2:normal", "--time-limit", "1"])
    #expect(run.status == 1)
    let output = run.output.replacing(/\s+/, with: " ")
    #expect(output.contains("endless loop in 1x1x65:normal: no answer within 1.0 s"))
    #expect(output.contains("no results of 1."), "\(run.output)")
  }

  @Test("A criterion that lets a null model pass is said to have no power")
  func power() throws {
    for (criterion, model) in [
      ("scaled:1e9", "zeros, mean, rows shuffled, a sixty-fourth of each sum dropped"),
      ("bound:bf16:sequential", "results in a narrower format"),
    ] {
      let run = try check(
        "matmul", "matmul", SampleArrayKernels.matmul, ["--criterion", criterion])
      #expect(run.status == 3, "\(criterion): \(run.output)")
      #expect(run.errors.replacing(/\s+/, with: " ").contains(model), "\(run.errors)")
    }
  }

  @Test("Beside a baseline: the same bits, a worse kernel, a better one, and the case is named")
  func baseline() throws {
    try withTemporaryFolder { folder in
      let options = ["--baseline", "\(folder)/matmul.json"]
      let written = try check(
        "matmul", "matmul", SampleArrayKernels.matmul, options + ["--update-baseline"])
      #expect(written.status == 0, "\(written.errors)")
      let text = try String(contentsOfFile: "\(folder)/matmul.json", encoding: .utf8)
      #expect(try JSONSchema(named: "array-baseline-1").violations(in: text) == [])
      let same = try check("matmul", "matmul", SampleArrayKernels.matmul, options)
      #expect(same.status == 0 && same.output.contains("the same bits"), "\(same.output)")
      let worse = try check("matmul", "dropped", SampleArrayKernels.matmul, options)
      #expect(worse.status == 1 && worse.output.contains("WORSE"), "\(worse.output)")
      #expect(worse.output.contains("64x64x64:normal: scaled error"), "\(worse.output)")
      let other = try check(
        "matmul", "matmul", SampleArrayKernels.matmul, options + ["--seed", "2"])
      #expect(other.status == 2 && other.errors.contains("of other cases"), "\(other.errors)")
    }
  }

  @Test("Shards make up the whole, in the same bytes; documents keep to their schemas")
  func shards() throws {
    try withTemporaryFolder { folder in
      let parts = (1...3).map { "\(folder)/\($0).jsonl" }
      for (index, part) in parts.enumerated() {
        let run = try check(
          "matmul", "matmul", SampleArrayKernels.matmul,
          ["--shard", "\(index + 1)/3", "--export", part])
        #expect(run.status == 0, "\(run.errors)")
        let schema = try JSONSchema(named: "array-check-shard-1")
        for line in try String(contentsOfFile: part, encoding: .utf8).split(separator: "\n") {
          #expect(try schema.violations(in: String(line)) == [])
        }
      }
      let merged = try Tool.run(["merge"] + parts + ["--output-format", "csv"])
      let whole = try check(
        "matmul", "matmul", SampleArrayKernels.matmul, ["--output-format", "csv"])
      #expect(merged.status == 0 && merged.output == whole.output, "\(merged.errors)")
      let document = try check(
        "matmul", "matmul", SampleArrayKernels.matmul, ["--output-format", "json"])
      #expect(try JSONSchema(named: "array-check-1").violations(in: document.output) == [])
    }
  }

  @Test("The worst case can be run again by itself")
  func again() throws {
    let run = try check("matmul", "matmul", SampleArrayKernels.matmul)
    let line = try #require(
      run.output.split(separator: "\n").first { $0.contains("  worst: half") })
    let cases = try #require(line.firstMatch(of: /--cases (\S+)/)).output.1
    let again = try check(
      "matmul", "matmul", SampleArrayKernels.matmul, ["--cases", String(cases)])
    #expect(again.status == 0 && again.output.contains("in 1 case ("), "\(again.errors)")
  }

  @Test("What is wrong on the command line is said in one line, with status 64")
  func usage() throws {
    let matmul = SampleArrayKernels.matmul
    let rows: [(operation: String, signature: String, more: [String], text: String)] = [
      ("matmul", "void(const float*, float*, size_t)", [], "is no form of matmul; known: void("),
      (
        "matmul", matmul, ["--cases", "17x31"],
        "'17x31' in --cases is no case of matmul; it is <m>x<n>x<k>:<data>"
      ),
      ("matmul", matmul, ["--cases", "4x4x4:normal:padded"], "has no such parameters"),
      ("matmul", matmul, ["--cases", "4x4x4:spread"], "data is one of integers, normal"),
      ("matmul", matmul, ["--cases", "99999999x99999999x9:normal"], "is no case of matmul"),
      ("matmul", matmul, ["--criterion", "bound:fp99"], "bound:FORMAT"),
      ("matmul", matmul, ["--samples", "9"], "--samples is for kernels of elements"),
      ("matmul", matmul, ["--argument", "dim=-1"], "--argument is for functions of Python"),
      ("matmul", matmul, ["--result-format", "fp16"], "is of fp32"),
      ("matmull", matmul, [], "matmul"),
      ("exp", matmul, [], "is no function of elements, as exp is"),
    ]
    for (operation, signature, more, text) in rows {
      let run = try check(operation, "matmul", signature, more)
      #expect(run.status == 64, "\(operation) \(more): \(run.errors)")
      #expect(run.errors.contains(text), "\(run.errors)")
      #expect(run.errors.split(separator: "\n").count <= 2, "\(run.errors)")
    }
  }
}
