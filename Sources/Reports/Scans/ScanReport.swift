// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Tables
import Words

/// The report on what formats would do to the tensors of some files.
package struct ScanReport: Sendable {
  /// What was found.
  package let scans: TensorScans
  /// How the report was made.
  package let context: ReportContext

  /// The report on some scans.
  package init(_ scans: TensorScans, context: ReportContext) {
    self.scans = scans
    self.context = context
  }

  /// The stated error, as a person writes it.
  private var bound: String { ReadableNumber.significant(scans.error, digits: 2) }

  /// What follows, in one sentence.
  package var verdict: String {
    let total = scans.total
    guard !scans.tensors.isEmpty else {
      return "There is no tensor of numbers to look at."
    }
    guard total.largest > 0 else { return "Every number is zero, infinite or a NaN." }
    guard let id = total.fewestBits, let fit = total.fits.first(where: { $0.candidate == id })
    else {
      return "No format that was asked for keeps all tensors within a relative error of \(bound)."
    }
    return "`\(id)`, \(Self.bits(fit.bits)) bits an element, keeps all tensors together within a "
      + "relative error of \(bound): \(ReadableNumber.significant(fit.relativeError ?? 0))."
  }

  /// Whether some format keeps the error.
  package var keepsError: Bool { scans.total.fewestBits != nil || scans.total.largest == 0 }

  /// What else there is to know.
  package var findings: [String] {
    let total = scans.total
    var findings = [contents]
    let failing = scans.tensors.filter { $0.fewestBits == nil && $0.largest > 0 }
    let needs = Dictionary(grouping: scans.tensors.filter { $0.largest > 0 }) { $0.fewestBits }
    let ranked = total.fits.map(\.candidate).compactMap { id in
      needs[id].map { "`\(id)` for \($0.count)" }
    }
    if scans.tensors.count > 1, !ranked.isEmpty {
      findings.append(
        "The fewest bits, tensor by tensor of \(scans.tensors.count): "
          + Verdict.enumeration(
            ranked + (failing.isEmpty ? [] : ["no format asked about for \(failing.count)"])) + ".")
    }
    if total.nans + total.infinities > 0 {
      let places = scans.tensors.filter { $0.nans + $0.infinities > 0 }
      findings.append(
        "\(Self.grouped(total.nans)) NaN and \(Self.grouped(total.infinities)) infinite, the first in "
          + "`\(places[0].name.replacing("`", with: "'"))`: they are left out of every error, and take "
          + "their block with them in a format of blocks.")
    }
    let empty = total.windows.filter(\.isEmpty).map { "`\($0.format)`" }
    if !empty.isEmpty {
      findings.append(
        "One scale for all tensors does not fit \(Verdict.enumeration(empty)): what keeps small values "
          + "from zero makes large ones overflow.")
    }
    if !scans.passedOver.isEmpty {
      let kinds = Set(scans.passedOver.map(\.type)).sorted().joined(separator: ", ")
      findings.append(
        "\(scans.passedOver.count) tensor\(scans.passedOver.count == 1 ? "" : "s") of whole numbers, "
          + "truth values or scales passed over (\(kinds)).")
    }
    return findings
  }

  private var contents: String {
    let total = scans.total
    let types = Set(scans.tensors.compactMap(\.type)).sorted().joined(separator: ", ")
    return
      "\(scans.files.count) file\(scans.files.count == 1 ? "" : "s"), "
      + "\(scans.tensors.count) tensor\(scans.tensors.count == 1 ? "" : "s")"
      + (types.isEmpty ? "" : " of \(types)") + ", \(Self.grouped(total.elements)) elements, "
      + "\(Self.grouped(total.zeros)) of them zero"
      + (total.largest > 0
        ? "; magnitudes from \(ReadableNumber.significant(total.smallest ?? 0)) to "
          + "\(ReadableNumber.significant(total.largest))." : ".")
  }

  static func grouped(_ count: Int) -> String { ReadableNumber.grouped(UInt64(max(count, 0))) }

  /// Bits an element, without a fraction where there is none.
  package static func bits(_ bits: Double) -> String { ReadableNumber.trimmed(bits, digits: 2) }

  /// Why a fit has no error; nil where it has one or there is nothing to err of.
  package static func reason(_ fit: CandidateFit, of scan: TensorScan) -> String? {
    guard fit.relativeError == nil, scan.largest > 0 else { return nil }
    return fit.lost > 0 ? "lost" : "inf"
  }

  /// A row for each tensor and candidate, and for all tensors together.
  package var table: Table {
    var table = Table(columns: [
      "tensor", "file", "type", "elements", "candidate", "bits", "scale", "zeroed", "subnormal",
      "overflow", "lost", "relative_error", "sqnr_db", "keeps_error",
    ])
    for scan in [scans.total] + scans.tensors {
      for fit in scan.fits {
        table.append([
          .text(scan.name), scan.file.map { .text(scans.files[$0]) } ?? .missing,
          scan.type.map(Table.Cell.text) ?? .missing, .count(UInt64(scan.elements)),
          .text(fit.candidate), .number(fit.bits), fit.scale.map(Table.Cell.number) ?? .missing,
          .count(UInt64(fit.zeroed)), .count(UInt64(fit.subnormal)), .count(UInt64(fit.overflow)),
          .count(UInt64(fit.lost)), fit.relativeError.map(Table.Cell.number) ?? .missing,
          fit.sqnr.map(Table.Cell.number) ?? .missing,
          .flag(fit.relativeError.map { $0 <= scans.error } ?? false),
        ])
      }
    }
    return table
  }

  /// What stands in each tensor, a row each.
  package var tensorTable: Table {
    var table = Table(columns: [
      "tensor", "file", "type", "shape", "elements", "zeros", "nans", "infinities", "smallest",
      "largest", "root_mean_square", "fewest_bits",
    ])
    for scan in scans.tensors {
      let finite = scan.elements - scan.nans - scan.infinities
      table.append([
        .text(scan.name), scan.file.map { .text(scans.files[$0]) } ?? .missing,
        scan.type.map(Table.Cell.text) ?? .missing,
        .text((scan.shape ?? []).map(String.init).joined(separator: "x")),
        .count(UInt64(scan.elements)), .count(UInt64(scan.zeros)), .count(UInt64(scan.nans)),
        .count(UInt64(scan.infinities)), scan.smallest.map(Table.Cell.number) ?? .missing,
        .number(scan.largest),
        finite > 0 ? .number((scan.squares / Double(finite)).squareRoot()) : .missing,
        scan.fewestBits.map(Table.Cell.text) ?? .missing,
      ])
    }
    return table
  }

  /// The report's files but for its document.
  package func files() -> [ReportFile] {
    [
      ReportFile(path: "index.html", text: page),
      ReportFile(path: "data/fits.csv", text: table.csv),
      ReportFile(path: "data/tensors.csv", text: tensorTable.csv),
    ] + (exponents.map { ReportFile.files(of: $0) } ?? [])
  }

  /// The paths that a report of this kind need not have.
  package var possiblePaths: Set<String> {
    ["data/exponents.csv", "figures/exponents.svg", "figures/exponents.tex"]
  }
}
