// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Reports

@Suite struct FigureTests {
  static let x = Axis("step", unit: "number")

  static func chart(_ points: [(Double, Double)], scale: Scale, name: String = "a") -> LineChart {
    let points = points.map { LineChart.Point($0.0, $0.1) }
    let shapes: [LineChart.Shape] = [.line, .step, .marks]
    return LineChart(
      name: "chart", title: Fixture.hostile, summary: Fixture.hostile, x: x,
      panels: [
        .init(
          Fixture.hostile, axis: Axis(Fixture.hostile, unit: "1", scale: scale),
          series: shapes.enumerated().map {
            .init(
              "\(name) \($0.offset)", style: .compared($0.offset), shape: $0.element, points: points
            )
          }, marks: [.init(1, Fixture.hostile)])
      ])
  }

  @Test(
    "Whatever the points: the drawing is well-formed and holds no number that is none",
    arguments: [Scale.linear, .log2, .log10])
  func anyPoints(_ scale: Scale) {
    let sets: [[(Double, Double)]] = [
      [], [(1, 1)], [(1, .nan)], [(.nan, 1)], [(1, 0), (2, 0)], [(1, -1), (2, .infinity), (3, 5)],
      [(1, 1), (2, .nan), (3, 1), (4, 2)], [(1, .leastNonzeroMagnitude), (2, 1.7e308)],
      [(1, -1e308), (2, 1e308)],
      [(1, 1), (1, 2)], [(1e300, 1), (2e300, 1.0.nextUp)],
    ]
    for points in sets {
      let chart = FigureTests.chart(points, scale: scale, name: Fixture.hostile)
      for width in [FigureWidth.wide, FigureWidth.narrow, 10] {
        let svg = chart.svg(width: width, id: Fixture.hostile)
        #expect(XML(svg).failure == nil, "\(points)")
        #expect(!svg.contains("nan") && !svg.contains("inf\""), "\(points)")
        #expect(!svg.contains("<script"))
      }
    }
  }

  @Test("A coordinate that is no number does not reach the file")
  func coordinates() {
    #expect([Double.nan, .infinity, -.infinity].map(Canvas.number) == ["0", "0", "0"])
    #expect([12.345, -0.001, 720].map(Canvas.number) == ["12.35", "0", "720"])
  }

  @Test("A drawing has a title and a description, and the ids that name them")
  func accessibility() {
    let parsed = XML(FigureTests.chart([(1, 1), (2, 2)], scale: .linear).svg)
    #expect(parsed.elements["title"] == 1)
    #expect(parsed.elements["desc"] == 1)
    #expect(parsed.identifiers == ["chart-title", "chart-desc"])
  }

  @Test("A gap splits a line, and a lone point is visible")
  func gaps() {
    let broken = FigureTests.chart([(1, 1), (2, 2), (3, .nan), (4, 1), (5, 2)], scale: .linear)
    let solid = broken.svg.split(separator: "\n").filter {
      $0.hasPrefix("<path") && $0.contains(SeriesStyle.compared(0).color) && $0.contains("1.4")
    }
    #expect(solid.count == 1)
    #expect(solid.first?.count { $0 == "M" } == 2)
    #expect(FigureTests.chart([(1, 1)], scale: .linear).svg.contains("<circle"))
  }

  @Test("The CSV of a line chart holds every point of every series and nothing else")
  func lineChartData() {
    let report = Fixture.run()
    for figure in StepFigures(report).all.compactMap({ $0 as? LineChart }) {
      let fields = csvFields(figure.table.csv)
      let header = fields[0]
      #expect(header.first == figure.x.label)
      #expect(Set(header).count == header.count, "two columns of one name in \(figure.name)")
      let series = figure.panels.flatMap(\.series)
      #expect(header.count == series.count + 1)
      for (column, series) in series.enumerated() {
        let drawn = series.points.filter { $0.y.isFinite }
        let written = fields.dropFirst().filter { $0[column + 1] != "nan" }
        #expect(written.count == drawn.count)
        for (row, point) in zip(written, drawn) {
          #expect(Double(row[0]) == point.x && Double(row[column + 1]) == point.y)
        }
      }
    }
  }

  @Test("The CSV of a heat map holds every cell")
  func heatMapData() {
    for figure in StepFigures(Fixture.run()).damage {
      let fields = csvFields(figure.table.csv).dropFirst()
      #expect(fields.count == figure.rows.count * figure.columns.count)
      for (index, row) in fields.enumerated() {
        let (tensor, step) = index.quotientAndRemainder(dividingBy: figure.columns.count)
        #expect(row[2] == figure.rows[tensor] && Double(row[0]) == figure.columns[step])
        for (panel, text) in zip(figure.panels, row.dropFirst(3)) {
          #expect(Double(text) == panel.values[tensor][step])
        }
      }
    }
  }

  @Test("A heat map survives missing rows, NaN, no columns and no panels")
  func heatMapEdges() {
    let key = HeatMap.Key.shares("rate", fitting: [0.5])
    let panels: [[HeatMap.Panel]] = [
      [], [.init("a", values: [])], [.init(Fixture.hostile, values: [[.nan, 0, 1], [1e-9]])],
      [.init("a", values: [[0.5, .infinity, -1]]), .init("b", values: [[0, 0, 0]])],
    ]
    for panels in panels {
      for columns in [[], [1.0], [1, 2, 3]] {
        let map = HeatMap(
          name: "map", title: "t", summary: "s", key: key, rowTitle: "tensor",
          rows: [Fixture.hostile, "b"], x: FigureTests.x, columns: columns, panels: panels)
        for width in [FigureWidth.wide, FigureWidth.narrow, 10] {
          #expect(XML(map.svg(width: width, id: "map")).failure == nil)
        }
        let rows = csvFields(map.table.csv).dropFirst()
        #expect(rows.count == map.rows.count * columns.count)
        #expect(rows.allSatisfy { $0.count == 3 + panels.count })
      }
    }
  }

  @Test("A shade stands for its decade; zero has none")
  func shades() {
    let key = HeatMap.Key.shares("rate", fitting: [1e-6, 1e-6, 0.02, 0.5])
    #expect(key.level(0) == nil)
    #expect(key.level(1e-7) == 0)
    #expect(key.level(1e-6) == 1)
    #expect(key.level(0.099) == 5)
    #expect(key.level(1) == 6)
    #expect(
      key.labels == [
        .power(base: 10, exponent: -4), .plain("0.001"), .plain("0.01"), .plain("0.1"), .plain("1"),
        .plain("10"),
      ])
  }

  @Test(
    "A scale tells the values apart that there are: never one shade for all, whatever their size")
  func fittedScale() {
    for exponent in [-30, -20, -10, -6, -3, -1] {
      for binades in [1, 3, 8, 20] {
        let values = (0..<200).map { index in
          Powers.power(2, exponent) / (1 + Double(index % (4 * binades)) * 0.25)
            / Powers.power(2, index % binades)
        }
        for key in [
          HeatMap.Key.powersOfTwo("error", fitting: values),
          .shares("share", fitting: values.map { min($0, 1) }),
        ] {
          #expect(key.limits == key.limits.sorted() && Set(key.limits).count == key.limits.count)
          #expect(key.labels.count == key.limits.count)
          let levels = values.compactMap(key.level)
          let most = Ink.levels.indices.map { level in levels.count { $0 == level } }.max() ?? 0
          // A limit of shares is no less than 10^-9.
          guard exponent > -20 else { continue }
          // Values of one binade may lie between two limits.
          if binades > 1 {
            #expect(Double(most) < 0.9 * Double(levels.count), "2^\(exponent), \(binades): \(key)")
          }
          let dark = levels.count { $0 == Ink.levels.count - 1 }
          #expect(Double(dark) < 0.6 * Double(levels.count), "2^\(exponent), \(binades)")
        }
      }
    }
    for values in [[], [.nan], [0], [1], [1e-300], [.greatestFiniteMagnitude]] as [[Double]] {
      for key in [HeatMap.Key.powersOfTwo("e", fitting: values), .shares("s", fitting: values)] {
        #expect(key.limits == key.limits.sorted() && key.labels.count == key.limits.count)
      }
    }
  }

  @Test("A map of many lines shrinks to those that hold something, and says how many it left out")
  func emptyRows() {
    let steps = (1...20).map(Double.init)
    func value(_ row: Int, _ panel: Int, filled: Int) -> Double {
      row >= 50 - filled ? 0.5 / Double(1 + (row + panel * 7) % 50) : 0
    }
    func map(filled: Int, panels: Int) -> HeatMap {
      let maps = (0..<panels).map { panel in
        HeatMap.Panel(
          "p\(panel)",
          values: (0..<50).map { row in steps.map { _ in value(row, panel, filled: filled) } })
      }
      return HeatMap(
        name: "map", title: "t", summary: "s", key: .shares("rate", fitting: [0.1]),
        rowTitle: "tensor", rows: (0..<50).map { "tensor\($0)" }, x: FigureTests.x, columns: steps,
        panels: maps)
    }
    let sparse = map(filled: 7, panels: 1)
    #expect(sparse.drawnRows == Array(43..<50))
    #expect(sparse.rowNote == " The other 43 of 50 tensors have none at all.")
    #expect(sparse.table.rows.count == 50 * 20)
    for panels in [1, 4, 12] {
      let full = map(filled: 50, panels: panels)
      let drawn = full.drawnRows
      #expect(drawn.count >= 6 && drawn.count < 50)
      #expect(full.rowNote.hasPrefix(" Drawn: of 50 tensors the \(drawn.count) with"))
      #expect(height(full.svg) <= 500, "\(panels)")
      // The worst of each panel is there, as long as there is room for it.
      for panel in full.panels where panels <= 4 {
        let worst = (0..<50).max { panel.greatest(row: $0) < panel.greatest(row: $1) }
        #expect(drawn.contains(worst ?? -1))
      }
    }
  }

  private func height(_ svg: String) -> Double {
    svg.firstMatch(of: /height="([0-9.]+)"/).flatMap { Double($0.1) } ?? .nan
  }

  @Test("Nothing that is written is cut off at an edge, and numbers are written as in tables")
  func labelsInside() throws {
    let long = "a-policy-with-a-name-that-is-much-longer-than-there-is-room-for-on-a-telephone"
    for (values, expected) in [
      ([0, 5.5e-7], "×\u{a0}"), ([1e-12, 3e-12], "×\u{a0}"), ([0, 123_456_789], "×\u{a0}"),
      ([-0.004, -0.001], "\u{2212}0.001"), ([99_990, 100_010], "100000"),
      ([1e-300, 2e-300], "×\u{a0}"), ([0.99999999, 1.00000001], "1.000000"),
    ] as [([Double], String)] {
      let chart = LineChart(
        name: "c", title: "t", summary: "s", x: FigureTests.x,
        panels: ["one", "two"].map { title in
          .init(
            title, axis: Axis("mass of updates", unit: "%"),
            series: [
              .init(
                long, style: .compared(0),
                points: values.enumerated().map { .init(Double($0.offset), $0.element) })
            ])
        }, columns: 2)
      for width in [FigureWidth.wide, FigureWidth.narrow] {
        let svg = chart.svg(width: width, id: "c")
        #expect(!svg.contains(/[0-9]e[-+][0-9]/))
        #expect(svg.contains(expected), "\(values)")
        for text in Self.texts(svg) {
          let isInside = text.left >= 0 && text.right <= width + 4
          #expect(isInside, "\(values): \(text)")
        }
      }
    }
  }

  @Test("Names that find no room beside two panels have the whole width: none is shortened")
  func oneColumn() {
    func chart(_ name: String) -> LineChart {
      LineChart(
        name: "c", title: "t", summary: "s", x: FigureTests.x,
        panels: ["one", "two"].map { title in
          .init(
            title, axis: Axis("loss", unit: "1"),
            series: [.init(name, style: .compared(0), points: [.init(0, 1), .init(1, 2)])])
        }, columns: 2)
    }
    let long = "fp16-amp-with-weights-kept-in-bf16"
    let (wide, short) = (
      chart(long).svg(width: FigureWidth.wide, id: "c"),
      chart("fp16-amp").svg(width: FigureWidth.wide, id: "c")
    )
    #expect(wide.contains(long) && !wide.contains("\u{2026}"))
    #expect(height(wide) > height(short))
  }

  /// The texts of a drawing with where they begin and end.
  static func texts(_ svg: String) -> [(text: String, left: Double, right: Double)] {
    svg.matches(
      of:
        /<text x="([-0-9.]+)" y="[-0-9.]+" font-size="([0-9.]+)"[^>]*text-anchor="(\w+)"[^>]*>(.*?)<\/text>/
    ).map { match in
      let parts = match.4.replacing("</tspan>", with: "").split(separator: /<tspan[^>]*>/)
      let (x, size) = (Double(match.1) ?? .nan, Double(match.2) ?? .nan)
      let raised = parts.dropFirst().joined()
      let width =
        Canvas.textWidth(String(parts.first ?? ""), size: size)
        + Canvas.textWidth(raised, size: size * Canvas.superscript.size)
      let left = match.3 == "end" ? x - width : match.3 == "middle" ? x - width / 2 : x
      return ((parts.first ?? "") + raised, left, left + width)
    }
  }

  @Test("A histogram survives emptiness and draws shares of one")
  func histogram() {
    let empty = Histogram(
      name: "h", title: "t", summary: "s",
      panels: [.init("none", shares: [:], zeros: 0, subnormals: 0, limits: [])])
    #expect(XML(empty.svg).failure == nil)
    let none = Histogram(name: "h", title: "t", summary: "s", panels: [])
    #expect(XML(none.svg).failure == nil)
    let figures = StepFigures(Fixture.run()).exponents
    #expect(!figures.isEmpty)
    for figure in figures {
      for panel in figure.panels {
        let sum = panel.shares.values.reduce(panel.zeros + panel.subnormals, +)
        #expect(abs(sum - 1) < 1e-12)
      }
      #expect(XML(figure.svg).failure == nil)
    }
  }

  @Test("pgfplots reads the columns that the CSV has")
  func tex() {
    for figure in StepFigures(Fixture.run()).all {
      let tex = figure.tex(data: "../data/\(figure.name).csv")
      #expect(tex.contains("{../data/\(figure.name).csv}"))
      for column in figure.table.columns.dropFirst() where column != "row" && column != "exponent" {
        guard column != "tensor" else { continue }
        #expect(tex.contains("{\(column)}"), "\(figure.name): \(column)")
      }
    }
  }

  @Test("Compared styles differ in colour and in dash or marker")
  func styles() {
    #expect(Set(SeriesStyle.compared.map(\.color)).count == SeriesStyle.compared.count)
    #expect(
      Set(SeriesStyle.compared.map { "\($0.dash) \($0.marker)" }).count
        == SeriesStyle.compared.count)
    let many = (0..<36).map { SeriesStyle.compared($0) }
    #expect(Set(many.map { "\($0.color) \($0.dash) \($0.marker)" }).count == many.count)
    for (one, next) in zip(many, many.dropFirst()) { #expect(one.color != next.color) }
  }
}
