// SPDX-License-Identifier: Apache-2.0

/// An SVG drawing in user units of one CSS pixel at full size, y growing downward.
///
/// Presentation attributes rather than classes, so that a figure looks the same in a page, alone
/// and in a paper.
struct Canvas {
  /// Where a text stands relative to its point.
  enum Anchor: String { case start, middle, end }

  /// The font families, the first installed one wins.
  static let fonts = "Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif"
  /// The size of tick labels and series names.
  static let labelSize = 11.5
  /// The size of notes inside a plot and under a key.
  static let noteSize = 10.0
  /// The size of panel titles.
  static let titleSize = 12.5
  /// A raised exponent's size and rise, as shares of its base's.
  static let superscript = (size: 0.72, rise: 0.38)
  /// Digits kept of a coordinate: a hundredth of a pixel is invisible.
  static let digits = 2

  /// The width in user units.
  let width: Double
  /// The height in user units.
  var height: Double
  private var body = ""

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  /// A coordinate as text; what is not finite must not reach a file that a parser reads.
  static func number(_ x: Double) -> String {
    x.isFinite ? ReadableNumber.trimmed(x, digits: digits) : "0"
  }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, color: String, width: Double = 1,
    dash: String = ""
  ) {
    path("M\(Canvas.pair(x1, y1))L\(Canvas.pair(x2, y2))", color: color, width: width, dash: dash)
  }

  /// A stroked path; `data` is SVG path data.
  mutating func path(_ data: String, color: String, width: Double, dash: String = "") {
    guard !data.isEmpty else { return }
    let pattern = dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
    body +=
      "<path d=\"\(data)\" fill=\"none\" stroke=\"\(color)\""
      + " stroke-width=\"\(Canvas.number(width))\" stroke-linejoin=\"round\"\(pattern)/>\n"
  }

  /// A filled path; `data` is SVG path data.
  mutating func area(_ data: String, fill: String, opacity: Double = 1) {
    guard !data.isEmpty else { return }
    let alpha = opacity < 1 ? " fill-opacity=\"\(Canvas.number(opacity))\"" : ""
    body += "<path d=\"\(data)\" fill=\"\(fill)\"\(alpha)/>\n"
  }

  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String,
    stroke: String? = nil
  ) {
    let outline = stroke.map { " stroke=\"\($0)\" stroke-width=\"0.75\"" } ?? ""
    body +=
      "<rect x=\"\(Canvas.number(x))\" y=\"\(Canvas.number(y))\" width=\"\(Canvas.number(width))\""
      + " height=\"\(Canvas.number(height))\" fill=\"\(fill)\"\(outline)/>\n"
  }

  mutating func text(
    _ text: String, _ x: Double, _ y: Double, size: Double = labelSize, color: String = Ink.text,
    anchor: Anchor = .start, bold: Bool = false, halo: Bool = false
  ) {
    label(.plain(text), x, y, size: size, color: color, anchor: anchor, bold: bold, halo: halo)
  }

  mutating func label(
    _ label: Tick.Label, _ x: Double, _ y: Double, size: Double = labelSize,
    color: String = Ink.quiet, anchor: Anchor = .start, bold: Bool = false, halo: Bool = false
  ) {
    func power(_ base: Int, _ exponent: Int) -> String {
      "\(base)<tspan dy=\"\(Canvas.number(-size * Canvas.superscript.rise))\" font-size=\""
        + "\(Canvas.number(size * Canvas.superscript.size))\">"
        + (exponent < 0 ? ReadableNumber.minus : "") + "\(exponent.magnitude)</tspan>"
    }
    let content =
      switch label {
      case .plain(let text): Escaping.markup(text)
      case .power(let base, let exponent): power(base, exponent)
      case .multiple(let text, let exponent):
        "\(Escaping.markup(text))\u{a0}×\u{a0}" + power(10, exponent)
      }
    // A halo keeps a note readable on top of a curve.
    let outline =
      halo ? " stroke=\"\(Ink.paper)\" stroke-width=\"3\" paint-order=\"stroke\"" : ""
    let weight = bold ? " font-weight=\"600\"" : ""
    body +=
      "<text x=\"\(Canvas.number(x))\" y=\"\(Canvas.number(y))\""
      + " font-size=\"\(Canvas.number(size))\" fill=\"\(color)\""
      + " text-anchor=\"\(anchor.rawValue)\"\(weight)\(outline)>\(content)</text>\n"
  }

  /// A marker of the given radius around a point.
  mutating func marker(
    _ marker: SeriesStyle.Marker, _ x: Double, _ y: Double, color: String, radius r: Double = 2.8
  ) {
    let pair = Canvas.pair
    switch marker {
    case .none: break
    case .circle:
      body +=
        "<circle cx=\"\(Canvas.number(x))\" cy=\"\(Canvas.number(y))\" r=\"\(Canvas.number(r))\""
        + " fill=\"\(color)\"/>\n"
    case .square: rectangle(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8, fill: color)
    case .triangle:
      area(
        "M\(pair(x, y - r * 1.2))L\(pair(x + r * 1.1, y + r * 0.8))"
          + "L\(pair(x - r * 1.1, y + r * 0.8))Z", fill: color)
    case .diamond:
      area(
        "M\(pair(x, y - r * 1.25))L\(pair(x + r * 1.25, y))L\(pair(x, y + r * 1.25))"
          + "L\(pair(x - r * 1.25, y))Z", fill: color)
    case .cross:
      path(
        "M\(pair(x - r, y - r))L\(pair(x + r, y + r))M\(pair(x - r, y + r))L\(pair(x + r, y - r))",
        color: color, width: 1.6)
    }
  }

  /// Two coordinates as path data.
  static func pair(_ x: Double, _ y: Double) -> String { "\(number(x)) \(number(y))" }

  /// The width of a text in the label font, estimated from its characters' classes.
  static func textWidth(_ text: String, size: Double = labelSize) -> Double {
    let ems = text.unicodeScalars.reduce(0.0) { sum, scalar in
      switch scalar {
      case "i", "j", "l", ".", ",", ":", ";", "'", "|", "!", "I", "f", "t", "r", " ", "\u{a0}", "[",
        "]",
        "(", ")", "/", "-":
        sum + 0.33
      case "m", "w", "M", "W", "%", "@": sum + 0.86
      case "A"..."Z": sum + 0.68
      default: sum + 0.56
      }
    }
    return ems * size
  }

  /// The width of a label in the label font.
  static func labelWidth(_ label: Tick.Label, size: Double = labelSize) -> Double {
    func power(_ base: Int, _ exponent: Int) -> Double {
      textWidth("\(base)", size: size)
        + textWidth("\(exponent)", size: size * superscript.size)
        // A minus is wider than a hyphen.
        + (exponent < 0 ? 0.25 * size * superscript.size : 0)
    }
    return switch label {
    case .plain(let text): textWidth(text, size: size)
    case .power(let base, let exponent): power(base, exponent)
    case .multiple(let text, let exponent):
      textWidth(text + " x ", size: size) + power(10, exponent)
    }
  }

  /// The text, its middle left out where it is wider than `width`; never less than three
  /// characters.
  static func fitted(_ text: String, width: Double, size: Double = labelSize) -> String {
    guard textWidth(text, size: size) > width else { return text }
    let characters = Array(text)
    for kept in stride(from: characters.count - 1, through: 3, by: -1) {
      let tail = kept / 3
      let short =
        String(characters[..<(kept - tail)]) + "\u{2026}" + String(characters.suffix(tail))
      if kept == 3 || textWidth(short, size: size) <= width { return short }
    }
    return text
  }

  /// The complete SVG document with its title and description for those who hear it.
  ///
  /// `id` must be unique in the page that the drawing is put into.
  func document(title: String, description: String, id: String) -> String {
    let id = Escaping.identifier(id)
    let size = "\(Canvas.number(width)) \(Canvas.number(height))"
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size)" \
      width="\(Canvas.number(width))" height="\(Canvas.number(height))" role="img" \
      aria-labelledby="\(id)-title \(id)-desc" \
      font-family="\(Canvas.fonts)">
      <title id="\(id)-title">\(Escaping.markup(title))</title>
      <desc id="\(id)-desc">\(Escaping.markup(description))</desc>
      <rect width="100%" height="100%" fill="\(Ink.paper)"/>
      \(body)</svg>

      """
  }
}
