// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Randomness
import Testing

@testable import Expressions
@testable import halfway

@Suite("Explained functions, FP64, double roundings and chances")
struct ExplainedFunctionTests {
  private func last(
    _ text: String, _ format: ValueFormat, _ rounding: Rounding = .nearestEven,
    index: UInt64? = nil
  ) throws -> Step {
    var evaluator = Evaluator(semantics: Semantics(rounding: rounding), fixedIndex: index)
    _ = evaluator.evaluate(try ExpressionParser.parse(text, in: format), in: format)
    return try #require(evaluator.steps.last)
  }

  /// mpmath 1.3 with 800 bits: 45 digits, and the nearest FP64 number as Python writes it.
  private static let values: [(text: String, digits: String, nearest: Double)] = [
    ("exp(1)", "2.718281828459045235360287471352662497757", 0x1.5bf0a8b145769p+1),
    ("log(3)", "1.098612288668109691395245236922525704647", 0x1.193ea7aad030bp+0),
    ("sin(2)", "0.9092974268256816953960198659117448427022", 0x1.d18f6ead1b446p-1),
    ("cos(1e22)", "0.5232147853951389454975944733847094921409", 0x1.0be2cef01c8f4p-1),
    ("erf(1)", "0.842700792949714869341220635082609259296", 0x1.af767a741088bp-1),
    ("tanh(-1)", "-0.7615941559557648881194582826047935904127", -0x1.85efab514f394p-1),
    ("pow(2, 0.5)", "1.414213562373095048801688724209698078569", 0x1.6a09e667f3bcdp+0),
    ("gelu(-1)", "-0.158655253931457051414767454367962077522", -0x1.44ed0bb7cb20bp-3),
    ("softplus(1)", "1.313261687518222834048995494967855641915", 0x1.5031eafefb049p+0),
    ("sigmoid(2)", "0.8807970779778824440597291413023967952063", 0x1.c2f7d5a8a79cap-1),
    ("exp(-700)", "9.859676543759770856705372947849465105115", 0x1.14f2b0fb9307fp-1010),
    ("atan2(1, -2)", "2.677945044588987122248387151818288482168", 0x1.56c6e7397f5aep+1),
    ("sinPi(0.875)", "0.3826834323650897717284599840303988667613", 0x1.87de2a6aea963p-2),
    ("tgamma(-1.5)", "2.363271801207354703064223311121526910396", 0x1.2e7fb0bcdf4f2p+1),
    ("swish_gradient(2)", "1.09078424878489547875697751082324751766", 0x1.173da2f385e6ep+0),
    ("mish(-1)", "-0.3034014613741089180743892753783652296742", -0x1.36aedf68a4413p-2),
    ("softplus_gradient(-1)", "0.2689414213699951207488407581781637256348", 0x1.136561454ba86p-2),
  ]

  @Test("Functions have MPFR's value, rounded once to every format")
  func functions() throws {
    for (text, digits, nearest) in ExplainedFunctionTests.values {
      let step = try last(text, .fp64)
      guard case .number(let exact) = step.exact else {
        Issue.record("\(text) has no value")
        continue
      }
      #expect(exact.decimal.hasPrefix(digits), "\(text) \(exact.decimal)")
      #expect(step.result == nearest.bitPattern, "\(text)")
      #expect(!step.isDisputed && step.predicted == step.result)
      #expect(abs(try #require(step.error(of: step.result))) <= 0.5)
      // No FP64 number here is near a tie of a narrow format: rounding it again is rounding once.
      for format in [Format.fp16, .bf16, .e4m3, .fp32] {
        let step = try last(text, .narrow(format))
        guard text != "cos(1e22)" && text != "exp(-700)" else { continue }
        #expect(!step.isDisputed, "\(text) \(format)")
        let value = format.value(of: UInt32(step.result))
        #expect(abs(value - nearest) <= (format.ulp(of: UInt32(step.result)) ?? 0) * 0.5000001)
      }
    }
  }

  @Test("A value that is next to a short decimal shows it, not the digits of a bound below")
  func nearDecimals() throws {
    for (text, digits) in [
      ("exp10(-8)", "1e-8"), ("exp10(-3)", "0.001"), ("exp10(-300)", "1e-300"),
    ] {
      guard case .number(let exact) = try last(text, .fp64).exact else {
        Issue.record("\(text) has no value")
        continue
      }
      #expect(exact.decimal == digits + " to 40 digits")
    }
  }

  @Test("Every function at every edge: no dispute, brackets agree with the other reference")
  func edges() throws {
    let special = ["0", "-0", "inf", "-inf", "nan", "1", "-1", "0x1p-1074", "-0x1p-1074"]
    let points = special + ["1e308", "-1e308", "0.5", "-3", "100", "-40", "710", "-750"]
    for function in RealFunction.allCases {
      for a in points {
        let second = function.arity == 2 ? ", \(a == "1" ? "-0.5" : "3")" : ""
        for format in [ValueFormat.fp64, .narrow(.fp32), .narrow(.e4m3), .narrow(.e8m0)] {
          for rounding in [Rounding.nearestEven, .up, .toOdd] {
            let step = try last("\(function.rawValue)(\(a)\(second))", format, rounding)
            #expect(!step.isDisputed, "\(function) \(a) \(format) \(rounding)")
          }
        }
      }
    }
    for known in ElementaryFunction.allCases {
      let function = RealFunction(known)
      let reference = ElementaryReference(function)
      for k in 0..<400 as Range<UInt64> {
        let x = Float(bitPattern: RandomWords.word(seed: 5, index: k))
        let value = Oracle.value(of: function, UInt64(x.bitPattern), format: .fp32)
        let expected = reference.nearest(at: Double(x), in: .fp32)
        let got = value.rounded(to: .fp32).value
        #expect(got == expected, "\(known) \(x)")
      }
    }
  }

  @Test("FP64 is what the processor computes")
  func binary64() throws {
    let texts = ["0.1", "3", "-0.3", "1e-310", "1.7e308", "0x1.fffffffffffffp-1022", "0", "1e16"]
    for a in texts {
      for b in texts {
        let (x, y) = (try #require(Double(a)), try #require(Double(b)))
        for (text, expected) in [
          ("\(a) + \(b)", x + y), ("\(a) * \(b)", x * y), ("\(a) / \(b)", x / y),
          ("fma(\(a), \(b), 0.1)", (0.1).addingProduct(x, y)), ("sqrt(\(a))", x.squareRoot()),
          ("remainder(\(a), \(b))", x.remainder(dividingBy: y)),
          ("rint(\(a))", x.rounded(.toNearestOrEven)), ("next_up(\(a))", x.nextUp),
        ] {
          let step = try last(text, .fp64)
          let got = Double(bitPattern: step.result)
          #expect(got.bitPattern == expected.bitPattern || got.isNaN && expected.isNaN, "\(text)")
          #expect(!step.isDisputed, "\(text)")
        }
        #expect(
          try last("fp64(\(a))", .narrow(.fp32)).result == UInt64(Float(x).bitPattern), "\(a)")
      }
    }
    #expect(try last("0x3ff0000000000000", .fp64).result == (1.0).bitPattern)
    #expect(try last("5e-324 / 2", .fp64).result == 0)
    #expect(Datum((0.1).bitPattern, .fp64).hex == "0x1.999999999999ap-4")
  }

  @Test("A value rounded on the way stands beside the whole rounded once")
  func once() throws {
    let chain = try last("fp16(fp32(1.00048828126))", .narrow(.fp16))
    #expect(chain.result == 0x3c00 && chain.once?.result == 0x3c01)
    // fp64 to fp32 loses what fp16 would have needed: 1 + 2^-11 + 2^-40.
    let two = try last("fp32(fp64(1.00048828125090949470177292823791503906))", .narrow(.fp16))
    #expect(two.result == 0x3c00 && two.once?.result == 0x3c01)
    // A published case: 5bab x 4cfd + 7701 is 7819 as a fused operation.
    let sum = try last("bits(0x5bab) * bits(0x4cfd) + bits(0x7701)", .narrow(.fp16))
    #expect(sum.once?.result == 0x7819 && sum.once?.operation == "fma")
    let fused = try last("fma(0x5bab, 0x4cfd, 0x7701)", .narrow(.fp16))
    #expect(fused.result == 0x7819 && fused.once == nil)
    #expect(try last("0.1 + 0.2", .narrow(.fp16)).once == nil)
    // 300^2 overflows fp16; the quotient does not.
    let quotient = try last("300 * 300 / 300", .narrow(.fp16))
    #expect(quotient.result == 0x7c00 && quotient.once?.result == 0x5cb0)
    let run = try Tool.run(["explain", "fp16(fp32(1.00048828126))"])
    #expect(run.output.contains("Double rounding: rounded once, #2 would be another number."))
  }

  @Test("A chosen random word decides, with the probability of going up")
  func chances() throws {
    for seed in [0, 1, 977] as [UInt64] {
      for k in 0..<200 as Range<UInt64> {
        let word = RandomWords.word(seed: 11, index: k)
        let index = RandomWords(seed: seed).index(ofWord: word)
        #expect(RandomWords.word(seed: seed, index: UInt64(index)) == word)
      }
    }
    // bf16 keeps 7 bits: 1 + 2^-9 cuts a quarter off, which 64 of 256 random numbers round up.
    let rounding = ["--format", "bf16", "--rounding", "stochastic:8:3", "--random-word"]
    for (word, encoding) in [("0xbfffffff", "0x3f80"), ("0xc0000000", "0x3f81")] {
      let run = try Tool.run(["explain", "0x1.008p0"] + rounding + [word])
      #expect(run.status == 0)
      #expect(run.output.contains("up for 64 of 256 random numbers: probability 25 %"))
      #expect(run.output.contains("result    \(encoding)"))
    }
    let negative = try Tool.run(["explain", "-0x1.008p0"] + rounding + ["0xc0000000"])
    #expect(negative.output.contains("up for 192 of 256 random numbers: probability 75 %"))
    #expect(negative.output.contains("result    0xbf81"))
    for arguments in [
      ["--random-word", "1"], ["--rounding", "stochastic:8", "--random-word", "x"],
    ] {
      #expect(try Tool.run(["explain", "0.1"] + arguments).status == 64)
    }
    let wide = try Tool.run(["explain", "fp64(0.1)", "--rounding", "stochastic:16"])
    #expect(wide.status == 64 && wide.errors.contains("at most 11 bits"))
  }
}
