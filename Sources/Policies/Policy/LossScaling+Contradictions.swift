// SPDX-License-Identifier: Apache-2.0

extension LossScaling {
  /// The pairs of fields of which one would have no effect, or that no scale can satisfy.
  var contradictions: [PolicyContradiction] {
    var found: [PolicyContradiction] = []
    func refuse(
      _ first: (String, (any CustomStringConvertible)?),
      _ second: (String, (any CustomStringConvertible)?), _ reason: String
    ) {
      found.append(
        PolicyContradiction(
          (["lossScaling", first.0], first.1), (["lossScaling", second.0], second.1), reason))
    }
    if interval == nil {
      let fixed = LossScaling.fixed(initial)
      let moving: [(String, (any CustomStringConvertible)?, Bool)] = [
        ("growth", growth, growth == fixed.growth), ("backoff", backoff, backoff == fixed.backoff),
        ("minimum", minimum, minimum == nil), ("maximum", maximum, maximum == nil),
        ("hysteresis", hysteresis, hysteresis == fixed.hysteresis),
        ("refill", refill.rawValue, refill == fixed.refill),
        ("toleratedShare", toleratedShare, toleratedShare == fixed.toleratedShare),
        ("growsOnlyIfFinite", growsOnlyIfFinite, growsOnlyIfFinite == fixed.growsOnlyIfFinite),
        ("atMinimum", atMinimum.rawValue, atMinimum == fixed.atMinimum),
        ("arithmetic", arithmetic.rawValue, arithmetic == fixed.arithmetic),
      ]
      for (name, value, isDefault) in moving where !isDefault {
        refuse((name, value), ("interval", nil), "without an interval the scale never moves")
      }
      return found
    }
    if let minimum, minimum > initial {
      refuse(("minimum", minimum), ("initial", initial), "the scale would begin below its minimum")
    }
    if let maximum, maximum < initial {
      refuse(("maximum", maximum), ("initial", initial), "the scale would begin above its maximum")
    }
    if minimum == nil, atMinimum != .stays {
      refuse(("atMinimum", atMinimum.rawValue), ("minimum", nil), "no minimum can be reached")
    }
    if hysteresis == 1, refill != .growth {
      refuse(
        ("refill", refill.rawValue), ("hysteresis", hysteresis),
        "every overflow lowers the scale: none is forgiven that could be forgotten")
    }
    return found
  }
}
