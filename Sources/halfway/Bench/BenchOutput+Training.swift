// SPDX-License-Identifier: Apache-2.0

extension BenchOutput {
  /// A line per model and policy, and one per run.
  var trainingText: String {
    var lines = [
      "a training step without recording, one thread, milliseconds; gain of a second thread, and of two",
      "steps apart; memory in MB; word to the other processor and back, ns",
    ]
    lines.append(
      header(
        ["", "ms", "of fp32", "recorded", "2 threads", "2 apart"],
        behind: "needed, peak, process; weights; ns"))
    for row in training {
      let cells = [
        hundredths(row.milliseconds), hundredths(row.timesFP32), hundredths(row.recording),
        hundredths(row.twoThreads), hundredths(row.twoApart),
      ]
      lines.append(
        line("\(row.model) \(row.policy)", cells)
          + "  \(megabytes(row.neededTensorBytes)), \(megabytes(row.peakTensorBytes)), "
          + "\(row.residentBytes.map(megabytes) ?? "-"); \(row.parameters); "
          + nanoseconds(row.roundTripNanoseconds))
    }
    lines += ["", "a run of the reference and four policies, every step measured, one thread"]
    lines.append(header(["", "steps", "s", "2 threads", "2 apart", "ns"]))
    for row in runs {
      let cells = [
        "\(row.steps)", hundredths(row.seconds), hundredths(row.twoThreads),
        hundredths(row.twoApart),
        nanoseconds(row.roundTripNanoseconds),
      ]
      lines.append(line(row.model, cells))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func nanoseconds(_ value: Double?) -> String {
    value.map { String(Int($0.rounded())) } ?? "-"
  }

  private func megabytes(_ bytes: Int) -> String { hundredths(Double(bytes) / 1e6) }

  private func hundredths(_ value: Double) -> String {
    let parts = Int((value * 100).rounded()).quotientAndRemainder(dividingBy: 100)
    return "\(parts.quotient)." + (parts.remainder < 10 ? "0" : "") + "\(parts.remainder)"
  }
}
