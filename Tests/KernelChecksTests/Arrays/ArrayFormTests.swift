// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Testing

@testable import KernelChecks

@Suite("What a C function of arrays is given")
struct ArrayFormTests {
  private func form(_ operation: ArrayOperation, _ text: String) throws -> ArrayForm? {
    ArrayForm(operation, try CSignature(text))
  }

  private func call(_ text: String, _ operation: ArrayOperation) throws -> ArrayCall {
    let maker = ArrayCallMaker(
      operation, input: .fp32, output: .fp32, accumulator: .fp32, seed: 1)
    let known = try #require(ArrayCase(text, of: operation))
    return try #require(maker.call(known))
  }

  @Test("Parameters of a product, of a GEMM and of the BLAS's get what their order says")
  func products() throws {
    let plain = try #require(
      try form(.matmul, "void(const float*, const float*, float*, size_t, size_t, size_t)"))
    #expect(
      plain.arguments(try call("2x3x5:normal", .matmul), gap: 0)
        == [.input(0), .input(1), .output(0), .integer(2), .integer(3), .integer(5)])
    let gemm = try #require(
      try form(
        .matmul,
        "void(int, int, size_t, size_t, size_t, float, const float*, size_t, const float*, size_t, "
          + "double, float*, size_t)"))
    // A is 5 x 2 in memory, its rows 2 + 3 apart; B is 5 x 3, C 2 x 3.
    let padded = try call("2x3x5:normal:transpose-a,alpha=0.5,beta=2,padded", .matmul)
    #expect(
      gemm.arguments(padded, gap: 3)
        == [
          .integer(1), .integer(0), .integer(2), .integer(3), .integer(5), .float(0.5), .input(0),
          .integer(5), .input(1), .integer(6), .double(2), .output(0), .integer(6),
        ])
    let blas = try #require(
      try form(
        .matmul,
        "void(int, int, int, int, int, int, float, const float*, int, const float*, int, float, "
          + "float*, int)"))
    #expect(
      blas.arguments(try call("2x3x5:normal:transpose-b", .matmul), gap: 0)
        == [
          .integer(101), .integer(111), .integer(112), .integer(2), .integer(3), .integer(5),
          .float(1), .input(0), .integer(5), .input(1), .integer(5), .float(0), .output(0),
          .integer(3),
        ])
  }

  @Test("A mask that a case has not is no address; labels have the parameter's width")
  func others() throws {
    let attention = try #require(
      try form(
        .attention,
        "void(const float*, const float*, const float*, const uint8_t*, float*, size_t, size_t, "
          + "size_t, size_t, float, int)"))
    #expect(attention.hasMask)
    let causal = attention.arguments(try call("2x3x5x4:normal:causal", .attention), gap: 0)
    #expect(causal[3] == .integer(0) && causal[9] == .float(0.25) && causal[10] == .integer(1))
    let masked = attention.arguments(try call("2x3x5x4:normal:masked", .attention), gap: 0)
    #expect(masked[3] == .input(3) && masked[10] == .integer(0))
    let long = "void(const float*, const int64_t*, float*, size_t, size_t)"
    #expect(try form(.crossEntropy, long)?.hasShortLabels == false)
    #expect(
      try form(.crossEntropy, long.replacing("int64_t", with: "int"))?.hasShortLabels == true)
  }

  @Test("The published header's function types are what is called")
  func header() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../include/halfway_kernel.h")
    let text = try String(contentsOf: root, encoding: .utf8)
      .replacing("HALFWAY_T", with: "float").replacing("HALFWAY_R", with: "float")
    let types = text.matches(of: /typedef (\w+) halfway_(\w+)\(([^)]*)\);/)
    #expect(types.count == 15)
    for type in types {
      let signature = try CSignature("\(type.output.1)(\(type.output.3))")
      switch type.output.2 {
      case "scalar": #expect(CallForm(signature) == .scalar(operands: 1))
      case "unary": #expect(CallForm(signature) == .array(operands: 1))
      case "binary": #expect(CallForm(signature) == .array(operands: 2))
      case let name:
        let operation = try #require(ArrayOperation(name: String(name)), "\(name)")
        #expect(ArrayForm(operation, signature) != nil, "\(name)")
      }
    }
  }

  @Test("Signatures of other parameters are no form")
  func refused() throws {
    for (operation, text) in [
      (ArrayOperation.matmul, "void(const float*, float*, float*, size_t, size_t)"),
      (.matmul, "void(const float*, const double*, float*, size_t, size_t, size_t)"),
      (.matmul, "float(const float*, const float*, float*, size_t, size_t, size_t)"),
      (.matmul, "void(const float*, const float*, const float*, size_t, size_t, size_t)"),
      (.softmax, "void(const float*, float*, float, size_t)"),
      (.sum, "size_t(const float*, size_t)"), (.sum, "void(const float*, size_t)"),
      (.dot, "float(float, float, size_t)"),
      (.attention, "void(const float*, float*, size_t, size_t)"),
    ] {
      #expect(try form(operation, text) == nil, "\(operation) \(text)")
    }
  }
}

@Suite("Cases of kernels of arrays")
struct ArrayCaseTests {
  @Test("A case is read from what it is written as; every standard case is one")
  func texts() throws {
    for operation in ArrayOperation.allCases {
      for known in StandardCases(operation, isGEMM: true, hasMask: true).list {
        #expect(ArrayCase(known.text, of: operation) == known, "\(known.text)")
      }
    }
    #expect(ArrayCase("2x3x4", of: .matmul)?.data == .normal)
    for text in [
      "", "2x3", "2x3x0", "2x3x-1", "2x3x4:", "2x3x4:spread", "2x3x4:normal:odd", "ax3x4",
      "2x3x4:normal:padded:more", "2x3x4:normal:alpha=x", "2x3x4:normal:causal",
      "99999999x2x2", "16777216x16777216x2",
    ] {
      #expect(ArrayCase(text, of: .matmul) == nil, "\(text)")
    }
    #expect(ArrayCase("1x1x2x2x1x3x3x1x0:normal", of: .convolution) == nil)
    #expect(ArrayCase("1x1x2x2x1x3x3x1x1:normal", of: .convolution) != nil)
  }

  @Test("Inputs are functions of the seed and the case alone, and what they are called")
  func inputs() throws {
    func encodings(_ text: String, seed: UInt64, _ format: Format = .fp16) throws -> [UInt32] {
      let maker = ArrayCallMaker(
        .matmul, input: format, output: format, accumulator: .fp32, seed: seed)
      let known = try #require(ArrayCase(text, of: .matmul))
      let call = try #require(maker.call(known))
      return call.inputs[0].encodings
    }
    let one = try encodings("9x8x7:normal", seed: 1)
    #expect(try encodings("9x8x7:normal", seed: 1) == one)
    #expect(try encodings("9x8x7:normal", seed: 2) != one)
    #expect(try encodings("9x8x6:normal", seed: 1) != one)
    let integers = try encodings("9x8x700:integers", seed: 1).map { Format.fp16.value(of: $0) }
    #expect(
      integers.allSatisfy { $0 == $0.rounded() && $0.magnitude * $0.magnitude * 700 <= 0x1p15 })
    let nans = try encodings("3x8x7:nan", seed: 1).map { Format.fp16.value(of: $0).isNaN }
    #expect(nans.enumerated().filter(\.element).map(\.offset) == [0, 7 + 2, 14 + 4])
    // A format without infinities has no such case.
    let maker = ArrayCallMaker(
      .matmul, input: .e4m3, output: .e4m3, accumulator: .fp32, seed: 1)
    let infinite = try #require(ArrayCase("3x8x7:infinity", of: .matmul))
    #expect(maker.call(infinite) == nil)
  }

  @Test("Criteria are read from what they are written as, and ask what they say")
  func criteria() throws {
    for text in [
      "bound:fp32", "bound:fp16:sequential", "bound:bf16:pairwise", "bound:fp32:blocked:128",
      "bound:fp32:probabilistic", "bound:fp32:probabilistic:0.5", "scaled:40", "scaled:2.5:fp16",
      "correctly-rounded",
    ] {
      #expect(ArrayCriterion(text)?.text == text, "\(text)")
    }
    for text in [
      "", "bound:", "bound:fp64", "bound:fp32:odd", "bound:fp32:blocked", "bound:fp32:blocked:0",
      "bound:fp32:probabilistic:1", "scaled", "scaled:0", "scaled:nan", "ulp:1",
    ] {
      #expect(ArrayCriterion(text) == nil, "\(text)")
    }
    // gamma_1000 of FP32, and the lesser one of random data; BF16's is void from 256 terms on.
    let bound = ArrayCriterion.standard
    let proven = try #require(bound.limit(.wide, terms: 1000, count: 1).value)
    #expect((1000..<1000.1).contains(proven))
    let likely = try #require(bound.limit(.normal, terms: 1000, count: 1).value)
    // lambda = sqrt(2 ln(2 / 10^-6)) = 5.39, times sqrt(1000).
    #expect((170.3..<170.4).contains(likely), "\(likely)")
    #expect(
      ArrayCriterion("bound:bf16:sequential")?.limit(.normal, terms: 256, count: 1).value == nil)
  }

  @Test("Every result has to be the nearest where sums are exact, and only there")
  func nearest() throws {
    func judged(
      _ text: String, _ criterion: String, _ bits: (Double) -> Double
    ) throws -> ArrayCaseResult {
      let maker = ArrayCallMaker(
        .matmul, input: .fp32, output: .fp32, accumulator: .fp32, seed: 1)
      let known = try #require(ArrayCase(text, of: .matmul))
      let call = try #require(maker.call(known))
      let judge = try ArrayJudge(known, call, try #require(ArrayCriterion(criterion)))
      let results = (0..<call.count).map {
        Format.fp32.nearest(bits(judge.exact.value(at: $0, beside: 0).value.high))
      }
      return judge.judge(results, index: 0)
    }
    func rounded(_ x: Double) -> Double { Format.bf16.value(of: Format.bf16.nearest(x)) }
    for text in ["8x8x16:integers", "8x8x16:integers:alpha=-0.5,beta=2", "8x8x16:one-hot"] {
      let right = try judged(text, "bound:fp32") { $0 }
      #expect(right.demandsNearest && right.verdict == .holds, "\(text)")
    }
    // One result that is a last place off, where the bound would allow it.
    let off = try judged("8x8x16:one-hot", "bound:fp32") { Double(Float($0).nextUp) }
    #expect(off.verdict == .fails)
    // A sum in BF16 rounds the one number that it is of, and factors of other values round sums.
    let narrow = try judged("8x8x16:one-hot", "bound:bf16:sequential", rounded)
    #expect(!narrow.demandsNearest && narrow.verdict == .holds)
    for variant in ["alpha=0.3", "beta=0.7"] {
      let scaled = try judged("8x8x16:integers:\(variant)", "bound:fp32") { $0 }
      #expect(!scaled.demandsNearest && scaled.verdict == .holds, "\(variant)")
    }
  }

  @Test("Exact values end between rows when nobody waits for them, whatever the operation")
  func ended() throws {
    for (operation, text) in [
      (.matmul, "64x8x8:normal"), (.softmax, "64x8:normal"), (.layerNorm, "64x8:normal"),
      (.rmsNorm, "64x8:normal"), (.attention, "4x16x16x8:normal"),
    ] as [(ArrayOperation, String)] {
      let maker = ArrayCallMaker(
        operation, input: .fp32, output: .fp32, accumulator: .fp32, seed: 1)
      let known = try #require(ArrayCase(text, of: operation))
      let call = try #require(maker.call(known))
      var asked = 0
      #expect(throws: ReductionFailure.self, "\(operation)") {
        try ArrayReference(
          call, accumulator: .fp32,
          isCancelled: {
            asked += 1
            return asked == 3
          })
      }
      #expect(asked == 3, "\(operation)")
    }
  }
}
