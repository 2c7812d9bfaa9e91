// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Reports

@Suite("Intervals and tests of few observations") struct StatisticsTests {
  private func isNear(_ x: Double?, _ y: Double, _ tolerance: Double) -> Bool {
    x.map { ($0 - y).magnitude <= tolerance } ?? false
  }

  @Test("Quantiles of Student's t are those of the tables")
  func quantiles() {
    // Abramowitz and Stegun, table 26.10: A(t|ν) = 0.95, 0.99, 0.999.
    let table: [(Int, Double, Double, Double)] = [
      (1, 12.706, 63.657, 636.619), (2, 4.303, 9.925, 31.598), (3, 3.182, 5.841, 12.924),
      (4, 2.776, 4.604, 8.610), (5, 2.571, 4.032, 6.869), (9, 2.262, 3.250, 4.781),
      (10, 2.228, 3.169, 4.587), (29, 2.045, 2.756, 3.659), (30, 2.042, 2.750, 3.646),
      (120, 1.980, 2.617, 3.373),
    ]
    for (freedom, a, b, c) in table {
      let t = StudentDistribution(degreesOfFreedom: freedom)
      for (level, expected) in [(0.95, a), (0.99, b), (0.999, c)] {
        // The table's own last digit of 31.598 is one too low: 31.5991.
        #expect(isNear(t.quantile(twoSided: level), expected, 1.2e-3), "\(freedom) \(level)")
      }
    }
    // ν = 1 is Cauchy's, ν = 2 has P(|T| > t) = 1 - t / √(2 + t²).
    #expect(isNear(StudentDistribution(degreesOfFreedom: 1).twoSidedTail(1), 0.5, 1e-15))
    #expect(
      isNear(
        StudentDistribution(degreesOfFreedom: 2).twoSidedTail(3), 1 - 3 / 11.0.squareRoot(), 1e-15))
    #expect(StudentDistribution(degreesOfFreedom: 7).twoSidedTail(0) == 1)
    #expect(StudentDistribution(degreesOfFreedom: 7).twoSidedTail(.infinity) == 0)
    #expect(StudentDistribution(degreesOfFreedom: 7).twoSidedTail(1e300) == 0)
  }

  @Test("Student's own sleeping patients: 1.58 hours, 0.70 to 2.46, p = 0.00283")
  func sleep() throws {
    // Biometrika 6, 1908, p. 20: the gain of the second drug over the first.
    let interval = try #require(MeanInterval([1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4]))
    #expect(isNear(interval.estimate, 1.58, 1e-15))
    #expect(isNear(interval.lower, 0.7001142, 1e-7) && isNear(interval.upper, 2.4598858, 1e-7))
    #expect(isNear(interval.probability(of: 0), 0.002833, 5e-7))
    #expect(MeanInterval([1]) == nil && MeanInterval([1, .nan]) == nil)
    #expect(MeanInterval([2, 2, 2])?.probability(of: 2) == 1)
    #expect(MeanInterval([2, 2, 2])?.probability(of: 1) == 0)
  }

  @Test("Wilson's intervals are those that Newcombe prints")
  func wilson() throws {
    // Statistics in Medicine 17, 1998, p. 857, method 3.
    let table = [
      (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611),
      (1, 29, 0.0061, 0.1718),
    ]
    for (successes, trials, lower, upper) in table {
      let share = try #require(ProportionInterval(successes: successes, of: trials))
      #expect(isNear(share.lower, lower, 5e-5) && isNear(share.upper, upper, 5e-5))
    }
    let half = try #require(ProportionInterval(successes: 128, of: 256))
    #expect(isNear(half.upper - half.lower, 2 * 0.0608, 1e-3), "256 predictions have 6 points")
    #expect(ProportionInterval(successes: 0, of: 0) == nil)
  }

  @Test(
    "McNemar's exact p is twice the binomial tail; several predictions of an example count once")
  func mcNemar() {
    #expect(isNear(PairedPredictions.binomialTail(1, of: 10), 22.0 / 1024, 1e-16))
    #expect(PairedPredictions.binomialTail(5, of: 10) == 1)
    #expect(PairedPredictions.binomialTail(0, of: 6) == 2.0 / 64)
    #expect(isNear(PairedPredictions.binomialTail(7, of: 25), 2 * 0.0216426253, 1e-9))
    #expect(PairedPredictions.binomialTail(0, of: 100_000) == 0)
    #expect(isNear(PairedPredictions.binomialTail(49_900, of: 100_000), 0.5292, 5e-5))
    func pair(_ onlyFirst: Int, _ onlySecond: Int, perExample: Int) -> PairedPredictions {
      let first =
        Array(repeating: true, count: onlyFirst) + .init(repeating: false, count: onlySecond)
      return PairedPredictions(
        ("a", first), ("b", first.map { !$0 }), examples: first.indices.map { $0 / perExample })
    }
    #expect(isNear(pair(9, 1, perExample: 1).probability, 22.0 / 1024, 1e-16))
    #expect(pair(0, 0, perExample: 1).probability == 1)
    // Ten windows of ten characters, each all right or all wrong, are ten observations, not a
    // hundred.
    let windows = pair(90, 10, perExample: 10)
    #expect(windows.unbalancedExamples == 10 && windows.balanceSquares == 1000)
    #expect(windows.probability > 0.01)
    #expect(pair(90, 10, perExample: 1).probability < 1e-15)
  }

  @Test("Batch means hold for series whose neighbours depend on one another")
  func batchMeans() throws {
    // A first-order process with a correlation of 0.9: as if independent, the mean's interval would
    // be 4.4 times too narrow and hold in a third of the cases.
    var (held, naive) = (0, 0)
    let trials = 200
    for trial in 0..<trials {
      var x = 0.0
      let series = (0..<600).map { step -> Double in
        let index = 4 * (step + 600 * trial)
        let normal = (0..<4).reduce(0) { $0 + Fixture.noise(index + $1, 3) }
        x = 0.9 * x + normal
        return x
      }.suffix(500)
      let interval = try #require(BatchMeans.interval(Array(series)))
      held += interval.excludesZero ? 0 : 1
      let independent = try #require(MeanInterval(Array(series)))
      naive += independent.excludesZero ? 0 : 1
    }
    #expect(held > trials * 92 / 100 && held < trials, "\(held)")
    #expect(naive < trials / 2, "\(naive)")
    // A line through zero is no systematic difference; one far from zero is.
    let line = (0..<100).map { Double($0) - 49.5 }
    #expect(try #require(BatchMeans.interval(line)).excludesZero == false)
    #expect(try #require(BatchMeans.interval(line.map { 500 + $0 })).excludesZero)
    #expect(BatchMeans.interval(Array(repeating: 1, count: 9)) == nil)
    #expect(BatchMeans.interval([.nan] + line) == nil)
  }

  @Test(
    "Few runs carry less: the limit of three is twelve times that of thirty at the level of harm")
  func limits() throws {
    let three = try #require(Evidence.limit(deviation: 1, runs: 3, level: Evidence.levelOfFewRuns))
    #expect(isNear(three, 31.599 * 2.0.squareRoot(), 1e-3))
    #expect(Evidence.limit(deviation: 1, runs: 1, level: 0.95) == nil)
    // t(4) at 99 % is 4.604: five runs tell a mean of 2.1 standard deviations, four seeds more.
    #expect(Evidence.pairedSeeds(distance: 2.1, deviation: 1) == 4)
    #expect(Evidence.pairedSeeds(distance: 2.0, deviation: 1) == 5)
    #expect(Evidence.pairedSeeds(distance: 0.1, deviation: 1) == nil)
  }
}
