// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Randomness
import Testing

@testable import Expressions
@testable import halfway

@Suite("Explained sums, means and dot products")
struct ExplainedReductionTests {
  private func outcome(
    _ text: String, _ format: ValueFormat, _ settings: Reduction.Settings = .init()
  ) throws -> (step: Step, outcome: Reduction.Outcome) {
    var evaluator = Evaluator(semantics: Semantics(), reductions: settings)
    _ = evaluator.evaluate(try ExpressionParser.parse(text, in: format), in: format)
    for step in evaluator.steps {
      if case .reduction(let outcome, _) = step.action { return (step, outcome) }
    }
    throw MalformedExpression(reason: "no reduction", offset: 0)
  }

  @Test("Ones in fp16 stick at 2048: from where, and how much is lost")
  func standstill() throws {
    let (step, sum) = try outcome("sum(repeat(1, 4096))", .narrow(.fp16))
    #expect(step.result == 0x6800)  // 2048
    #expect(sum.exact?.decimal == "4096")
    #expect(sum.standstill?.term == 2049 && sum.standstill?.terms == 2048)
    // The ulp of fp16 at 4096 is 4.
    #expect(step.error(of: step.result) == -512)
    var settings = Reduction.Settings()
    settings.order = .pairwise(leaf: 1)
    let tree = try outcome("sum(repeat(1, 4096))", .narrow(.fp16), settings)
    #expect(tree.step.result == 0x6c00 && tree.outcome.standstill == nil)
    settings.order = .sequential
    settings.accumulator = .narrow(.fp32)
    #expect(try outcome("sum(repeat(1, 4096))", .narrow(.fp16), settings).step.error(of: 0) != nil)
  }

  @Test("The errors of the stages add up to the error of the result, in every order")
  func stages() throws {
    let numbers = (0..<300 as Range<UInt64>).map { k in
      let word = RandomWords.word(seed: 9, index: k)
      return
        "\(word & 1 == 0 ? "" : "-")0x1.\(String(word >> 8 & 0xfff, radix: 16))p\(Int(word >> 28) - 12)"
    }
    let list = numbers.joined(separator: ", ")
    let values = try numbers.map { try #require(Double($0)) }
    let formats: [(ValueFormat, ValueFormat?)] = [
      (.narrow(.fp16), nil), (.narrow(.bf16), .narrow(.fp32)), (.narrow(.fp32), .narrow(.bf16)),
      (.fp64, nil), (.narrow(.fp32), .fp64),
    ]
    for order in [
      Reduction.Order.sequential, .pairwise(leaf: 1), .pairwise(leaf: 7), .chunked(terms: 16),
      .split(parts: 7),
    ] {
      for (format, accumulator) in formats {
        for text in ["sum(\(list))", "mean(\(list))", "dot([\(list)], [\(list)])"] {
          var settings = Reduction.Settings()
          (settings.order, settings.accumulator) = (order, accumulator)
          let (step, sum) = try outcome(text, format, settings)
          let parts = sum.stages.map { sum.error(of: $0, ulpExponent: step.ulpExponent) }
          let total = try #require(step.error(of: step.result))
          #expect(abs(parts.reduce(0, +) - total) <= 1e-9 * (1 + abs(total)), "\(order) \(format)")
        }
      }
    }
    // FP64's own sum in order is the processor's.
    let (step, _) = try outcome("sum(\(list))", .fp64)
    #expect(step.result == values.reduce(0, +).bitPattern)
    let (dot, _) = try outcome("dot([\(list)], [\(list)])", .fp64)
    #expect(dot.result == values.reduce(0.0) { $0.addingProduct($1, $1) }.bitPattern)
  }

  @Test("FP32's orders are plain loops")
  func orders() throws {
    let values = (0..<101 as Range<UInt64>).map { k in
      Float(RandomWords.word(seed: 4, index: k) >> 8) * 0x1p-20 - 3
    }
    let list = values.map { "\($0)" }.joined(separator: ", ")
    func run(_ order: Reduction.Order) throws -> Float {
      var settings = Reduction.Settings()
      settings.order = order
      let result = try outcome("sum(\(list))", .narrow(.fp32), settings).step.result
      return Float(bitPattern: UInt32(result))
    }
    let blocks = stride(from: 0, to: 101, by: 8).map { values[$0..<min($0 + 8, 101)].reduce(0, +) }
    #expect(try run(.sequential) == values.reduce(0, +))
    #expect(try run(.chunked(terms: 8)) == blocks.reduce(0, +))
    let parts = (0..<5).map { values[($0 * 101 / 5)..<(($0 + 1) * 101 / 5)].reduce(0, +) }
    #expect(try run(.split(parts: 5)) == parts.reduce(0, +))
    func tree(_ x: ArraySlice<Float>) -> Float {
      if x.count == 1 { return x[x.startIndex] }
      var half = 1
      while half * 2 < x.count { half *= 2 }
      return tree(x.prefix(half)) + tree(x.dropFirst(half))
    }
    #expect(try run(.pairwise(leaf: 8)) == tree(blocks[...]))
  }

  @Test("Files: numbers in any layout, remarks, and what is no number")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory
    func file(_ text: String) throws -> String {
      let path = folder.appendingPathComponent("halfway-\(UUID().uuidString).txt").path
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }
    let good = try file("# losses\n1, 2;3\n 0x1p2 5e0 # five\n")
    defer { try? FileManager.default.removeItem(atPath: good) }
    let sum = try Tool.run(["explain", "sum(@\(good))", "--output-format", "json"])
    #expect(sum.status == 0)
    #expect(sum.output.contains("\"encoding\" : \"0x4b80\""))  // 15
    let mean = try Tool.run(["explain", "mean(@\(good)) * 2", "--format", "fp64"])
    #expect(mean.status == 0 && mean.output.contains("0x4018000000000000"))  // 6
    for (text, reason) in [
      ("1\n2 x3\n", "line 2"), ("# nothing\n", "no number"), ("", "no number"),
    ] {
      let bad = try file(text)
      defer { try? FileManager.default.removeItem(atPath: bad) }
      let run = try Tool.run(["explain", "sum(@\(bad))"])
      #expect(run.status == 65 && run.errors.contains(reason), "\(run.errors)")
      #expect(run.errors.filter { $0 == "\n" }.count == 1)
    }
    let large = try file("1e400 65520 1 inf\n")
    defer { try? FileManager.default.removeItem(atPath: large) }
    let beyond = try Tool.run(["explain", "sum(@\(large))"])
    #expect(
      beyond.output.replacing(/\n +/, with: " ").contains(
        "4; 2 of the numbers rounded by their format; 2 beyond their format's range; 3 infinite"),
      "\(beyond.output)")
    for text in ["sum(@/nonexistent)", "sum(@/dev/zero)", "sum(@/)"] {
      #expect(try Tool.run(["explain", text]).status == 65)
    }
    let lengths = try Tool.run(["explain", "dot([1, 2], [3])"])
    #expect(lengths.status == 64 && lengths.errors.contains("2 and 1"))
  }

  @Test("Hostile lists end in a line, infinities and NaNs in what they make")
  func hostile() throws {
    for text in [
      "sum()", "sum([])", "dot([1], [])", "sum(1,)", "sum(repeat(1, 0))", "sum(repeat(1, -1))",
      "sum(repeat(1, 99999999999))", "sum(repeat(1, 20000000))", "sum(@)", "sum(@\"x)",
      "sum(1 + 2)",
      "dot([1, 2])", "sum[1]", "@x", "sum(\(String(repeating: "(", count: 5000))", "pow(1)",
    ] {
      let run = try Tool.run(["explain", text])
      #expect(run.status == 64, "\(text)")
      #expect(run.output == "")
    }
    let infinite = try Tool.run(["explain", "sum(1, inf, 2)"])
    #expect(infinite.status == 0 && infinite.output.contains("1 infinite"))
    let nan = try Tool.run(["explain", "mean(1, nan, inf, -inf)", "--output-format", "json"])
    #expect(nan.status == 0 && nan.output.contains("\"nans\" : 1"))
    let scale = try Tool.run(["explain", "sum(1, 2)", "--accumulator", "e8m0"])
    #expect(scale.status == 64)
    // An option that has no effect is refused.
    for (text, option, value) in [
      ("1 + 2", "--order", "sequential"), ("1 + 2", "--accumulator", "fp32"),
      ("exp(1)", "--step", "fused"), ("sum(1, 2)", "--step", "fused"),
      ("fp32(mean(1, 2))", "--step", "productThenSum"),
    ] {
      let run = try Tool.run(["explain", text, option, value])
      #expect(run.status == 64 && run.errors.contains(option), "\(text) \(option)")
    }
    #expect(
      try Tool.run(["explain", "-(1 + dot([1], [2]))", "--step", "productThenSum"]).status == 0)
    let long = try Tool.run(["explain", "sum(repeat(0.1, 20000))", "--order", "split:7"])
    #expect(long.status == 0 && long.output.split(separator: "\n").count < 40)
  }
}
