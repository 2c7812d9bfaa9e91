// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

extension StepFigures {
  /// What each step adds to the distance of the weights, and how rounding compares with sampling.
  var drift: LineChart? {
    func changes(_ value: @escaping (DriftChange) -> Double?) -> [LineChart.Series] {
      drawn(
        run.policies.map { policy in
          LineChart.Series(
            policy.policy.name, style: style(policy),
            points: policy.steps.compactMap { record in
              record.driftChange.map { .init(Double(record.step), value($0) ?? .nan) }
            })
        })
    }
    let noise = drawn(
      run.policies.map { policy in
        LineChart.Series(
          policy.policy.name, style: style(policy),
          points: PolicyOutcome.noiseRatios(policy, run.reference).map {
            .init(Double($0.step), $0.ratio)
          })
      })
    let panels = [
      LineChart.Panel(
        "Direct: this step\u{2019}s arithmetic",
        axis: Axis("share of the reference\u{2019}s step", unit: "1", scale: .log10),
        series: changes(\.direct)),
      LineChart.Panel(
        "Feedback: other weights",
        axis: Axis("share of the reference\u{2019}s step", unit: "1", scale: .log10),
        series: changes(\.feedback)),
      LineChart.Panel(
        "Direction of the two", axis: Axis("cosine", unit: "1", including: [0]),
        series: changes(\.cosine)),
      LineChart.Panel(
        "Rounding against sampling",
        axis: Axis("gradient error in deviations", unit: "1", scale: .log10), series: noise),
    ].filter { !$0.series.isEmpty }
    guard !panels.isEmpty else { return nil }
    return LineChart(
      name: "drift", title: "What moves the weights away from \(referenceName)\u{2019}s",
      summary: "The change of the distance over a step is a direct part, the error of the same "
        + "step from "
        + "\(referenceName)\u{2019}s own weights and optimizer state, and feedback, the effect "
        + "of standing "
        + "elsewhere; each in shares of \(referenceName)\u{2019}s step. A positive cosine: "
        + "feedback drives "
        + "further away. Last: the gradient\u{2019}s error in standard deviations of "
        + "\(referenceName)\u{2019}s gradient over minibatches.",
      x: StepFigures.steps, panels: panels, columns: 2, plotHeight: 150)
  }

  /// The share of the updates that did not arrive, by cause.
  var updates: LineChart? {
    let lost = run.policies.map { policy in
      Dictionary(
        policy.tensors.filter { $0.mode == .trajectory }.flatMap { series in
          series.points.compactMap { point in point.lost.map { (point.step, $0) } }
        }
      ) { first, second in
        var sum = first
        sum.merge(second)
        return sum
      }
    }
    func lines(_ value: (LostUpdates) -> Double?) -> [LineChart.Series] {
      let series = drawn(
        zip(run.policies, lost).map { policy, lost in
          LineChart.Series(
            policy.policy.name, style: style(policy),
            points: lost.sorted { $0.key < $1.key }.map {
              .init(Double($0.key), value($0.value).map { $0 * 100 } ?? .nan)
            })
        })
      return series.contains { $0.points.contains { $0.y > 0 } } ? series : []
    }
    func share(_ count: @escaping (LostUpdates) -> Int) -> (LostUpdates) -> Double? {
      { $0.elements == 0 ? nil : Double(count($0)) / Double($0.elements) }
    }
    func panel(
      _ title: String, _ label: String, _ value: (LostUpdates) -> Double?
    ) -> LineChart.Panel {
      LineChart.Panel(title, axis: Axis(label, unit: "%", including: [0]), series: lines(value))
    }
    let panels = [
      panel("Swamped by the weight", "weights", share(\.lost)),
      panel("Swamped, by mass", "mass of updates", \.lostMassShare),
      panel("Gradient had become zero", "weights", share(\.gradientZero)),
      panel("Optimizer rounded it to zero", "weights", share(\.underflowed)),
      panel("Update not finite", "weights", share(\.nonFinite)),
    ].filter { !$0.series.isEmpty }
    guard !panels.isEmpty else { return nil }
    return LineChart(
      name: "lost-updates", title: "Updates that did not arrive, by cause",
      summary: "An update is swamped when it is not zero and adding it leaves the weight "
        + "unchanged. By mass: "
        + "its share of the summed magnitude of all updates; otherwise shares of all weights. "
        + "Causes that "
        + "did not occur are not drawn.",
      x: StepFigures.steps, panels: panels, columns: 2, plotHeight: panels.count > 4 ? 100 : 150)
  }

  /// The loss scale, the steps it skipped, and the window that the reference's gradients leave.
  var lossScale: LineChart? {
    let scaled = run.policies.filter { $0.steps.contains { $0.lossScale != nil } }
    guard !scaled.isEmpty else { return nil }
    let panels = scaled.map { policy in
      var scale = series(policy, \.lossScale)
      scale.shape = .step
      // Dashed lines are the limits.
      scale.style.dash = ""
      let skipped = LineChart.Series(
        "skipped step",
        style: SeriesStyle(color: Ink.alarm, dash: "", marker: .cross, width: 1), shape: .marks,
        points: policy.steps.filter(\.skipped).map {
          .init(Double($0.step), $0.lossScale ?? .nan)
        })
      return LineChart.Panel(
        scaled.count > 1 ? policy.policy.name : "",
        axis: Axis("loss scale", unit: "1", scale: .log2),
        series: window(policy) + [scale, skipped])
    }
    return LineChart(
      name: "loss-scale", title: "Loss scale, skipped steps, and the scales that fit",
      summary:
        "The factor that the loss was multiplied by at each step. A cross marks a step whose "
        + "scaled gradients held an infinity or a NaN: the optimizer did not move. The two grey dashed "
        + "lines: the scales between "
        + "which \(referenceName)\u{2019}s gradients fit the format, all but 0.1 % of the "
        + "nonzero ones from "
        + "below and all from above.",
      x: StepFigures.steps, panels: panels, columns: panels.count > 2 ? 2 : 1,
      plotHeight: panels.count > 2 ? 110 : 150)
  }

  /// The least and the greatest scale of each measured step for the format of a policy's gradients.
  private func window(_ policy: PolicyRun) -> [LineChart.Series] {
    let formats = LossScaleWindow.all(policy).compactMap { Format(id: $0.format) }
    guard !formats.isEmpty else { return [] }
    let names = formats.map(\.id).joined(separator: ", ")
    let style = SeriesStyle(color: Ink.quiet, dash: "4 3", marker: .none, width: 1)
    func line(_ name: String, _ scale: ([String: GradientMagnitudes]) -> Double?)
      -> LineChart.Series
    {
      LineChart.Series(
        name, style: style,
        points: policy.steps.compactMap { record in
          record.magnitudesByFormat.flatMap(scale).map { .init(Double(record.step), $0) }
        })
    }
    return [
      line("least for \(names)") { magnitudes in
        formats.compactMap { magnitudes[$0.id]?.leastScale(in: $0) }.max()
      },
      line("greatest for \(names)") { magnitudes in
        formats.compactMap { magnitudes[$0.id]?.greatestScale(in: $0) }.min()
      },
    ].filter { !$0.points.isEmpty }
  }
}
