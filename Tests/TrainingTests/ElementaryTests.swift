// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Training

@Suite struct ElementaryTests {
  /// The largest relative difference over a range, in units of 2^-53.
  private func worst(
    _ ours: (Double) -> Double, _ theirs: (Double) -> Double, _ range: ClosedRange<Double>
  ) -> Double {
    let count = 20_000
    return (0...count).reduce(0) { worst, i in
      let x = range.lowerBound + (range.upperBound - range.lowerBound) * Double(i) / Double(count)
      let expected = theirs(x)
      guard expected != 0 else { return worst }
      return max(worst, ((ours(x) - expected) / expected).magnitude * 0x1p53)
    }
  }

  @Test("exp, log, tanh, erf differ from libm by at most a dozen units of 2^-53")
  func accuracy() {
    #expect(worst(Elementary.exp, Foundation.exp, -700...700) < 4)
    #expect(worst(Elementary.exp, Foundation.exp, -1...1) < 4)
    #expect(worst(Elementary.log, Foundation.log, 0x1p-1000...0x1p1000) < 4)
    #expect(worst(Elementary.log, Foundation.log, 0.01...3) < 6)
    #expect(worst(Elementary.tanh, Foundation.tanh, -25...25) < 8)
    #expect(worst(Elementary.tanh, Foundation.tanh, -0.5...0.5) < 8)
    #expect(worst(Elementary.erf, Foundation.erf, -7...7) < 12)
    #expect(worst(Elementary.erf, Foundation.erf, -0.1...0.1) < 12)
  }

  @Test("Ends of the range, signs of zero and NaN")
  func edges() {
    #expect(Elementary.exp(0) == 1 && Elementary.exp(-.infinity) == 0)
    #expect(Elementary.exp(710) == .infinity && Elementary.exp(.infinity) == .infinity)
    #expect(Elementary.exp(-746) == 0 && Elementary.exp(-745) == .leastNonzeroMagnitude)
    #expect(Elementary.log(1) == 0 && Elementary.log(0) == -.infinity)
    #expect(Elementary.log(.infinity) == .infinity && Elementary.log(-1).isNaN)
    #expect(Elementary.tanh(-0.0).sign == .minus && Elementary.tanh(-.infinity) == -1)
    #expect(Elementary.erf(-0.0).sign == .minus && Elementary.erf(.infinity) == 1)
    for function in [Elementary.exp, Elementary.log, Elementary.tanh, Elementary.erf] {
      #expect(function(.nan).isNaN)
    }
  }
}
