// SPDX-License-Identifier: Apache-2.0

/// How a series looks: a colour that survives the common colour blindnesses, and a dash pattern and
/// an end marker that survive a black-and-white printer.
package struct SeriesStyle: Hashable, Sendable {
  /// The shape at the end of a line.
  package enum Marker: Hashable, Sendable { case none, circle, square, triangle, diamond, cross }

  /// The stroke colour as `#rrggbb`.
  package var color: String
  /// The SVG dash pattern; empty for a solid line.
  package var dash: String
  /// The end marker.
  package var marker: Marker
  /// The stroke width in user units.
  package var width: Double

  /// The style of the reference: a broad quiet band that the others are drawn on.
  package static let reference = SeriesStyle(color: "#b4b4b4", dash: "", marker: .none, width: 5)

  /// The styles of compared series, in order. The hues are those of Okabe and Ito (2008), green,
  /// purple and yellow darkened so that a label in them has a contrast of at least 4.5 on white.
  package static let compared: [SeriesStyle] = [
    SeriesStyle(color: "#2b2b2b", dash: "", marker: .circle, width: 1.4),
    SeriesStyle(color: "#0068a8", dash: "6 3", marker: .square, width: 1.6),
    SeriesStyle(color: "#00795a", dash: "1.5 2.5", marker: .diamond, width: 1.9),
    SeriesStyle(color: "#c04a00", dash: "8 2.5 1.5 2.5", marker: .triangle, width: 1.6),
    SeriesStyle(color: "#9a3f80", dash: "3 2", marker: .cross, width: 1.6),
    SeriesStyle(color: "#7d6200", dash: "12 3", marker: .circle, width: 1.4),
  ]

  /// The style of the i-th compared series. When the list starts over, each colour takes the dash
  /// and the marker of the next one.
  package static func compared(_ index: Int) -> SeriesStyle {
    var style = compared[index % compared.count]
    let shape = compared[(index + index / compared.count) % compared.count]
    (style.dash, style.marker, style.width) = (shape.dash, shape.marker, shape.width)
    return style
  }
}

/// The colours that are not a series'.
enum Ink {
  static let text = "#1c1c1c"
  static let quiet = "#5a5a5a"
  static let axis = "#8c8c8c"
  static let grid = "#e7e7e4"
  static let paper = "#ffffff"
  static let missing = "#f4f4f2"
  static let alarm = "#b3261e"

  /// Single-hue levels from little to much, falling evenly in lightness: they keep their order in
  /// print and for every kind of colour vision.
  static let levels = [
    "#e4edf5", "#c3d7ea", "#99bcdc", "#689bc9", "#3e78b0", "#1f548c", "#0c3162",
  ]
}

/// The colours of drawings on a dark page: each of a drawing's own has one, of the same hue and the
/// same contrast with what it stands on; levels still go from little contrast to much.
enum DarkInk {
  static let paper = "#16181b"

  /// The colour on dark for each colour on white.
  static let pairs: [(light: String, dark: String)] =
    [
      (Ink.text, "#e9e7e3"), (Ink.quiet, "#acaba6"), (Ink.axis, "#7d7d79"), (Ink.grid, "#2c2f34"),
      (Ink.paper, paper), (Ink.missing, "#22252a"), (Ink.alarm, "#ff8a7f"),
      (SeriesStyle.reference.color, "#63676e"),
    ]
    + (zip(Ink.levels, levels).map { (light: $0, dark: $1) }
      + zip(SeriesStyle.compared.map(\.color), compared).map { (light: $0, dark: $1) })

  private static let levels = [
    "#1f2a37", "#25405c", "#2c5c87", "#3c7db3", "#649fd2", "#99c4e9", "#d5e8f8",
  ]
  private static let compared = [
    "#f1f0ed", "#62b6ee", "#45c79d", "#ff9c62", "#e292cb", "#d8bb4e",
  ]

  /// The rules that recolour drawings which are inside a page: rules win over attributes.
  static var rules: String {
    pairs.map { pair in
      "svg [fill=\"\(pair.light)\"]{fill:\(pair.dark)}"
        + "svg [stroke=\"\(pair.light)\"]{stroke:\(pair.dark)}"
    }.joined(separator: "\n")
  }
}
