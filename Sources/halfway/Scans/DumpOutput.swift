// SPDX-License-Identifier: Apache-2.0
import Measurements
import Reports
import Tables
import Words

/// The result of `scan` of two dumps in every output format.
struct DumpOutput: Presentable {
  /// What was found, as a report.
  let report: DumpReport
  /// The tolerance that was asked for; nil for each type's own.
  let tolerance: Double?
  /// Where the report's page is; nil where none was written.
  var page: String?
  /// What may differ between two runs.
  var run: RunRecord?

  private var comparison: DumpComparison { report.comparison }

  /// The most tensors that the text shows.
  private static let mostRows = 20

  func text(for terminal: Terminal) -> String {
    func prose(_ sentence: String) -> [String] {
      terminal.wrapped(Echo.plain(sentence.replacing("`", with: "")))
    }
    var lines = prose(report.verdict).map {
      terminal.styled($0, report.holds ? .green : .red)
    }
    for finding in report.findings { lines += prose(finding) }
    let over = comparison.tensors.filter(\.isOver)
    let shown = over.isEmpty ? comparison.tensors : over
    if !shown.isEmpty {
      lines += [""]
      lines += terminal.aligned(
        [
          ["tensor", "type", "elements", "error"]
            + (comparison.tellsOrigins ? ["added", "inherited"] : ["largest", "ulp"])
            + ["NaN", "inf"]
        ],
        shown.prefix(Self.mostRows).map(row))
      if shown.count > Self.mostRows {
        lines += prose(
          "\(shown.count - Self.mostRows) more\(over.isEmpty ? "" : " that do not agree"): --export "
            + "with .csv or .json, or --output, has all.")
      }
      lines += [""]
      lines += prose(
        comparison.tellsOrigins
          ? "error: relative, in the norm. added: what the second run's operation rounded; inherited: "
            + "what its operands brought; both over the norm of the first."
          : "error: relative, in the norm. largest: of the differences; ulp: the same in units of the "
            + "last place of the coarser type.")
    }
    if let run {
      lines.append(
        "took \(Progress.duration(run.seconds)) on \(run.threads) "
          + (run.threads == 1 ? "thread" : "threads"))
    }
    if let page { lines.append("Report: \(Echo.plain(page))") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func row(_ tensor: ComparedTensor) -> [String] {
    func number(_ value: Double?) -> String {
      value.map { ReadableNumber.significant($0) } ?? "-"
    }
    let types = tensor.types[0] == tensor.types[1] ? [tensor.types[0]] : tensor.types
    return [
      tensor.name, types.joined(separator: ","), ReadableNumber.grouped(UInt64(tensor.elements)),
      number(tensor.relativeError),
      number(comparison.tellsOrigins ? tensor.added : tensor.largestDifference),
      number(comparison.tellsOrigins ? tensor.inherited : tensor.largestUlps),
      tensor.nans.map(String.init) ?? "-", tensor.infinities.map(String.init) ?? "-",
    ]
  }

  var table: Table { report.table }

  /// What was asked.
  struct Configuration: Encodable {
    var files: [String]
    var tolerance: Double?
  }

  /// What was found.
  struct DumpResults: Encodable {
    var order: DumpComparison.Order
    var first: String?
    var over: Int
    var tensors: [ComparedTensor]
    var onlyFirst: [String]
    var onlySecond: [String]
  }

  var document: any Encodable {
    ResultDocument(
      schema: "halfway/scan-dumps/1",
      configuration: Configuration(files: comparison.files, tolerance: tolerance),
      results: DumpResults(
        order: comparison.order, first: comparison.first?.name,
        over: comparison.tensors.count(where: \.isOver), tensors: comparison.tensors,
        onlyFirst: comparison.onlyFirst, onlySecond: comparison.onlySecond),
      timing: run.map { .init(started: $0.started, seconds: $0.seconds) })
  }
}
