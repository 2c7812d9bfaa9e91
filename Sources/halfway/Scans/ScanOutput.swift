// SPDX-License-Identifier: Apache-2.0
import Measurements
import Reports
import Tables
import Words

/// The result of `scan` in every output format.
struct ScanOutput: Presentable {
  /// What was found, as a report.
  let report: ScanReport
  /// Where the report's page is; nil where none was written.
  var page: String?
  /// What may differ between two runs.
  var run: RunRecord?

  private var scans: TensorScans { report.scans }

  /// The most tensors that the text shows.
  private static let mostRows = 20

  func text(for terminal: Terminal) -> String {
    func prose(_ sentence: String) -> [String] {
      terminal.wrapped(Echo.plain(sentence.replacing("`", with: "")))
    }
    var lines = prose(report.verdict).map {
      terminal.styled($0, report.keepsError ? .green : .yellow)
    }
    for finding in report.findings { lines += prose(finding) }
    if !scans.total.fits.isEmpty, scans.total.largest > 0 {
      lines += [""]
      lines += terminal.aligned(
        [["format", "bits", "error", "dB", "zeroed", "subnormal", "overflow", "window"]],
        scans.total.fits.map(row))
      lines += [""]
      lines += prose(
        "error: relative, in the norm. dB: signal to quantization noise. zeroed, subnormal: percent "
          + "of the numbers other than zero; overflow: of all. window: powers of two that keep small "
          + "numbers from zero and large ones from overflow.")
    }
    if scans.tensors.count > 1 {
      let order = scans.tensors.sorted { bits($0) > bits($1) }
      lines += [""]
      lines += terminal.aligned(
        [["tensor", "type", "elements", "largest", "fewest bits", "error"]],
        order.prefix(Self.mostRows).map(row))
      if order.count > Self.mostRows {
        lines += prose(
          "\(order.count - Self.mostRows) more, which need no more bits: --export with .csv or "
            + ".json, or --output, has all.")
      }
    }
    if let run {
      lines.append(
        "took \(Progress.duration(run.seconds)) on \(run.threads) "
          + (run.threads == 1 ? "thread" : "threads"))
    }
    if let page { lines.append("Report: \(Echo.plain(page))") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The bits that a tensor needs; more than any where no format keeps the error.
  private func bits(_ scan: TensorScan) -> Double {
    guard scan.largest > 0 else { return 0 }
    return fit(scan)?.bits ?? .infinity
  }

  private func fit(_ scan: TensorScan) -> CandidateFit? {
    scan.fits.first { $0.candidate == scan.fewestBits }
  }

  private func row(_ fit: CandidateFit) -> [String] {
    let total = scans.total
    let nonzero = total.elements - total.zeros - total.nans
    let window = total.windows.first { $0.format == fit.candidate }
    return [
      fit.candidate, ScanReport.bits(fit.bits),
      fit.relativeError.map { ReadableNumber.significant($0) }
        ?? ScanReport.reason(fit, of: total) ?? "-",
      fit.sqnr.map { ReadableNumber.fixed($0, digits: 1) } ?? "-",
      percent(fit.zeroed, of: nonzero), percent(fit.subnormal, of: nonzero),
      percent(fit.overflow, of: total.elements),
      window.map { $0.isEmpty ? "none" : "2^\($0.least)..2^\($0.greatest)" } ?? "",
    ]
  }

  private func percent(_ count: Int, of all: Int) -> String {
    guard count > 0, all > 0 else { return "0" }
    return ReadableNumber.significant(Double(count) / Double(all) * 100, digits: 2)
  }

  private func row(_ scan: TensorScan) -> [String] {
    [
      scan.name, scan.type ?? "", ReadableNumber.grouped(UInt64(scan.elements)),
      ReadableNumber.significant(scan.largest),
      scan.fewestBits ?? (scan.largest > 0 ? "none" : "any"),
      fit(scan)?.relativeError.map { ReadableNumber.significant($0) } ?? "-",
    ]
  }

  var table: Table { report.table }

  /// What was asked.
  struct Configuration: Encodable {
    var files: [String]
    var candidates: [String]
    var error: Double
  }

  /// What was found.
  struct ScanResults: Encodable {
    var total: TensorScan
    var tensors: [TensorScan]
    var passedOver: [TensorScans.PassedOver]
  }

  var document: any Encodable {
    ResultDocument(
      schema: "halfway/scan/1",
      configuration: Configuration(
        files: scans.files, candidates: scans.total.fits.map(\.candidate), error: scans.error),
      results: ScanResults(
        total: scans.total, tensors: scans.tensors, passedOver: scans.passedOver),
      timing: run.map { .init(started: $0.started, seconds: $0.seconds) })
  }
}
