// SPDX-License-Identifier: Apache-2.0

extension DocumentForm {
  /// `verify`: two subjects may be compared.
  static let verification = DocumentForm(
    "halfway/verification/1",
    figures: [
      "summary.tested": FigureMeaning(.equal), "summary.mismatches": FigureMeaning(.smaller),
      "results[].tested": FigureMeaning(.equal), "results[].mismatches": FigureMeaning(.smaller),
    ],
    identities: ["results": "operation format to cases rounding"],
    indifferent: ["subject", "reference", "mismatchLimit"],
    keysLeftOut: """
      commit errorUlp exact gotFlags instructions mismatchesNotListed run shard
      """)

  /// `audit`.
  static let audit = DocumentForm(
    "halfway/audit/1",
    figures: [
      "summary.tested": FigureMeaning(.equal), "summary.mismatches": FigureMeaning(.smaller),
      "results[].audit.compared": FigureMeaning(.equal),
      "results[].audit.mismatches": FigureMeaning(.smaller),
    ],
    identities: ["results": "operation format"],
    keysLeftOut: "commit instructions run shard")

  /// `elementary`: an infinite error is left out.
  static let elementary = DocumentForm(
    "halfway/elementary/1",
    figures: [
      "summary.tested": FigureMeaning(.equal), "summary.findings": FigureMeaning(.smaller),
      "results[].tested": FigureMeaning(.equal), "results[].misrounded": FigureMeaning(.smaller),
      "results[].largestErrorUlp": FigureMeaning(.smaller),
    ],
    identities: ["results": "function domain"],
    keysLeftOut: """
      commit instructions largestErrorUlp misrounded run samples seed shard
      """)

  /// `units`.
  static let units = DocumentForm(
    "halfway/units/1",
    figures: [
      "summary.results": FigureMeaning(.equal), "summary.steps": FigureMeaning(.equal),
      "summary.findings": FigureMeaning(.smaller), "results[].results": FigureMeaning(.equal),
      "results[].steps": FigureMeaning(.equal), "results[].differing": FigureMeaning(.smaller),
    ],
    identities: ["results": "unit shape a b accumulator"],
    keysLeftOut: "commit first instructions run shape shard")

  /// `check`: two kernels are compared on the same cases, whatever their criteria. The largest error
  /// is left out beside a wrong special.
  static let check = DocumentForm(
    "halfway/check/1",
    figures: [
      "summary.tested": FigureMeaning(.equal), "summary.uncomputed": FigureMeaning(.smaller),
      "summary.misrounded": FigureMeaning(.smaller),
      "summary.wrongSpecials": FigureMeaning(.smaller),
      "summary.wrongSigns": FigureMeaning(.smaller),
      "summary.largestError": FigureMeaning(.smaller), "summary.findings": FigureMeaning(.smaller),
    ],
    identities: ["histogram": "ulps"],
    indifferent: ["subject", "criterion", "timeLimit"],
    keysLeftOut: "baseline commit instructions largestError python run shard")

  /// `bench`: its rates are those of one machine and build. Where a row has a ratio to a peer that
  /// was measured beside it, the ratio is judged: rates drift with the machine.
  static let bench = DocumentForm(
    "halfway/bench/1",
    figures: [
      "results[].nanoseconds": time(givesWayTo: ["timesMPFR", "timesProcessor"]),
      "results[].timesMPFR": gain, "results[].timesProcessor": gain,
      "elementary[].nanoseconds": time(givesWayTo: ["timesLibm"]), "elementary[].timesLibm": gain,
      "products[].nanoseconds": time(givesWayTo: ["timesLoop"]), "products[].timesLoop": gain,
      "training[].milliseconds": time(), "training[].recording": time(),
      "training[].twoThreads": gain,
      "training[].neededTensorBytes": FigureMeaning(.smaller),
      "training[].peakTensorBytes": FigureMeaning(.smaller),
      "trainingRuns[].seconds": time(), "trainingRuns[].twoThreads": gain,
    ],
    identities: [
      "results": "form operation format to rounding", "elementary": "function format",
      "products": product,
      "training": "model policy parameters", "trainingRuns": "model",
    ],
    determining: ["environment.cpu", "environment.build", "environment.instructions"],
    keysLeftOut: """
      commit elementary instructions products residentBytes roundTripNanoseconds shape size step
      sums timesLibm timesLoop timesMPFR timesProcessor to training trainingRuns twoApart unit
      """)

  /// What tells products of one shape apart.
  private static let product = """
    format accumulation.format accumulation.order accumulation.step accumulation.unit \
    accumulation.shape accumulation.size accumulation.sums
    """

  private static let gain = FigureMeaning(.larger, noise: .share(FigureMeaning.rateNoise))

  private static func time(givesWayTo keys: [String] = []) -> FigureMeaning {
    FigureMeaning(.smaller, noise: .share(FigureMeaning.rateNoise), givesWayTo: keys)
  }
}
