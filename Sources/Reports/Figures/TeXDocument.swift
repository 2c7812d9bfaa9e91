// SPDX-License-Identifier: Apache-2.0
import Tables
import Words

/// A standalone LaTeX document with one pgfplots picture that reads its data from a CSV file.
struct TeXDocument {
  /// The lines of the picture.
  private var lines: [String] = []
  private var colors: [String] = []

  mutating func line(_ text: String) { lines.append(text) }

  /// The name of a colour given as `#rrggbb`, defined in the preamble.
  mutating func color(_ hex: String) -> String {
    let name = "c\(hex.dropFirst().uppercased())"
    let definition = "\\definecolor{\(name)}{HTML}{\(hex.dropFirst().uppercased())}"
    if !colors.contains(definition) { colors.append(definition) }
    return name
  }

  /// The plot options of a series' style.
  mutating func options(_ style: SeriesStyle, shape: LineChart.Shape) -> String {
    let color = color(style.color)
    if shape == .marks { return "only marks, mark=x, \(color)" }
    var options = [
      "no marks", color, "line width=\(ReadableNumber.trimmed(style.width * 0.6, digits: 2))pt",
    ]
    if shape == .step { options.append("const plot") }
    let lengths = style.dash.split(separator: " ")
    if lengths.count >= 2 {
      let pattern = lengths.enumerated().map {
        "\($0.offset % 2 == 0 ? "on" : "off") \($0.element)pt"
      }
      options.append("dash pattern=\(pattern.joined(separator: " "))")
    }
    return options.joined(separator: ", ")
  }

  /// The axis options of a scale for the axis `letter`, x or y.
  static func options(_ scale: Scale, letter: String) -> String {
    switch scale {
    case .linear: "\(letter)mode=linear"
    case .log2: "\(letter)mode=log, log basis \(letter)=2"
    case .log10: "\(letter)mode=log, log basis \(letter)=10"
    }
  }

  /// The document's text.
  func text(comment: String) -> String {
    let note = comment.split(whereSeparator: \.isNewline).map { "% \(VisibleText.of($0))" }
    let preamble = [
      "\\documentclass[border=2pt]{standalone}", "\\usepackage{pgfplots}",
      "\\usepgfplotslibrary{groupplots}", "\\pgfplotsset{compat=1.16}",
    ]
    return
      (note + preamble + colors + ["\\begin{document}", "\\begin{tikzpicture}"] + lines + [
        "\\end{tikzpicture}", "\\end{document}",
      ]).joined(separator: "\n") + "\n"
  }
}

extension LineChart {
  /// A standalone LaTeX document that draws `table` from the file at `data` with pgfplots.
  package func tex(data: String) -> String {
    var document = TeXDocument()
    document.line(
      "\\begin{groupplot}[group style={group size=1 by \(max(panels.count, 1)), vertical sep=24mm},"
        + " width=120mm, height=50mm, legend pos=outer north east,"
        + " legend style={draw=none, font=\\small}, legend cell align=left,"
        + " axis lines=left, ymajorgrids, \(TeXDocument.options(x.scale, letter: "x"))]")
    var keys = self.keys.makeIterator()
    for panel in panels {
      // Bars at the first and the last abscissa want room beside the axes.
      let room = panel.series.contains(where: \.hasBars) ? " enlargelimits=0.06," : ""
      document.line(
        "\\nextgroupplot[title={\(Escaping.tex(panel.title))},\(room)"
          + " xlabel={\(Escaping.tex(x.title))}, ylabel={\(Escaping.tex(panel.axis.title))},"
          + " \(TeXDocument.options(panel.axis.scale, letter: "y"))]")
      for series in panel.series {
        guard let key = keys.next() else { break }
        // A row that holds another series' point is no gap in this one.
        let gaps = series.points.allSatisfy(\.y.isFinite) ? "discard" : "jump"
        let ends = Self.barKeys(key)
        let bars =
          series.hasBars ? ", y error minus={\(ends[0])}, y error plus={\(ends[1])}" : ""
        document.line(
          "\\addplot[\(document.options(series.style, shape: series.shape)),"
            + (series.hasBars ? " error bars/y dir=both, error bars/y explicit," : "")
            + " unbounded coords=\(gaps)] table"
            + " [x={\(x.label)}, y={\(key)}\(bars), col sep=comma] {\(data)};")
        document.line("\\addlegendentry{\(Escaping.tex(series.name))}")
      }
    }
    document.line("\\end{groupplot}")
    return document.text(comment: "\(title)\n\(summary)")
  }
}

extension HeatMap {
  /// A standalone LaTeX document that draws `table` from the file at `data` with pgfplots.
  package func tex(data: String) -> String {
    var document = TeXDocument()
    let shades = Ink.levels.map { "color=(\(document.color($0)))" }.joined(separator: " ")
    // The logarithms of the lowest shade's start and of the highest one's end.
    let limits = key.limits.compactMap(Scale.log10.position)
    let step = limits.count > 1 ? limits[1] - limits[0] : 1
    let floor = Int(((limits.first ?? 0) - step).rounded(.down))
    let ceiling = max(Int(((limits.last ?? 0) + step).rounded(.up)), floor + 1)
    let ticks = rows.indices.map(String.init).joined(separator: ",")
    let names = rows.map { "{\(Escaping.tex($0))}" }.joined(separator: ",")
    document.line(
      "\\begin{groupplot}[group style={group size=1 by \(max(panels.count, 1)), vertical sep=22mm},"
        + " width=120mm, height=\(20 + rows.count * 4)mm, colormap={shades}{\(shades)}, colorbar,"
        + " y dir=reverse, ytick={\(ticks)}, yticklabels={\(names)}, enlargelimits=false,"
        + " xlabel={\(Escaping.tex(x.title))},"
        // The logarithm of zero would be skipped, and with it the corners of the map.
        + " point meta min=\(floor), point meta max=\(ceiling),"
        + " colorbar style={y dir=normal, ylabel={log10 of \(Escaping.tex(key.title))}}]")
    for (panel, column) in zip(panels, keys) {
      document.line("\\nextgroupplot[title={\(Escaping.tex(panel.title))}]")
      document.line(
        "\\addplot[matrix plot*, mesh/cols=\(max(columns.count, 1)), point meta={"
          + "log10(max(\\thisrow{\(column)},1e\(floor)))}] table"
          + " [x={\(x.label)}, y=row, col sep=comma] {\(data)};")
    }
    document.line("\\end{groupplot}")
    return document.text(comment: "\(title)\n\(summary)")
  }
}

extension Histogram {
  /// A standalone LaTeX document that draws `table` from the file at `data` with pgfplots.
  package func tex(data: String) -> String {
    var document = TeXDocument()
    let fill = document.color(Ink.levels[4])
    document.line(
      "\\begin{groupplot}[group style={group size=1 by \(max(panels.count, 1)), vertical sep=22mm},"
        + " width=120mm, height=40mm, ybar, /pgf/bar width=0.9, /pgf/bar shift=0pt,"
        + " axis lines=left, unbounded coords=jump, ymin=0,"
        + " xlabel={floor(log2 of the magnitude)}, ylabel={share of values [1]}]")
    for (panel, column) in zip(panels, keys) {
      document.line("\\nextgroupplot[title={\(Escaping.tex(panel.title))}]")
      document.line(
        "\\addplot[fill=\(fill), draw=none] table"
          + " [x=exponent, y={\(column)}, col sep=comma] {\(data)};")
    }
    document.line("\\end{groupplot}")
    return document.text(comment: "\(title)\n\(summary)")
  }
}
