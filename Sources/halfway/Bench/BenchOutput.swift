// SPDX-License-Identifier: Apache-2.0
import Benchmarks
import Datasets
import Formats
import Models
import Tables

/// The result of `bench` in every output format.
struct BenchOutput: Presentable {
  var rows: [BenchRow]
  var elementary: [ElementaryBench.Row]
  var products: [ProductBench.Row]
  var workers: [WorkerBench.Row] = []
  var training: [TrainingBench.Row] = []
  var runs: [TrainingRunBench.Row] = []
  var run: RunRecord

  func text(for terminal: Terminal) -> String {
    let environment = RunEnvironment.current
    let build = "built for \(environment.instructions), on \(environment.cpu)"
    guard training.isEmpty else { return build + "\n\n" + trainingText }
    var lines = [build, ""]
    lines.append("scalar, one call an operation, nearest even, flags returned")
    lines.append(
      header(["", "ns", "times MPFR"]))
    for row in rows where row.form == .scalar {
      lines.append(line(row.title, [fixed(row.nanoseconds), ratio(row.timesMPFR)]))
    }
    for (form, title) in [
      (BenchRow.Form.batch, "batch, flags kept, million operations a second"),
      (.cast, "batch, flags dropped, million elements a second"),
    ] {
      lines += ["", title]
      lines.append(
        header(["", "nearest", "slowest", "times MPFR", "times CPU"], behind: "slowest rounding"))
      for group in groups(form) {
        guard let nearest = group.first,
          let slowest = group.max(by: { $0.nanoseconds < $1.nanoseconds })
        else { continue }
        let cells = [
          whole(nearest.megaRate), whole(slowest.megaRate), ratio(nearest.timesMPFR),
          ratio(nearest.timesProcessor),
        ]
        lines.append(line(nearest.title, cells) + "  \(slowest.rounding)")
      }
    }
    lines += ["", "elementary, over buffers, million elements a second"]
    lines.append(header(["", "rate", "times libm"]))
    for row in elementary {
      let title = "\(row.function.rawValue) \(row.format)"
      lines.append(line(title, [whole(row.megaRate), ratio(row.timesLibm)]))
    }
    lines += ["", "matrix product, thousand million multiply-adds a second"]
    lines.append(header(["", "rate", "times loop"]))
    for row in products {
      lines.append(line("", [fixed(row.gigaRate), ratio(row.timesLoop)]) + "  " + row.title)
    }
    if !workers.isEmpty {
      lines += ["", "libm in a worker of check, 2^20 elements a call, million elements a second"]
      lines.append(header(["", "rate", "times loop"]))
      for row in workers {
        lines.append(line(row.function, [whole(row.megaRate), hundredths(row.timesLoop)]))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func hundredths(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }

  /// The rows of each operation, nearest even first.
  private func groups(_ form: BenchRow.Form) -> [[BenchRow]] {
    var groups: [[BenchRow]] = []
    for row in rows where row.form == form {
      if groups.last?.first?.title == row.title {
        groups[groups.count - 1].append(row)
      } else {
        groups.append([row])
      }
    }
    return groups
  }

  private static let titleWidth = 22
  private static let cellWidth = 10

  /// The titles of a line's cells, and what stands behind them.
  func header(_ cells: [String], behind: String? = nil) -> String {
    guard let title = cells.first else { return "" }
    return line(title, Array(cells.dropFirst())) + (behind.map { "  \($0)" } ?? "")
  }

  func line(_ title: String, _ cells: [String]) -> String {
    let padded = title.padding(toLength: Self.titleWidth, withPad: " ", startingAt: 0)
    return padded
      + cells.map { String(repeating: " ", count: max(1, Self.cellWidth - $0.count)) + $0 }
      .joined()
  }

  private func fixed(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  private func whole(_ value: Double) -> String { String(Int(value.rounded())) }

  private func ratio(_ value: Double?) -> String {
    guard let value else { return "-" }
    return value >= 10 ? whole(value) : fixed(value)
  }

  var table: Table {
    Table(
      columns: [
        "form", "operation", "format", "to", "rounding", "nanoseconds", "million_per_second",
        "times_mpfr", "times_processor", "times_libm", "times_loop",
      ],
      rows: rows.map { row in
        [
          .text(row.form.rawValue), .text(row.operation.rawValue), .text(row.format.id),
          row.to.map { .text($0.id) } ?? .missing, .text(row.rounding.description),
          .number(row.nanoseconds), .number(row.megaRate),
          row.timesMPFR.map { .number($0) } ?? .missing,
          row.timesProcessor.map { .number($0) } ?? .missing, .missing, .missing,
        ]
      }
        + elementary.map { row in
          [
            .text("elementary"), .text(row.function.rawValue), .text(row.format), .missing,
            .text(Rounding.nearestEven.description), .number(row.nanoseconds),
            .number(row.megaRate), .missing, .missing,
            row.timesLibm.map { .number($0) } ?? .missing, .missing,
          ]
        }
        + workers.map { row in
          [
            .text("worker"), .text(row.function), .text("fp32"), .missing,
            .text(Rounding.nearestEven.description), .number(row.nanoseconds),
            .number(row.megaRate), .missing, .missing, .missing, .number(row.timesLoop),
          ]
        }
        + training.map { row in
          [
            .text("training"), .text(row.model), .text(row.policy), .missing,
            .text(Rounding.nearestEven.description), .number(row.milliseconds * 1e6), .missing,
            .missing, .missing, .missing, .missing,
          ]
        }
        + products.map { row in
          [
            .text("product"), .text(row.title), .text(row.format),
            .text(row.accumulation.resultFormat.rawValue),
            .text(Rounding.nearestEven.description), .number(row.nanoseconds),
            .number(1000 * row.gigaRate), .missing, .missing, .missing,
            row.timesLoop.map { .number($0) } ?? .missing,
          ]
        })
  }

  var document: any Encodable {
    Document(
      results: rows, elementary: elementary, products: products,
      workers: workers.isEmpty ? nil : workers,
      training: training.isEmpty ? nil : training, trainingRuns: runs.isEmpty ? nil : runs, run: run
    )
  }

  private struct Document: Encodable {
    var schema = "halfway/bench/1"
    var tool = ResultDocument<[String], [BenchRow]>.Tool()
    var environment = RunEnvironment.current
    var results: [BenchRow]
    var elementary: [ElementaryBench.Row]
    var products: [ProductBench.Row]
    var workers: [WorkerBench.Row]?
    var training: [TrainingBench.Row]?
    var trainingRuns: [TrainingRunBench.Row]?
    var run: RunRecord
  }
}
