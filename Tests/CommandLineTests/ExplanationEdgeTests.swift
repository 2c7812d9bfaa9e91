// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import Expressions
@testable import halfway

@Suite("Explanations at the edges")
struct ExplanationEdgeTests {
  @Test("A double dash ends the options; it is no pair of signs")
  func terminator() throws {
    // 0.1 lies between 0x3dcc and 0x3dcd of bf16: two signs around the number would swap them.
    for (rounding, encoding) in [("up", "0x3dcd"), ("down", "0x3dcc"), ("rz", "0x3dcc")] {
      let options = ["--format", "bf16", "--rounding", rounding, "--output-format", "csv"]
      for arguments in [options + ["--", "0.1"], options + ["0.1"], ["0.1"] + options + ["--"]] {
        let run = try Tool.run(["explain"] + arguments)
        #expect(run.status == 0)
        #expect(run.output.contains("1,0.1,bf16,") && run.output.contains("," + encoding + ","))
      }
    }
    let negative = try Tool.run(["explain", "--rounding", "up", "--", "-0.1"])
    #expect(negative.output.hasPrefix("-0.1  in fp16, up\n\n#1  -0.1 to fp16\n"))
    let twice = try Tool.run(["explain", "--", "--0.1"])
    #expect(twice.output.hasPrefix("--0.1  in fp16"))
    let late = try Tool.run(["explain", "--", "0.1", "--format", "bf16"])
    #expect(late.status == 64)
    #expect(
      late.errors == "halfway: '--format' after '--' is no option: put options before '--'\n")
  }

  /// The numbers of a format that an IEEE-like order knows, least first, -0 left out.
  private func numbers(_ format: Format) -> [UInt32] {
    format.orderedIntegers.compactMap { format.encoding(orderedInteger: $0) }
      .filter { !format.isNaN($0) && !(format.hasZero && $0 == format.signMask) }
  }

  @Test("The neighbours are the encodings around the value, and none where nothing lies")
  func neighbours() throws {
    let custom = [Format(id: "e3m4"), Format(id: "e5m2")].compactMap(\.self)
    for format in [.e4m3, .e5m2, .e3m2, .e2m3, .e2m1, .e8m0] + custom {
      let all = numbers(format).map { (bits: $0, value: format.value(of: $0)) }
      let finite = all.map(\.value).filter(\.isFinite)
      // Every number, the middle between any two, and what lies outside on either side.
      var values = finite + zip(finite, finite.dropFirst()).map { $0 / 2 + $1 / 2 }
      values += [finite[0] * 1.25, finite[finite.count - 1] * 1.03, finite[finite.count - 1] * 4]
      if !format.isSigned { values = values.filter { $0 > 0 } + [finite[0] / 8, 0] }
      for value in values {
        let text =
          "\(value < 0 ? "-" : "")0x"
          + "\(String(UInt64(abs(value).significand * 0x1p52), radix: 16))p"
          + "\(value == 0 ? 0 : abs(value).exponent - 52)"
        var evaluator = Evaluator(semantics: Semantics())
        _ = evaluator.evaluate(
          try ExpressionParser.parse(value == 0 ? "0" : text), in: .narrow(format))
        let step = try #require(evaluator.steps.last)
        let pair = try #require(step.neighbours, "\(format) \(value)")
        let below = all.last { $0.value < value }
        let above = all.first { $0.value > value }
        #expect(
          pair.below.map { format.value(of: UInt32($0.bits)) } == below?.value, "\(format) \(value)"
        )
        #expect(
          pair.above.map { format.value(of: UInt32($0.bits)) } == above?.value, "\(format) \(value)"
        )
        let record = StepDocument(step)
        #expect((record.below == nil) == (below == nil) && (record.above == nil) == (above == nil))
        let lines = StepText(
          step: step, terminal: Terminal(isInteractive: false, allowsColour: false, width: 80)
        ).lines
        if lines.contains(where: { $0.hasPrefix("    below") }) {
          #expect(lines.contains("    below     none") == (below == nil))
          #expect(lines.contains("    above     none") == (above == nil))
        }
      }
    }
  }

  @Test("An error's words are about its magnitude, its sign is in front")
  func signedErrors() {
    #expect(Ulp.signedText(-0.499999) == "-(just under 0.5)")
    #expect(Ulp.signedText(-0.500001) == "-(just over 0.5)")
    #expect(Ulp.signedText(0.499999) == "just under +0.5")
    #expect(Ulp.signedText(-Double.leastNonzeroMagnitude) == "-(just over 0)")
    #expect(Ulp.signedText(-0.5) == "-0.5" && Ulp.signedText(-0.25) == "-0.25")
  }
}
