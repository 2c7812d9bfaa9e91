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
    let key = HeatMap.Key.shares("rate")
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
        #expect(!map.table.csv.isEmpty)
      }
    }
  }

  @Test("A shade stands for its decade; zero has none")
  func shades() {
    let key = HeatMap.Key.shares("rate")
    #expect(key.level(0) == nil)
    #expect(key.level(1e-7) == 0)
    #expect(key.level(1e-6) == 1)
    #expect(key.level(0.099) == 5)
    #expect(key.level(1) == 6)
    #expect(key.labels.map { "\($0)" }.count == Ink.levels.count - 1)
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
