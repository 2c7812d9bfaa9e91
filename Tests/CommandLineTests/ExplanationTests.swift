// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness
import Testing

@testable import Expressions
@testable import halfway

@Suite("Explanations")
struct ExplanationTests {
  private static let operations: [ArithmeticOperation] = [
    .add, .sub, .mul, .div, .sqrt, .fma, .remainder, .roundToIntegral, .convert,
  ]
  private static let roundings =
    Rounding.deterministic + [.stochastic(bits: 3, seed: 7), .stochastic(bits: 32, seed: 7)]

  /// Encodings where something happens: around zero, one, the ends and the specials, and random.
  private func operands(_ format: Format, seed: UInt64) -> [UInt32] {
    let smallest = format.hasZero ? [0, 1, format.smallestNormal] : [0, 1]
    let edges =
      smallest + [
        format.nextDown(format.smallestNormal), format.one, format.nextUp(format.one),
        format.largestFinite, format.infinity ?? format.largestFinite, format.canonicalNaN ?? 0,
      ]
    let random = (0..<8 as Range<UInt64>).map {
      RandomWords.word(seed: seed, index: $0) & (format.magnitudeMask | format.signMask)
    }
    return edges + edges.map { $0 | format.signMask } + random
  }

  @Test(
    "The cut and the decision lead to the result that the arithmetic and MPFR deliver",
    arguments: [Format.fp16, .bf16, .fp32, .e4m3, .e2m1, .e8m0])
  func agreement(format: Format) {
    let values = operands(format, seed: 3)
    var disputed: [String] = []
    var predicted = 0
    for operation in ExplanationTests.operations {
      for (i, a) in values.enumerated() {
        for (j, b) in values.enumerated() where operation.arity > 1 || j == 0 {
          let c = values[(3 * i + 5 * j) % values.count]
          let bits = Array([a, b, c].prefix(operation.arity))
          let target: Format = operation == .convert ? (i % 2 == 0 ? .e5m2 : .e4m3) : format
          for rounding in ExplanationTests.roundings {
            let step = Evaluator.step(
              number: 1, .operation(operation),
              bits.map { Step.Operand(bits: UInt64($0), format: .narrow(format), step: 0) },
              to: .narrow(target),
              semantics: Semantics(rounding: rounding))
            predicted += step.predicted == nil ? 0 : 1
            if step.isDisputed && disputed.count < 8 {
              disputed.append("\(operation) \(bits) \(rounding) \(step.result)")
            }
          }
        }
      }
    }
    #expect(disputed == [])
    #expect(predicted > 1_000)
  }

  @Test("The exact value is exact: known digits")
  func exactDigits() throws {
    func exact(_ text: String, _ format: Format) throws -> String {
      var evaluator = Evaluator(semantics: Semantics())
      _ = evaluator.evaluate(try ExpressionParser.parse(text), in: .narrow(format))
      let last = try #require(evaluator.steps.last)
      guard case .number(let value) = last.exact else { return "none" }
      return value.decimal
    }
    #expect(try exact("0x1p100 + 0x1p-20", .fp32).hasPrefix("1.2676506002282294014967032053760"))
    #expect(try exact("1/3", .fp16) == "0.3333333333333333333333333333333333333333...")
    #expect(try exact("-2/3", .fp16) == "-0.6666666666666666666666666666666666666666...")
    #expect(try exact("sqrt(2)", .fp16) == "1.414213562373095048801688724209698078569...")
    #expect(try exact("sqrt(0x1p-3)", .fp16) == "0.3535533905932737622004221810524245196424...")
    #expect(try exact("sqrt(2.25)", .fp16) == "1.5")
    #expect(try exact("7 / 4", .e4m3) == "1.75")
    #expect(try exact("remainder(5, 3)", .fp16) == "-1")
    #expect(try exact("0x1p-126 / 0x1.8p127", .fp32).hasSuffix("...e-77"))
    #expect(try exact("1/0", .fp16) == "none")
  }

  @Test(
    "A value beyond 2^1000 is called that",
    arguments: ["0x1p2000", "1e305", "1e400", "1e999999999999", "-0x1p1000", "scaleb(1, 9999)"])
  func huge(text: String) throws {
    let run = try Tool.run(["explain", text])
    #expect(run.status == 0)
    #expect(run.output.contains("2^1000 or more in magnitude, beyond every number of fp16"))
    #expect(run.output.contains("overflow, inexact"))
    #expect(!run.output.contains("exact: nothing"))
    #expect(!run.output.contains("ulp away"))
    #expect(!run.output.contains("exact value agrees"))
  }

  @Test(
    "A value below every distance is no zero: its neighbours are 0 and the smallest number",
    arguments: ["1e-25", "1e-200", "1e-400", "0x1p-1100", "1e-999999999999"])
  func tiny(text: String) throws {
    let run = try Tool.run(["explain", text, "--rounding", "rne,up"])
    let lines = run.output.split(separator: "\n")
    let below = try #require(lines.first { $0.hasPrefix("    below") })
    let above = try #require(lines.first { $0.hasPrefix("    above") })
    #expect(below.contains("0x0000") && below.hasSuffix("ulp away, delivered"))
    #expect(!below.contains("  0 ulp"))
    #expect(above.contains("0x0001") && above.hasSuffix("just under 1 ulp away"))
    #expect(run.output.contains("just under +1"))
    #expect(!run.output.contains("(0)"))
    let product = try Tool.run([
      "explain", "0x1p-133 * 0x1p-133", "--format", "bf16", "--rounding", "up",
    ])
    #expect(product.output.contains("less than half an ulp (9.18e-41)"))
    #expect(!product.output.contains(" 0 ulp away"))
  }

  @Test(
    "An error in ulp is the exact one, rounded once",
    arguments: [
      ("0.9", Format.fp32, -0.4), ("0.3", .fp32, 0.4), ("-0.3", .fp32, -0.4), ("0.3", .fp16, 0.2),
      ("0.3", .e4m3, 0.4), ("1/3", .fp32, 1.0 / 3), ("1/3", .fp16, -1.0 / 3),
      // 2^23 (sqrt(2) - RN(sqrt(2))) to 40 digits: 0.2030314441111382440682763405464703868667
      ("sqrt(2)", .fp32, -0.203031444111138244), ("1 + 0x1p-20", .fp16, -0x1p-10),
      // One hundred digits just below a number: 64 bits of them tell nothing of the distance.
      ("0." + String(repeating: "9", count: 100), .fp16, 2048e-100),
      ("0x1.8p-20", .bf16, 0),
    ])
  func errors(text: String, format: Format, error: Double) throws {
    var evaluator = Evaluator(semantics: Semantics())
    _ = evaluator.evaluate(
      try ExpressionParser.parse(text, in: .narrow(format)), in: .narrow(format))
    let step = try #require(evaluator.steps.last)
    #expect(step.error(of: step.result) == error)
  }

  @Test("Beyond the range, distances are in ulp of the largest numbers, in every format")
  func beyond() throws {
    for format in Format.named.map(\.format)
      + [Format(id: "e5m7"), Format(id: "e2m1")].compactMap(\.self)
    {
      let ulpExponent = format.maxExponent - format.fractionBits
      let ulp = Double(sign: .plus, exponent: ulpExponent, significand: 1)
      let parts = format.decode(format.largestFinite)
      let largest = Double(
        sign: .plus, exponent: parts.exponent, significand: Double(parts.significand))
      for value in [0x1p3, 0x1.8p40, 0x1.fp600].map({ $0 * largest.binade }) {
        for sign in [1.0, -1] where sign > 0 || format.signMask != 0 {
          let step = try #require(steps(of: sign * value, in: format).last)
          let away = (value - largest) / ulp
          #expect(step.isBeyondRange && step.ulpExponent == ulpExponent)
          let end = format.largestFinite | (sign < 0 ? format.signMask : 0)
          #expect(step.error(of: UInt64(end)) == -sign * away, "\(format) \(value)")
          let pair = try #require(step.neighbours)
          #expect((sign > 0 ? pair.below : pair.above)?.bits == UInt64(end))
          let lines = StepText(
            step: step, terminal: Terminal(isInteractive: false, allowsColour: false, width: 80)
          ).lines
          let label = sign > 0 ? "    below" : "    above"
          let line = try #require(lines.first { $0.hasPrefix(label) })
          #expect(line.contains("\(Ulp.text(away)) ulp of 2^\(ulpExponent) away"), "\(line)")
          #expect(!lines.contains { $0.hasPrefix("    cut off") })
          #expect(lines.contains { $0.contains("2^\(format.maxExponent + 1) or more") })
        }
      }
    }
  }

  private func steps(of value: Double, in format: Format) throws -> [Step] {
    let text =
      "\(value < 0 ? "-" : "")0x\(String(UInt64(abs(value.significand) * 0x1p52), radix: 16))p"
      + "\(value.exponent - 52)"
    var evaluator = Evaluator(semantics: Semantics())
    _ = evaluator.evaluate(try ExpressionParser.parse(text), in: .narrow(format))
    return evaluator.steps
  }

  @Test("Rounding to an integer beyond the largest number counts in integers")
  func integralOverflow() throws {
    let run = try Tool.run(["explain", "rint(7.5)", "--format", "e2m3"])
    #expect(run.output.contains("halfway, a tie goes to the even last bit"))
    #expect(!run.output.contains("ulp of"))
  }

  @Test("A number of 20,000 digits is exact, and shown whole once")
  func longNumber() throws {
    let digits = "1.00048828125" + String(repeating: "0", count: 19_986) + "1"
    #expect(digits.utf8.count == 20_000)
    let run = try Tool.run(["explain", digits, "--output-format", "json"])
    let text = try Tool.run(["explain", digits])
    // Half an ulp above 1 and the last digit decide: up.
    #expect(run.output.contains("\"encoding\" : \"0x3c01\""))
    #expect(text.output.contains("0.5 ulp away, delivered"))
    #expect(text.output.contains("1.00048828125000") && text.output.count < 40_000)
    #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test("The last line claims no witness that was not asked")
  func witnesses() throws {
    let literal = try Tool.run(["explain", "0.1"])
    let both = "\nMPFR and the exact value agree with every step.\n"
    #expect(literal.output.hasSuffix(both))
    let sum = try Tool.run(["explain", "0.1 + 0.2"])
    #expect(sum.output.hasSuffix(both))
    let huge = try Tool.run(["explain", "0x1p2000"])
    #expect(huge.output.hasSuffix("\nMPFR agrees with every step.\n"))
    let none = try Tool.run(["explain", "0x3c00"])
    #expect(none.output.hasSuffix("\nNo step has a second witness.\n"))
  }

  @Test("Attributes reach every step: flush to zero, saturation, stochastic words")
  func attributes() throws {
    let flushed = try Tool.run(["explain", "0x1p-14 / 4", "--subnormals", "ftz"])
    #expect(flushed.status == 0)
    #expect(flushed.output.contains("tiny: flushed to zero"))
    let saturated = try Tool.run(
      ["explain", "448 * 2", "--format", "e4m3", "--overflow", "saturate"])
    #expect(saturated.status == 0)
    #expect(saturated.output.contains("0x7e  0 1111 110"))
    #expect(saturated.output.contains("beyond the largest finite number"))
    let random = try Tool.run([
      "explain", "1 + 0x1p-9", "--format", "bf16", "--rounding", "stochastic:8:1",
    ])
    #expect(random.output.contains("first 8 bits 64 + random 226 >= 256"))
  }
}
