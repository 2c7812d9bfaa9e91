// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Words

extension ScanReport {
  /// The page.
  var page: String {
    let figure = exponents.map { Markup.figure($0, number: 1) } ?? ""
    var page = HTMLPage(
      label: "Halfway scan", title: title,
      question: "What would each format do to the numbers that are stored there?",
      verdict: verdict, holds: keepsError, findings: findings,
      sections: [
        Markup.Section(
          "What does each format do to all tensors together?", id: "formats",
          content: formats.markup + figure + windows),
        Markup.Section("Which tensor needs what?", id: "tensors", content: tensors),
      ] + passedOver + [
        Markup.Section("What do the figures mean?", id: "meaning", content: Self.meaning),
        Markup.Section("How to make it again", id: "again", content: again),
      ], footer: "Written by \(context.tool).")
    page.script = TableFilter.script
    return page.markup
  }

  private var title: String {
    let names = scans.files.map { String($0.split(separator: "/").last ?? "") }
    return names.count == 1
      ? Echo.word(names[0]) : "\(Echo.word(names.first ?? "")) and \(names.count - 1) more"
  }

  private var formats: HTMLTable {
    let total = scans.total
    return HTMLTable(
      caption:
        "Relative error: norm of the errors over the norm of the numbers. Zeroed, subnormal: "
        + "percent of the numbers other than zero; overflow: percent of all.",
      headings: [
        "format", "bits", "relative error", "SQNR [dB]", "zeroed [%]", "subnormal [%]",
        "overflow [%]", "",
      ],
      rows: total.fits.map { fit in
        [
          .code(fit.candidate), .text(Self.bits(fit.bits)), Self.error(fit, total),
          .fixed(fit.sqnr, digits: 1),
        ] + Self.rates(fit, total) + [
          .text(
            fit.candidate == total.fewestBits
              ? "fewest bits"
              : fit.relativeError.map { $0 <= scans.error } ?? false ? "keeps the error" : "")
        ]
      })
  }

  static func error(_ fit: CandidateFit, _ scan: TensorScan) -> HTMLTable.Cell {
    reason(fit, of: scan).map(HTMLTable.Cell.warning) ?? .number(fit.relativeError)
  }

  private static func rates(_ fit: CandidateFit, _ scan: TensorScan) -> [HTMLTable.Cell] {
    let nonzero = scan.elements - scan.zeros - scan.nans
    func share(_ count: Int, of all: Int) -> Double? {
      all > 0 ? Double(count) / Double(all) : nil
    }
    return [
      .percent(share(fit.zeroed, of: nonzero)), .percent(share(fit.subnormal, of: nonzero)),
      .percent(share(fit.overflow, of: scan.elements), alarm: Double.leastNonzeroMagnitude),
    ]
  }

  /// The windows of formats that want a scale.
  private var windows: String {
    guard !scans.total.windows.isEmpty else { return "" }
    return HTMLTable(
      caption: "Powers of two that all tensors may be multiplied by, as a loss scale does with "
        + "gradients: from the least that keeps all but a thousandth of the nonzero numbers nonzero "
        + "to the greatest under which nothing overflows.",
      headings: ["format", "least", "greatest", ""],
      rows: scans.total.windows.map { window in
        [
          .code(window.format), .text("2^\(window.least)"), .text("2^\(window.greatest)"),
          window.isEmpty ? .warning("none does both") : .text(""),
        ]
      }
    ).markup
  }

  // MARK: - Tensors

  /// The candidates that have a column: the first of each number of bits would hide what differs,
  /// so that all of at most 16 bits have one.
  private var columns: [Int] {
    scans.total.fits.indices.filter { scans.total.fits[$0].bits <= 16 }
  }

  private var tensors: String {
    let columns = columns
    let table = HTMLTable(
      caption:
        "The relative error of each tensor in each format, and the format of fewest bits that "
        + "keeps the stated error.",
      headings: ["tensor", "type", "elements", "largest", "fewest bits"]
        + columns.map { scans.total.fits[$0].candidate },
      rows: scans.tensors.map { scan in
        [
          .code(scan.name), .text(scan.type ?? ""), .count(UInt64(scan.elements)),
          .number(scan.largest),
          scan.fewestBits.map(HTMLTable.Cell.code)
            ?? (scan.largest > 0 ? .warning("none") : .text("any")),
        ] + columns.map { Self.error(scan.fits[$0], scan) }
      })
    return TableFilter(
      id: "tensor-table", nameLabel: "tensor's name has", column: 4, choiceLabel: "fewest bits"
    ).markup(around: table)
  }

  private var passedOver: [Markup.Section] {
    guard !scans.passedOver.isEmpty else { return [] }
    let table = HTMLTable(
      caption: "Whole numbers, truth values and scales are not rounded to formats.",
      headings: ["tensor", "type", "elements"],
      rows: scans.passedOver.map {
        [.code($0.name), .text($0.type), .count(UInt64($0.elements))]
      })
    return [Markup.Section("What was passed over?", id: "passed-over", content: table.markup)]
  }

  private static let meaning =
    Markup.definitions([
      ("`e4m3-amax`", "one scale for each tensor, fl(448 / largest magnitude) in FP32"),
      ("`e4m3-pow2`", "the power of two at or below that scale"),
      (
        "`mxfp8`, `mxfp6`, `mxfp4`",
        "blocks of 32 under a power of two: 2^(floor(log2 of the largest) - emax), by OCP MX 1.0, 6.3"
      ),
      (
        "`nvfp4`",
        "blocks of 16 under an E4M3 scale, under an FP32 scale of the tensor (arXiv:2509.25149)"
      ),
      ("`inf`", "a number becomes infinite or a NaN, since it is beyond the format's range"),
      ("`lost`", "a block has an infinity or a NaN, and so no scale"),
    ])

  private var again: String {
    "<pre>\(Escaping.markup(context.command))</pre>\n"
      + Markup.definitions(
        [("tool", context.tool)] + context.environment.map { ($0.name, $0.value) })
      + "<p class=\"files\">Everything above as data: <a href=\"scan.json\">scan.json</a>, "
      + "<a href=\"data/fits.csv\">every tensor and format</a>, "
      + "<a href=\"data/tensors.csv\">every tensor</a></p>\n"
  }

  // MARK: - Exponents

  /// The magnitudes of all tensors with the limits of the formats as they are.
  var exponents: Histogram? {
    let histogram = scans.total.exponents
    let finite = Double(histogram.total - histogram.nans - histogram.infinities)
    guard finite > 0, !histogram.bins.isEmpty else { return nil }
    let plain = scans.total.fits.compactMap { Format(id: $0.candidate) }.filter {
      $0.bitWidth <= 16 && $0.maxExponent < Format.fp32.maxExponent
    }
    var figure = Histogram(
      name: "exponents", title: "Magnitudes of all tensors",
      summary:
        "The share of numbers per binade. Red: the magnitudes up to which rounding to nearest "
        + "gives zero, from which on numbers are normal, and from which on they overflow, in formats "
        + "without a scale. Outer binades that hold less than 0.05 % are in the data only.",
      panels: plain.prefix(3).map { format in
        Histogram.Panel(
          "beside \(format.id)",
          shares: Dictionary(
            uniqueKeysWithValues: histogram.bins.map { ($0.exponent, Double($0.count) / finite) }),
          zeros: Double(histogram.zeros) / finite,
          subnormals: Double(histogram.subnormals) / finite,
          limits: [
            .init(Double(format.minUlpExponent - 1), "zero"),
            .init(Double(format.minExponent), "normal"),
            .init(Powers.log2(format.largestMagnitude), "overflow"),
          ])
      })
    guard !figure.panels.isEmpty else { return nil }
    figure.summary += figure.panelNote
    return figure
  }
}
