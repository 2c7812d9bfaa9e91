// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Reports

@Suite("Studies: means over seeds, paired differences, figures with error bars")
struct StudyTests {
  /// Gradient errors of two policies at two widths on three seeds.
  static let values: [[[Double]]] = [
    [[1, 2, 4], [1.5, 2.25, 4.75]], [[0.5, 0.5, 0.5], [0.25, 0.5, 0.75]],
  ]

  static let result = StudyResult(
    name: "grid", question: "", lossUnit: "nat",
    axes: [
      .init(
        name: "width", labels: ["32", "64"], stems: ["32", "64"], numbers: [32, 64], isSeed: false),
      .init(
        name: "seed", labels: ["1", "2", "3"], stems: ["1", "2", "3"], numbers: [1, 2, 3],
        isSeed: true),
    ],
    points: (0..<6).map { number in
      let (width, seed) = (number / 3, number % 3)
      return .init(
        name: "width-\([32, 64][width])_seed-\(seed + 1)", indices: [width, seed],
        rows: [.init(policy: "fp64", status: "reference", metrics: [.finalLoss: 1])]
          + (0..<2).map { policy in
            .init(
              policy: ["fp16-amp", "bf16_amp"][policy], status: "close",
              metrics: [.gradientError: values[width][policy][seed]])
          })
    })

  private func isNear(_ x: Double?, _ y: Double) -> Bool {
    x.map { ($0 - y).magnitude <= 1e-9 * max(1, y.magnitude) } ?? false
  }

  @Test("Means, deviations and intervals are those of a computation by hand")
  func means() throws {
    // 1, 2, 4: x̄ = 7/3, s² = ((4/3)² + (1/3)² + (5/3)²) / 2 = 7/3; t(0.975, 2) = 4.302652729911275
    // (Abramowitz and Stegun, 26.10: 4.303), half = t √(7/9).
    let mean = try #require(StudyMean([1, nil, 2, 4]))
    #expect(mean.seeds == 3 && mean.missing == 1)
    #expect(isNear(mean.mean, 7.0 / 3) && isNear(mean.deviation, (7.0 / 3).squareRoot()))
    let half = 4.302652729911275 * (7.0 / 9).squareRoot()
    #expect(isNear(mean.lower, 7.0 / 3 - half) && isNear(mean.upper, 7.0 / 3 + half))
    let single = try #require(StudyMean([3]))
    #expect(single.mean == 3 && single.lower == nil && single.deviation == nil)
    #expect(StudyMean([nil, nil]) == nil)
  }

  @Test("A paired difference is that of the same seeds, with its interval and probability")
  func differences() throws {
    // 1 - 1.5, 2 - 2.25, 4 - 4.75: mean -0.5, s = 0.25, t = -0.5 / (0.25 / √3) = -2 √3; for ν = 2
    // P(|T| > t) = 1 - t / √(2 + t²) with t² = 12.
    let difference = try #require(StudyDifference([1, 2, nil, 4], [1.5, 2.25, 9, 4.75]))
    #expect(difference.seeds == 3 && isNear(difference.mean, -0.5))
    let half = 4.302652729911275 * 0.25 / 3.0.squareRoot()
    #expect(isNear(difference.lower, -0.5 - half) && isNear(difference.upper, -0.5 + half))
    #expect(isNear(difference.probability, 1 - (12.0 / 14).squareRoot()))
    #expect(!difference.excludesZero)
    let told = try #require(StudyDifference([2, 3, 4], [1, 1.9, 3]))
    #expect(told.excludesZero)
  }

  @Test("Groups are the points that differ in the seed alone")
  func groups() {
    let groups = Self.result.groups
    #expect(groups.map(\.name) == ["width-32", "width-64"])
    #expect(groups.map(\.points.count) == [3, 3])
    #expect(groups[0].values("bf16_amp", .gradientError) == [1.5, 2.25, 4.75])
    #expect(Self.result.means.count == 6)
    let pairs = Self.result.comparisons.map { "\($0.group.name) \($0.first) \($0.second)" }
    #expect(pairs == ["width-32 fp16-amp bf16_amp", "width-64 fp16-amp bf16_amp"])
  }

  @Test(
    "The figure against width has every mean, its bars' lengths, and pgfplots' columns for them")
  func figure() throws {
    let figures = StudyFigures(result: Self.result).all
    let figure = try #require(figures.first { $0.name == "gradient-error-by-width" })
    #expect(figure.x.scale == .log2)
    #expect(
      figure.table.columns == [
        "width", "fp16_amp", "fp16_amp_below", "fp16_amp_above", "bf16_amp", "bf16_amp_below",
        "bf16_amp_above",
      ])
    #expect(figure.table.rows.map(\.first) == [.number(32), .number(64)])
    guard case .number(let above) = figure.table.rows[0][3] else { return #expect(Bool(false)) }
    #expect(isNear(above, 4.302652729911275 * (7.0 / 9).squareRoot()))
    let tex = figure.tex(data: "d.csv")
    for column in ["fp16_amp_below", "bf16_amp_above"] { #expect(tex.contains("={\(column)}")) }
    #expect(tex.contains("error bars/y explicit"))
    // A bar that reaches zero ends at the least value drawn: a logarithm has no zero.
    let bars = figure.panels[0].series.flatMap { $0.points.compactMap(\.bar) }
    #expect(bars.count == 4 && bars.allSatisfy { $0.lowerBound > 0 })
    #expect(StudyFigures.scale(of: [2, 8, 32]) == .log2)
    #expect(StudyFigures.scale(of: [1e-3, 1e-1]) == .log10)
    #expect(StudyFigures.scale(of: [0, 1, 2]) == .linear)
  }

  @Test("Tables for LaTeX have a row for each mean, numbers with half their intervals")
  func tables() {
    let tex = StudyTables(Self.result).meansTeX
    #expect(tex.split(separator: "\n").count(where: { $0.hasSuffix("\\\\") }) == 7)
    #expect(tex.contains("bf16\\_amp") && tex.contains("$0.500 \\pm 0.000$"))
    #expect(
      StudyTables.number(1.5e-7, 2e-9, .gradientError) == "$(1.50 \\pm 0.02) \\times 10^{-7}$")
    #expect(StudyTables.number(1.5e-7, nil, .gradientError) == "$1.50 \\times 10^{-7}$")
    #expect(StudyTables.number(0.125, 0.5, .zeroed) == "$12.5 \\pm 50.0$")
    #expect(StudyTables.number(0, 0, .zeroed) == "$0$")
  }

  @Test("A reference that is not finite is told, whatever the policies' figures are")
  func referenceLost() {
    #expect(StudyFindings(Self.result).holds)
    var points = Self.result.points
    points[4].rows[0].metrics[StudyMetric.finalLoss.rawValue] = nil
    let lost = StudyResult(
      name: "grid", question: "", lossUnit: "nat", axes: Self.result.axes, points: points)
    #expect(!StudyFindings(lost).holds)
    #expect(
      StudyFindings(lost).details.first?.hasPrefix(
        "The reference is not finite at 1 of 6 points") == true)
  }

  @Test("The page is well-formed and links every point")
  func page() {
    let report = StudyReport(
      Self.result,
      context: ReportContext(
        command: "halfway run grid.json5", tool: "halfway", environment: [],
        run: .init(started: "2026-01-01T00:00:00Z", seconds: 1)))
    let page = report.files().first { $0.path == "index.html" }?.text ?? ""
    #expect(page.contains("points/width-64_seed-3/index.html"))
    #expect(
      StudyFindings(Self.result).verdict
        == "From width 32 to 64 the gradient error of `fp16-amp` goes from 2.33 to 0.500, of "
        + "`bf16_amp` from 2.83 to 0.500 (means over 3 seeds).")
  }
}
