// SPDX-License-Identifier: Apache-2.0
import Expressions
import Formats
import Foundation
import Tables
import Words

/// One format in depth: its layout, its constants, its notable data.
struct FormatSheet: Presentable {
  /// The format.
  var format: Format

  /// A notable encoding.
  struct Notable: Encodable {
    var what: String
    var datum: Datum
    /// The shortest decimal text that denotes the number.
    var shortest: String
    /// The number in decimal, rounded where its digits are many.
    var brief: String

    private enum CodingKeys: CodingKey { case what, datum, shortest }

    init(_ what: String, _ bits: UInt32, _ format: Format) {
      self.what = what
      datum = Datum(bits, format)
      shortest = format.shortestText(bits)
      brief = format.briefText(bits, digits: 6)
    }
  }

  private struct Results: Encodable {
    var format: FormatTable.Row
    var bias: Int
    var containerBytes: Int
    var encodings: UInt64
    var notable: [Notable]
  }

  /// The notable data, from zero up.
  var notable: [Notable] {
    var data: [(String, UInt32)] = []
    if format.hasZero {
      data.append(("zero", 0))
      data.append(("smallest subnormal", 1))
      data.append(("largest subnormal", format.smallestNormal - 1))
      data.append(("smallest normal", format.smallestNormal))
    } else {
      data.append(("smallest", 0))
    }
    data.append(("largest below one", format.nextDown(format.one)))
    data.append(("one", format.one))
    data.append(("smallest above one", format.nextUp(format.one)))
    data.append(("largest", format.largestFinite))
    if let infinity = format.infinity { data.append(("infinity", infinity)) }
    if let nan = format.canonicalNaN { data.append(("quiet NaN", nan)) }
    if format.hasSignalingNaN, let infinity = format.infinity {
      data.append(("signaling NaN", infinity + 1))
    }
    return data.map { Notable($0.0, $0.1, format) }
  }

  func text(for terminal: Terminal) -> String {
    let heading = "\(format.id)  \(format.title)"
    let facts = facts.map { "  " + $0.0.padding(to: 15) + $0.1 }
    let lines =
      [terminal.styled(heading, .bold), ""] + layout + [""] + facts + [""]
      + notableLines(terminal)
    return lines.map { $0 + "\n" }.joined()
  }

  /// The fields of an encoding, a letter per bit.
  private var layout: [String] {
    let fields = [
      (format.isSigned ? 1 : 0, "s", "sign"), (format.exponentBits, "e", "exponent"),
      (format.fractionBits, "f", "fraction"),
    ].filter { $0.0 > 0 }
    let columns = fields.map { width, letter, name in
      (
        String(repeating: letter, count: width),
        "\(name) \(width)"
      )
    }
    let widths = columns.map { max($0.0.count, $0.1.count) }
    let letters = zip(columns, widths).map { $0.0.padding(to: $1) }
    let names = zip(columns, widths).map { $0.1.padding(to: $1) }
    return [letters, names].map { "  " + $0.joined(separator: "  ").trimmingTrailingSpaces }
  }

  private var facts: [(String, String)] {
    let digits = String(format: "%.1f", Double(format.precision) * 0.30103)
    let bytes = format.containerBytes
    let store = "stored in \(bytes) byte\(bytes == 1 ? "" : "s")"
    let bits = "\(format.precision) bit\(format.precision == 1 ? "" : "s")"
    var facts = [
      ("width", "\(format.bitWidth) bits, \(format.encodingCount) encodings, \(store)"),
      ("precision", "p = \(bits) with the hidden one, \(digits) decimal digits"),
      ("exponents", "\(format.minExponent)..\(format.maxExponent), bias \(format.bias)"),
      ("unit roundoff", "2^-\(format.precision)"),
      ("specials", format.specialsText),
    ]
    facts.append(("overflow", overflow))
    if format.hasZero {
      facts.append(("vanishing", "up to 2^\(format.minUlpExponent - 1), to nearest even"))
    }
    return facts
  }

  /// Where numbers become too large for the format, rounded to nearest even.
  private var overflow: String {
    let parts = format.decode(format.largestFinite)
    let half = ExactReal(
      isNegative: false, significand: BigNatural(UInt64(parts.significand) * 2 + 1),
      exponent: parts.exponent - 1)
    let isEven = parts.significand & 1 == 0 && format.precision > 1
    let from = isEven ? "above" : "from"
    let sum = "the largest + 2^\(parts.exponent - 1)"
    let limit = half.decimal.count <= 12 ? half.decimal : sum
    let delivered =
      format.hasInfinity ? "infinity" : format.hasNaN ? "NaN" : "the largest stands for all"
    return "\(from) \(limit)\(isEven ? "" : " on"), to nearest even: \(delivered)"
  }

  private func notableLines(_ terminal: Terminal) -> [String] {
    let header = ["", "encoding", "fields", "value", "decimal"]
    let rows = notable.map {
      [$0.what, $0.datum.encoding, $0.datum.fields, $0.datum.hex, $0.brief]
    }
    var lines = TextTable.lines([header] + rows, isNumeric: header.map { _ in false })
    if lines.contains(where: { $0.count + 2 > terminal.width }) {
      let narrow = ([header] + rows).map { [$0[0], $0[1], $0[3], $0[4]] }
      lines = TextTable.lines(narrow, isNumeric: narrow[0].map { _ in false })
    }
    return ["  " + terminal.styled(lines[0], .faint)] + lines.dropFirst().map { "  " + $0 }
  }

  var table: Table {
    Table(
      columns: ["what", "encoding", "fields", "hex", "decimal", "shortest"],
      rows: notable.map {
        [
          .text($0.what), .text($0.datum.encoding), .text($0.datum.fields), .text($0.datum.hex),
          .text($0.datum.decimal), .text($0.shortest),
        ]
      })
  }

  var document: any Encodable {
    ResultDocument(
      schema: "halfway/format/1", configuration: ["format": format],
      results: Results(
        format: FormatTable.Row(format), bias: format.bias, containerBytes: format.containerBytes,
        encodings: format.encodingCount, notable: notable))
  }
}
