// SPDX-License-Identifier: Apache-2.0
import Measurements

/// The cheapest policy that keeps bounds, in sentences.
package struct TuningFindings {
  /// What was found.
  package let tuning: Tuning

  /// The findings of a search.
  package init(_ tuning: Tuning) { self.tuning = tuning }

  /// The bounds in one phrase.
  package var bounds: String { Verdict.enumeration(tuning.bounds.map { "`\($0)`" }) }

  /// A cost in the unit of what is made small; a dash where it is not known.
  package static func text(_ cost: CostCount, _ objective: String) -> String {
    guard let value = scaled(cost, objective) else { return "-" }
    return ReadableNumber.significant(value, digits: 4) + " " + unit(objective)
  }

  /// The unit of costs in tables.
  package static func unit(_ objective: String) -> String {
    switch objective {
    case "bytes": "kB"
    case "time": "\u{b5}s"
    default: "\u{b5}J"
    }
  }

  /// A cost in that unit; nil where it is not known.
  package static func scaled(_ cost: CostCount, _ objective: String) -> Double? {
    switch objective {
    case "bytes": Double(cost.bytes) / 1000
    case "time": cost.seconds.map { $0 * 1e6 }
    default: cost.joules.map { $0 * 1e6 }
    }
  }

  /// Whether FP32 throughout was tried, and what it costs.
  private var full: UniformPolicy? { tuning.uniform.first { $0.format == "fp32" } }

  /// What is made small, in words.
  private var noun: String {
    switch tuning.objective {
    case "bytes": "bytes"
    case "time": "modelled time on \(tuning.machine)"
    default: "modelled energy"
    }
  }

  /// What was found.
  package var verdict: String {
    if let step = tuning.stoppedAt, tuning.cost == nil {
      return "Nothing was found: the reference is not finite at step \(step)."
    }
    guard let cost = tuning.cost else { return "No policy was measured." }
    let price = Self.text(cost, tuning.objective)
    var share = ""
    if let full, let all = Self.scaled(full.cost, tuning.objective), all > 0,
      let own = Self.scaled(cost, tuning.objective)
    {
      share = ", \(ReadableNumber.percent(own / all, digits: 3)) of FP32's"
    }
    guard tuning.keepsBounds else {
      return "No policy of \(Verdict.enumeration(tuning.formats)) that was tried keeps \(bounds). "
        + "The closest costs \(price)\(share); at worst \(reached)."
    }
    let others = tuning.moments.filter(\.isHeldOut).count
    return "\(bounds) \(tuning.bounds.count == 1 ? "holds" : "hold") with \(price) a step"
      + "\(share) (\(noun)); at worst \(reached), over "
      + "\(Self.count(tuning.moments.count - others, "moment")) of the search and "
      + "\(others) held-out."
  }

  /// The figures that the bounds are about, the worst of all moments, in a phrase.
  private var reached: String {
    var phrases: [String] = []
    for bound in tuning.bounds {
      for phrase in figures(of: bound) where !phrases.contains(phrase) { phrases.append(phrase) }
    }
    return Verdict.enumeration(phrases)
  }

  /// The figures that a bound names.
  private func figures(of bound: String) -> [String] {
    let figures = tuning.moments.map(\.figures)
    var phrases: [String] = []
    var rest = bound
    if bound.contains("layers[") {
      let named = (figures.first?.layers ?? []).map(\.layer).filter {
        bound.contains("layer=\($0)]") || bound.contains("layer=\"\($0)\"]")
      }
      phrases += named.map { layer in
        "`\(layer)` errs by "
          + Self.text(
            figures.map { $0.layers.first { $0.layer == layer }?.gradientError })
      }
      rest = bound.replacing(#/layers\[[^\]]*\]\.gradientError/#, with: "")
    }
    if rest.contains("gradientError") {
      phrases.append("the gradients err by " + Self.text(figures.map(\.gradientError)))
    }
    if rest.contains("lossError") {
      phrases.append("the loss errs by " + Self.text(figures.map(\.lossError)))
    }
    if rest.contains("updateError") {
      phrases.append("the updates err by " + Self.text(figures.map(\.updateError)))
    }
    if rest.contains("gradientCosine") {
      let cosines = figures.map { $0.gradientCosine.map { -$0 } }
      phrases.append("the cosine of the gradients is " + Self.text(cosines, isNegated: true))
    }
    if rest.contains("largestLayerError") || phrases.isEmpty {
      phrases.append(
        "the layer that errs most errs by " + Self.text(figures.map(\.largestLayerError)))
    }
    return phrases
  }

  /// The greatest of some figures; the least where they are negated.
  private static func text(_ figures: [Double?], isNegated: Bool = false) -> String {
    guard !figures.contains(nil), let worst = figures.compactMap(\.self).max() else {
      return "no finite number"
    }
    return isNegated
      ? ReadableNumber.significant(-worst, digits: 9) : ReadableNumber.significant(worst, digits: 3)
  }

  /// Which operations have which format.
  package var formats: [String] {
    tuning.formats.reversed().compactMap { format in
      let own = tuning.choices.filter { $0.format == format }
      guard !own.isEmpty else { return nil }
      return "\(format): " + own.map { Self.name($0.layer, $0.operation) }.joined(separator: ", ")
        + "."
    }
  }

  /// A layer's operation in few words.
  package static func name(_ layer: String, _ operation: String) -> String {
    switch operation {
    case "product", "embedding", "convolution", "layerNormalization": layer
    default: layer.hasSuffix(operation) ? layer : "\(layer) (\(operation))"
    }
  }

  /// How the result was held on what the search did not see.
  package var heldOut: String? {
    let others = tuning.moments.filter(\.isHeldOut)
    guard !others.isEmpty else { return nil }
    let broken = others.filter { !$0.holds }
    let places = "\(Self.count(others.count, "held-out moment")) (other seeds or steps)"
    if !broken.isEmpty {
      let first = broken[0]
      return "Of \(places) \(broken.count) break a bound, the first at seed \(first.seed), step "
        + "\(first.step)."
    }
    guard tuning.heldOutRounds > 0 else { return "All \(places) keep it without a change." }
    return "All \(places) keep it, after precision was given back "
      + (tuning.heldOutRounds == 1 ? "once" : "\(tuning.heldOutRounds) times")
      + " because of them: of these it is no longer an independent test."
  }

  /// How the search went.
  package var course: String {
    let kept = tuning.path.filter(\.isKept).count
    return tuning.path.count == 1
      ? "One policy was measured."
      : "\(tuning.path.count) policies were measured and \(kept) of them kept on the way."
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  /// The formats that were not chosen, and why.
  package var omissions: [String] {
    tuning.leftOut.map { "Left out: \($0.format), since \($0.reason)." }
  }

  /// All but the verdict.
  package var details: [String] {
    (tuning.cost == nil ? [] : formats) + [heldOut, course].compactMap(\.self) + omissions
  }

  /// A trial's changes in words.
  package static func text(_ trial: TuningTrial) -> String {
    guard trial.phase != .cheapest else { return "the cheapest" }
    let named = trial.changes.map {
      "\(name($0.layer, $0.operation)) \($0.from) \u{2192} \($0.to)"
    }
    guard named.count > 3 else { return named.joined(separator: ", ") }
    return named.prefix(2).joined(separator: ", ") + " and \(named.count - 2) more"
  }

  /// A phase in words.
  package static func text(_ phase: TuningTrial.Phase) -> String {
    switch phase {
    case .cheapest: "start"
    case .giveBack: "give back"
    case .takeAway: "take away"
    case .exchange: "exchange"
    case .heldOut: "held out"
    }
  }
}
