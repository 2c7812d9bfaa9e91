// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness
import SoftFloat
import Testing

@Suite("Elementary functions: ends, forms, bits")
struct ElementaryTests {
  private static func words(_ seed: UInt64, _ index: Int) -> UInt64 {
    let high = RandomWords.word(seed: seed, index: UInt64(index))
    return UInt64(high) << 32 | UInt64(RandomWords.word(seed: seed + 1, index: UInt64(index)))
  }

  /// The functions where they are limits, exact, or undefined, each as (x, f(x)).
  private static let ends: [(ElementaryFunction, [(Double, Double)])] = [
    (
      .exp,
      [(0, 1), (-0.0, 1), (.infinity, .infinity), (-.infinity, 0), (1e6, .infinity), (-1e6, 0)]
    ),
    (.log, [(1, 0), (0, -.infinity), (-0.0, -.infinity), (.infinity, .infinity)]),
    (.tanh, [(0, 0), (-0.0, -0.0), (.infinity, 1), (-.infinity, -1), (30, 1), (-30, -1)]),
    (.sigmoid, [(0, 0.5), (-0.0, 0.5), (.infinity, 1), (-.infinity, 0), (1e6, 1), (-1e6, 0)]),
    (.erf, [(0, 0), (-0.0, -0.0), (.infinity, 1), (-.infinity, -1), (7, 1), (-7, -1)]),
    (.normal, [(0, 0.5), (-0.0, 0.5), (.infinity, 1), (-.infinity, 0), (64, 1), (-64, 0)]),
    (
      .gelu,
      [(0, 0), (-0.0, -0.0), (.infinity, .infinity), (-.infinity, -0.0), (64, 64), (-64, -0.0)]
    ),
    (
      .geluTanh,
      [(0, 0), (-0.0, -0.0), (.infinity, .infinity), (-.infinity, -0.0), (64, 64), (-64, -0.0)]
    ),
    (.rsqrt, [(4, 0.5), (0, .infinity), (-0.0, -.infinity), (.infinity, 0), (0x1p-40, 0x1p20)]),
  ]

  private func checkEnds<T: ElementaryScalar>(_: T.Type) {
    for (function, pairs) in ElementaryTests.ends {
      for (x, expected) in pairs {
        let y = T.elementary(function, T(x))
        #expect(y == T(expected) && y.sign == expected.sign, "\(T.self) \(function) of \(x): \(y)")
      }
    }
    for function in ElementaryFunction.allCases {
      let invalid: [T] =
        [.nan, -T.nan, .signalingNaN]
        + ([.log, .rsqrt].contains(function) ? [-1, -.infinity] : [])
      for x in invalid {
        let y = T.elementary(function, x)
        #expect(y.isNaN && !y.isSignalingNaN && y.sign == .plus, "\(T.self) \(function) of \(x)")
      }
    }
  }

  @Test("Limits, exact values, signs of zero; every NaN is the canonical one")
  func ends() {
    checkEnds(Float.self)
    checkEnds(Double.self)
  }

  /// Some of every encoding's kind, of numbers near 1 most.
  private static func operands<T: ElementaryScalar>(_ make: (UInt64) -> T) -> [T] {
    (0..<8192).map { i in
      let word = words(7, i)
      if i % 2 == 0 { return make(word) }
      let fraction = T(Int64(bitPattern: word) >> 11) * 0x1p-50
      return fraction * (i % 4 == 1 ? 4 : 0x1p-6)
    }
  }

  private func bits<T: ElementaryScalar>(_ x: T) -> UInt64 {
    (x as? Float).map { UInt64($0.bitPattern) } ?? (x as? Double)?.bitPattern ?? 0
  }

  /// The digest (FNV-1a) of all functions, after checking that scalar calls, the loop and the loop
  /// in place deliver the same.
  private func digest<T: ElementaryScalar>(_ operands: [T]) -> UInt64 {
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    for function in ElementaryFunction.allCases {
      var results = operands
      var inPlace = operands
      operands.withUnsafeBufferPointer { source in
        results.withUnsafeMutableBufferPointer { target in
          T.elementary(
            function, source.baseAddress!, into: target.baseAddress!, count: source.count)
        }
      }
      inPlace.withUnsafeMutableBufferPointer { T.elementary(function, $0) }
      let encodings = results.map(bits)
      #expect(encodings == inPlace.map(bits))
      #expect(encodings == operands.map { bits(T.elementary(function, $0)) })
      for encoding in encodings { digest = (digest ^ encoding) &* 0x0000_0100_0000_01b3 }
    }
    return digest
  }

  @Test("The committed bits, by calls, by loops and in place, with native instructions and without")
  func digests() {
    let floats = ElementaryTests.operands { Float(bitPattern: UInt32($0 >> 32)) }
    let doubles = ElementaryTests.operands { Double(bitPattern: $0) }
    #expect(digest(floats) == 0x27f74b1aa1ab14d3)
    #expect(digest(doubles) == 0x9e564fd373615e2a)
  }
}
