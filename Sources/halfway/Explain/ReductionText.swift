// SPDX-License-Identifier: Apache-2.0
import Expressions
import Formats
import MPFROracle
import Words

/// The lines of a sum, mean or dot product: what it should be, how far off it is, where that
/// happened.
struct ReductionText {
  let step: Step
  let outcome: Reduction.Outcome
  let text: StepText

  var lines: [String] {
    var lines = text.labelled("terms", terms)
    lines += text.labelled("order", outcome.orderText)
    guard let exact = outcome.exact else { return lines }
    if let error = step.error(of: step.result) {
      lines += text.labelled("error", "\(Ulp.signedText(error)) ulp\(relative(exact))")
    }
    if let once = outcome.roundedOnce(step.semantics, step.index) {
      let datum = Datum(once, outcome.format)
      let verdict =
        once == step.result ? "the same" : "\(datum.encoding)  \(datum.hex)  \(datum.decimal)"
      lines += text.labelled("once", "the exact value rounded once: \(verdict)")
    }
    if let stood = outcome.standstill { lines += text.labelled("stuck", words(stood)) }
    return lines + stageLines
  }

  private var terms: String {
    var parts = ["\(outcome.count)"]
    if outcome.roundedElements > 0 {
      parts.append("\(outcome.roundedElements) of the numbers rounded by their format")
    }
    if outcome.overflowedElements > 0 {
      parts.append("\(outcome.overflowedElements) beyond their format's range")
    }
    if outcome.specials.infinities > 0 { parts.append("\(outcome.specials.infinities) infinite") }
    if outcome.specials.nans > 0 { parts.append("\(outcome.specials.nans) NaN") }
    return parts.joined(separator: "; ")
  }

  private func relative(_ exact: ExactReal) -> String {
    guard let number = BigDyadic(step.result, outcome.format), !exact.isZero else { return "" }
    let unit = exact.magnitude.exponent + UInt64.bitWidth - 1
    let share = abs(exact.error(of: number, inUnitsOf: unit))
    let scale = Double(exact.magnitude.significand) * 0x1p-63
    return share == 0 ? "" : ", \(Ulp.text(100 * share / scale)) % of the exact value"
  }

  private func words(_ stood: Reduction.Standstill) -> String {
    let datum = Datum(stood.sum, outcome.accumulator)
    return "from term \(stood.term) on nothing moved \(datum.decimal), though "
      + "\(stood.terms) terms that are not 0 followed: each is too small for its ulp"
  }

  private var stageLines: [String] {
    let isRunning = outcome.stages.contains { $0.running != nil }
    let header =
      ["lost in", "rounded", "without effect", "error [ulp]"] + (isRunning ? ["sum"] : [])
    let rows = outcome.stages.map { stage -> [String] in
      let error = outcome.error(of: stage, ulpExponent: step.ulpExponent)
      let sum = stage.running.map { Datum($0, outcome.accumulator).hex } ?? ""
      return [
        stage.name, "\(stage.inexact) of \(stage.operations)", "\(stage.swamped)",
        Ulp.signedText(error),
      ] + (isRunning ? [sum] : [])
    }
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    let all = ([header] + rows).map { row in
      "    "
        + zip(row, widths).map { $0.padding(to: $1) }.joined(separator: "  ")
        .trimmingTrailingSpaces
    }
    return [text.terminal.styled(all[0], .faint)] + all.dropFirst()
  }
}

extension Reduction.Outcome {
  /// How the terms are summed, in words.
  var orderText: String {
    let order: String =
      switch settings.order {
      case .sequential: "one after the other"
      case .pairwise(let leaf):
        leaf == 1 ? "pairwise, as a tree" : "blocks of \(leaf), then pairwise as a tree"
      case .chunked(let terms): "chunks of \(terms), then their sums in order"
      case .split(let parts): "\(parts) parts, then their sums in order"
      }
    let step =
      kind == .dot
      ? settings.step == .fused ? ", products fused" : ", products rounded" : ""
    let sums = format == accumulator ? "" : ", sums added in \(format)"
    return "\(order), in \(accumulator)\(step)\(sums)"
  }

  /// The exact value rounded once to the format of the result.
  func roundedOnce(_ semantics: Semantics, _ index: UInt64) -> UInt64? {
    guard let exact, !exact.isZero else { return nil }
    return exact.rounded(to: format, semantics, index).value
  }

  /// The error that a stage adds to the value, in units of 2^ulpExponent.
  func error(of stage: Reduction.Stage, ulpExponent: Int) -> Double {
    if let division = stage.division {
      return division.exact.error(of: division.result, inUnitsOf: ulpExponent)
    }
    let lost = stage.error.value
    let whole = BigDyadic(false, BigNatural(), 0).exact.error(of: lost, inUnitsOf: ulpExponent)
    return kind == .mean ? whole / Double(count) : whole
  }
}
