// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Testing

@testable import KernelChecks

@Suite("Functions of elements, FP64 among their formats")
struct ElementFunctionTests {
  /// A function, its operands, a result, |result - exact| in ulp at the exact value by mpmath with
  /// 2000 bits, and whether it is the nearest.
  private static let literals: [(String, [UInt64], UInt64, Double, Bool)] = [
    ("exp", [0x3fe24cba01ab2f35], 0x3ffc58598f7a4a03, 0.49687425846911542, true),
    ("exp", [0x3fe24cba01ab2f35], 0x3ffc58598f7a4a04, 0.50312574153088458, false),
    ("exp", [0x3fe24cba01ab2f35], 0x3ffc58598f7a4a00, 3.4968742584691154, false),
    ("exp", [0xc087240000000000], 0x0000000000000033, 0.42229953034433185, true),
    ("exp", [0xc087240000000000], 0x0000000000000034, 0.57770046965566815, false),
    ("exp", [0xc087240000000000], 0x0000000000000030, 3.4222995303443319, false),
    ("sin", [0x4480f0cf064dd592], 0xbfeb453ab76bf397, 0.06107495916837685, true),
    ("sin", [0x4480f0cf064dd592], 0xbfeb453ab76bf396, 1.0610749591683769, false),
    ("sin", [0x4480f0cf064dd592], 0xbfeb453ab76bf39a, 2.9389250408316231, false),
    ("log", [0x3ff0000000000001], 0x3cafffffffffffff, 1.4802973661668751e-16, true),
    ("log", [0x3ff0000000000001], 0x3cb0000000000000, 0.99999999999999985, false),
    ("log", [0x3ff0000000000001], 0x3caffffffffffffc, 3.0000000000000001, false),
    ("gamma", [0x4059200000000000], 0x6085b98374db8c0b, 0.26045551497410874, true),
    ("gamma", [0x4059200000000000], 0x6085b98374db8c0c, 0.73954448502589126, false),
    ("gamma", [0x4059200000000000], 0x6085b98374db8c08, 3.2604555149741087, false),
    ("erfc", [0x403a000000000000], 0x02a284bfe1cdea24, 0.31794118276641159, true),
    ("erfc", [0x403a000000000000], 0x02a284bfe1cdea25, 1.3179411827664116, false),
    ("erfc", [0x403a000000000000], 0x02a284bfe1cdea21, 2.6820588172335884, false),
    ("tanh", [0x3fd3333333333333], 0x3fd2a4dda7d914fa, 0.11637780005198742, true),
    ("tanh", [0x3fd3333333333333], 0x3fd2a4dda7d914fb, 1.1163778000519874, false),
    ("tanh", [0x3fd3333333333333], 0x3fd2a4dda7d914f7, 2.8836221999480126, false),
    ("gelu", [0xbff4000000000000], 0xbfc0e76a2bb4a19a, 0.20665378892293229, true),
    ("gelu", [0xbff4000000000000], 0xbfc0e76a2bb4a199, 0.79334621107706771, false),
    ("gelu", [0xbff4000000000000], 0xbfc0e76a2bb4a19d, 3.2066537889229323, false),
    (
      "pow", [0x3ff000001ad7f29b, 0x4197d78400000000], 0x40d5829d1d3f9926, 0.41494046600406663, true
    ),
    (
      "pow", [0x3ff000001ad7f29b, 0x4197d78400000000], 0x40d5829d1d3f9927, 0.58505953399593337,
      false
    ),
    (
      "pow", [0x3ff000001ad7f29b, 0x4197d78400000000], 0x40d5829d1d3f9923, 3.4149404660040666, false
    ),
    (
      "pow", [0x400d99999999999a, 0xc069080000000000], 0x285042026cef3566, 0.20198137870121673, true
    ),
    (
      "pow", [0x400d99999999999a, 0xc069080000000000], 0x285042026cef3567, 0.79801862129878327,
      false
    ),
    (
      "pow", [0x400d99999999999a, 0xc069080000000000], 0x285042026cef3563, 3.2019813787012167, false
    ),
    (
      "hypot", [0x698f5aa543c31387, 0x6994e7192f83830d], 0x699a20df53f08881, 0.45233230167460006,
      true
    ),
    (
      "hypot", [0x698f5aa543c31387, 0x6994e7192f83830d], 0x699a20df53f08882, 0.54766769832539994,
      false
    ),
    (
      "hypot", [0x698f5aa543c31387, 0x6994e7192f83830d], 0x699a20df53f0887e, 3.4523323016746001,
      false
    ),
    (
      "atan2", [0x01a56e1fc2f8f359, 0xc000000000000000], 0x400921fb54442d18, 0.27576594341502452,
      true
    ),
    (
      "atan2", [0x01a56e1fc2f8f359, 0xc000000000000000], 0x400921fb54442d19, 0.72423405658497548,
      false
    ),
    (
      "atan2", [0x01a56e1fc2f8f359, 0xc000000000000000], 0x400921fb54442d15, 3.2757659434150245,
      false
    ),
    (
      "div", [0x3ff0000000000000, 0x4008000000000000], 0x3fd5555555555555, 0.33333333333333333, true
    ),
    (
      "div", [0x3ff0000000000000, 0x4008000000000000], 0x3fd5555555555556, 0.66666666666666667,
      false
    ),
    (
      "div", [0x3ff0000000000000, 0x4008000000000000], 0x3fd5555555555552, 3.3333333333333333, false
    ),
    ("add", [0x4341c37937e08000, 0x3ff0000000000000], 0x4341c37937e08000, 0.5, true),
    ("add", [0x4341c37937e08000, 0x3ff0000000000000], 0x4341c37937e08001, 0.5, false),
    ("add", [0x4341c37937e08000, 0x3ff0000000000000], 0x4341c37937e07ffd, 3.5, false),
    (
      "mul", [0x1eb67e9c127b6e74, 0x1ed28eda5c0c3b20], 0x0000000000001a17, 0.27435914125063743, true
    ),
    (
      "mul", [0x1eb67e9c127b6e74, 0x1ed28eda5c0c3b20], 0x0000000000001a18, 0.72564085874936257,
      false
    ),
    (
      "mul", [0x1eb67e9c127b6e74, 0x1ed28eda5c0c3b20], 0x0000000000001a14, 3.2743591412506374, false
    ),
    (
      "fma", [0x3ff0000000400000, 0x3fefffffff800000, 0xbff0000000000000], 0xbc30000000000000, 0.0,
      true
    ),
    (
      "fma", [0x3ff0000000400000, 0x3fefffffff800000, 0xbff0000000000000], 0xbc2fffffffffffff, 0.5,
      false
    ),
    (
      "fma", [0x3ff0000000400000, 0x3fefffffff800000, 0xbff0000000000000], 0xbc30000000000003, 3.0,
      false
    ),
    ("sqrt", [0x4000000000000000], 0x3ff6a09e667f3bcd, 0.43537618564147827, true),
    ("sqrt", [0x4000000000000000], 0x3ff6a09e667f3bce, 1.4353761856414783, false),
    ("sqrt", [0x4000000000000000], 0x3ff6a09e667f3bca, 2.5646238143585217, false),
  ]

  @Test("Errors in FP64 are those that mpmath computes")
  func literals() throws {
    for (name, operands, result, ulps, isNearest) in Self.literals {
      let function = try #require(ElementFunction(rawValue: name))
      let judgement = ElementReference(function, .fp64).judge(result, at: operands)
      #expect(judgement.isNearest == isNearest, "\(name)")
      #expect(
        (judgement.ulps - ulps).magnitude <= 0x1p-40, "\(name): \(judgement.ulps), not \(ulps)")
    }
  }

  @Test("The processor's own arithmetic is the nearest everywhere, in FP32 and FP64")
  func processor() {
    func single(_ x: UInt64) -> Float { Float(bitPattern: UInt32(x)) }
    func double(_ x: UInt64) -> Double { Double(bitPattern: x) }
    let rows: [(ElementFunction, ([Float]) -> Float, ([Double]) -> Double)] = [
      (.arithmetic(.add), { $0[0] + $0[1] }, { $0[0] + $0[1] }),
      (.arithmetic(.sub), { $0[0] - $0[1] }, { $0[0] - $0[1] }),
      (.arithmetic(.mul), { $0[0] * $0[1] }, { $0[0] * $0[1] }),
      (.arithmetic(.div), { $0[0] / $0[1] }, { $0[0] / $0[1] }),
      (.arithmetic(.sqrt), { $0[0].squareRoot() }, { $0[0].squareRoot() }),
      (
        .arithmetic(.fma), { $0[2].addingProduct($0[0], $0[1]) },
        { $0[2].addingProduct($0[0], $0[1]) }
      ),
      (
        .arithmetic(.remainder), { $0[0].remainder(dividingBy: $0[1]) },
        { $0[0].remainder(dividingBy: $0[1]) }
      ),
      (.integral(.floor), { $0[0].rounded(.down) }, { $0[0].rounded(.down) }),
      (.integral(.ceil), { $0[0].rounded(.up) }, { $0[0].rounded(.up) }),
      (.integral(.trunc), { $0[0].rounded(.towardZero) }, { $0[0].rounded(.towardZero) }),
      (.integral(.rint), { $0[0].rounded(.toNearestOrEven) }, { $0[0].rounded(.toNearestOrEven) }),
      (
        .integral(.round), { $0[0].rounded(.toNearestOrAwayFromZero) },
        { $0[0].rounded(.toNearestOrAwayFromZero) }
      ),
    ]
    for (function, ofSingles, ofDoubles) in rows {
      for format in [Format.fp32, .fp64] {
        let reference = ElementReference(function, format)
        let numbers = BoundaryNumbers(format, operands: function.arity)
        for sample: UInt64 in 0..<3000 {
          let tuple = (sample &* 0x9e37_79b9_7f4a_7c15) % numbers.tuples
          let operands = (0..<function.arity).map { numbers.encoding($0, ofTuple: tuple) }
          let result =
            format == .fp32
            ? UInt64(ofSingles(operands.map(single)).bitPattern)
            : ofDoubles(operands.map(double)).bitPattern
          let judgement = reference.judge(result, at: operands)
          #expect(judgement.isNearest, "\(function.rawValue) \(format.elementID) \(operands)")
          // Its neighbour is not, where the result is a number.
          guard format.number(result).isFinite, format.number(result + 1).isFinite else { continue }
          #expect(!reference.judge(result + 1, at: operands).isNearest)
        }
      }
    }
  }

  @Test("Every function is known by its name, and names of Python are taken with care")
  func names() {
    for function in ElementFunction.allCases {
      #expect(ElementFunction(rawValue: function.rawValue) == function)
      #expect(KernelNames.function(function.rawValue) == function)
    }
    #expect(KernelNames.function(ofSymbol: "fmaf") == .arithmetic(.fma))
    #expect(KernelNames.function(ofSymbol: "remainderf") == .arithmetic(.remainder))
    #expect(KernelNames.function(ofSymbol: "roundf") == .integral(.round))
    // NumPy's remainder has the divisor's sign, and its round takes ties to even.
    #expect(KernelNames.function(ofPython: "remainder") == nil)
    #expect(KernelNames.function(ofPython: "round") == nil)
    #expect(KernelNames.function(ofPython: "true_divide") == .arithmetic(.div))
  }

  @Test("A number for an infinity has a size only where it is a neighbour of the exact value")
  func overflow() {
    // 0x7f7f + 0x7b7f in BF16 is 3.40277e38, beyond the largest number and half an ulp.
    let sum = ElementReference(.arithmetic(.add), .bf16).judge(0x7f7f, at: [0x7f7f, 0x7b7f])
    #expect(!sum.isNearest && !sum.isWrongSpecial && sum.ulps > 0.5 && sum.ulps <= 1)
    let exp = ElementReference(.real(.exp), .fp32)
    let large = UInt64(Float(100).bitPattern)
    let wrong = exp.judge(UInt64(Float.greatestFiniteMagnitude.bitPattern), at: [large])
    #expect(wrong.isWrongSpecial && wrong.ulps == .infinity)
    #expect(exp.judge(UInt64(Float.infinity.bitPattern), at: [large]).isNearest)
    let early = exp.judge(UInt64(Float.infinity.bitPattern), at: [UInt64(Float(88).bitPattern)])
    #expect(early.isWrongSpecial && early.ulps == .infinity)
  }

  @Test("A number for a zero is so many of the least ulp off, and of the other sign without size")
  func zeros() {
    let exp = ElementReference(.real(.exp), .fp64)
    let below = exp.judge(2, at: [(-Double.infinity).bitPattern])
    #expect(below.ulps == 2 && !below.isWrongSpecial && !below.isWrongSign)
    let sign = exp.judge(1 | 1 << 63, at: [(-Double.infinity).bitPattern])
    #expect(sign.ulps == .infinity && sign.isWrongSign)
    let difference = ElementReference(.arithmetic(.sub), .fp32)
    let one = UInt64(Float(1).bitPattern)
    #expect(difference.judge(3, at: [one, one]).ulps == 3)
    #expect(difference.judge(0, at: [one, one]).isNearest)
    let rint = ElementReference(.integral(.rint), .fp16)
    #expect(rint.judge(5, at: [1]).ulps == 5)
  }

  @Test("A digest of FP64 results tells one bit from another, and all NaNs are one")
  func digests() {
    let one = (1.0).bitPattern
    for bit: UInt64 in 0..<64 {
      #expect(
        ResultDigest.digest(one, ofElement: 7, .fp64)
          != ResultDigest.digest(one ^ 1 << bit, ofElement: 7, .fp64))
    }
    #expect(
      ResultDigest.digest(0x7ff8_0000_0000_0001, ofElement: 7, .fp64)
        == ResultDigest.digest(0xfff8_0000_0000_0000, ofElement: 7, .fp64))
  }
}

@Suite("Published operands that are the hardest to round")
struct HardestNumberTests {
  @Test("Each lies next to the middle between two numbers")
  func distances() throws {
    for (format, least) in [(Format.fp64, 48), (.fp32, 17)] {
      var functions = 0
      for function in ElementFunction.allCases {
        let tuples = HardestNumbers.tuples(function, format)
        functions += tuples.isEmpty ? 0 : 1
        for operands in tuples {
          guard case .real(let real) = function else { continue }
          #expect(operands.count == function.arity)
          let value = Oracle.value(
            of: real, operands[0], operands.count > 1 ? operands[1] : 0, format: format)
          let bits = try #require(value.firstBits, "\(function.rawValue) \(operands)")
          // After the format's bits a one and zeros, or a zero and ones.
          let words = bits.significand.suffix(3)
          let text = words.reversed().map { word in
            let digits = String(word, radix: 2)
            return String(repeating: "0", count: 64 - digits.count) + digits
          }.joined()
          let tail = text.dropFirst(format.precision)
          let other: Character = tail.first == "1" ? "0" : "1"
          let run = tail.dropFirst().prefix { $0 == other }.count
          #expect(run >= least - 1, "\(function.rawValue) \(operands): \(run)")
        }
      }
      #expect(functions >= (format == .fp64 ? 28 : 20))
    }
  }
}
