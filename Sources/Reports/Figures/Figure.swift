// SPDX-License-Identifier: Apache-2.0
import Tables

/// A drawing in a page.
package protocol Drawing: Sendable {
  /// What it is called in the page, and the stem of its files where it has some.
  var name: String { get }
  /// The heading.
  var title: String { get }
  /// What is drawn and how to read it, in a sentence or two; also what a screen reader says.
  var summary: String { get }
  /// The SVG document at a width in CSS pixels; `id` distinguishes drawings in one page.
  func svg(width: Double, id: String) -> String
}

/// A drawing with the data it is made from, in files of their own.
package protocol Figure: Drawing {
  /// Everything that is drawn, as columns.
  var table: Table { get }
  /// A standalone LaTeX document that draws `table` from the file at `data` with pgfplots.
  func tex(data: String) -> String
}

/// The widths a figure is drawn at: text keeps its size on a phone, the plot is what shrinks.
package enum FigureWidth {
  /// For screens and paper.
  package static let wide = 720.0
  /// For screens about 400 CSS pixels wide.
  package static let narrow = 352.0
  /// Below this a figure puts its panels below each other.
  static let singleColumn = 480.0
}

extension Figure {
  /// The SVG document for a file of its own.
  package var svg: String { svg(width: FigureWidth.wide, id: name) }
}
