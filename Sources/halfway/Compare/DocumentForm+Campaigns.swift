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
      environment.commit environment.instructions firstMismatches.errorUlp firstMismatches.exact
      firstMismatches.gotFlags results.mismatchesNotListed run shard
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
    keysLeftOut: """
      environment.commit environment.instructions run shard
      """)

  /// `elementary`: an infinite error is left out.
  static let elementary = DocumentForm(
    "halfway/elementary/1",
    figures: [
      "summary.tested": FigureMeaning(.equal), "summary.findings": FigureMeaning(.smaller),
      "results[].tested": FigureMeaning(.equal), "results[].misrounded": FigureMeaning(.smaller),
      "results[].largestErrorUlp": FigureMeaning(.smaller, isWorstMissing: true),
    ],
    identities: ["results": "function domain"],
    keysLeftOut: """
      configuration.samples configuration.seed environment.commit environment.instructions
      results.largestErrorUlp results.misrounded run shard
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
    keysLeftOut: """
      environment.commit environment.instructions results.first results.shape run shard
      """)

  /// `check`: two kernels are compared on the same cases, whatever their criteria. The largest error
  /// is left out beside a wrong special.
  static let check = DocumentForm(
    "halfway/check/1",
    figures: [
      "summary.tested": FigureMeaning(.equal), "summary.uncomputed": FigureMeaning(.smaller),
      "summary.misrounded": FigureMeaning(.smaller),
      "summary.wrongSpecials": FigureMeaning(.smaller),
      "summary.wrongSigns": FigureMeaning(.smaller),
      "summary.largestError": FigureMeaning(.smaller, isWorstMissing: true),
      "summary.outsideTolerance": FigureMeaning(.smaller),
      "summary.findings": FigureMeaning(.smaller),
      "properties[].violations": FigureMeaning(.smaller),
    ],
    identities: ["histogram": "ulps", "properties": "property"],
    indifferent: ["subject", "criterion", "timeLimit", "reference"],
    keysLeftOut: """
      baseline configuration.reference environment.commit environment.instructions outside.excess
      outside.worst profile properties properties.example reference reference.outside
      reference.worst run shard subject.python summary.largestError summary.outsideTolerance
      """)

  /// `check` of a kernel of arrays: the same of its cases.
  static let arrayCheck = DocumentForm(
    "halfway/array-check/1",
    figures: [
      "summary.failing": FigureMeaning(.smaller), "summary.uncomputed": FigureMeaning(.smaller),
      "summary.unjudged": FigureMeaning(.smaller), "summary.results": FigureMeaning(.equal),
      "summary.misrounded": FigureMeaning(.smaller),
      "summary.wrongSpecials": FigureMeaning(.smaller),
      "summary.largestScaledError": FigureMeaning(.smaller, isWorstMissing: true),
      "summary.findings": FigureMeaning(.smaller),
      "cases[].scaledError": FigureMeaning(.smaller, isWorstMissing: true),
      "cases[].misrounded": FigureMeaning(.smaller),
      "cases[].wrongSpecials": FigureMeaning(.smaller),
      "properties[].violations": FigureMeaning(.smaller),
    ],
    identities: ["cases": "text", "properties": "property"],
    indifferent: ["subject", "criterion", "timeLimit", "arguments", "reference"],
    keysLeftOut: """
      baseline cases.reference configuration.inputs configuration.reference environment.commit
      environment.instructions inside inside.accumulator inside.confirmedPairs inside.confirmedSums inside.overflowExponent
      inside.pattern inside.precision inside.products inside.subnormals inside.tree
      properties properties.example readings.precision run shard subject.python
      subnormals.flushesInputs
      subnormals.flushesResults summary.largestScaledError
      """)

  /// `bench`: its rates are those of one machine and build, and one run of it does not tell by how
  /// much they drift: what differs is told, and not judged.
  static let bench = DocumentForm(
    "halfway/bench/1",
    figures: [
      "results[].nanoseconds": rate,
      "results[].timesMPFR": rate, "results[].timesProcessor": rate,
      "elementary[].nanoseconds": rate, "elementary[].timesLibm": rate,
      "products[].nanoseconds": rate, "products[].timesLoop": rate,
      "workers[].nanoseconds": rate, "workers[].timesLoop": rate,
      "training[].milliseconds": rate, "training[].recording": rate,
      "training[].twoThreads": rate,
      "training[].neededTensorBytes": FigureMeaning(.smaller),
      "training[].peakTensorBytes": FigureMeaning(.smaller),
      "trainingRuns[].seconds": rate, "trainingRuns[].twoThreads": rate,
    ],
    identities: [
      "results": "form operation format to rounding", "elementary": "function format",
      "products": product + " shape", "workers": "function",
      "training": "model policy parameters", "trainingRuns": "model",
    ],
    determining: ["environment.cpu", "environment.build", "environment.instructions"],
    keysLeftOut: """
      accumulation.shape accumulation.size accumulation.step accumulation.sums accumulation.unit
      elementary elementary.timesLibm environment.commit environment.instructions products
      products.timesLoop results.timesMPFR results.timesProcessor results.to training
      training.residentBytes training.roundTripNanoseconds training.twoApart trainingRuns
      trainingRuns.roundTripNanoseconds trainingRuns.twoApart workers
      """)

  /// What tells products of one shape apart.
  private static let product = """
    format accumulation.format accumulation.order accumulation.step accumulation.unit \
    accumulation.shape accumulation.size accumulation.sums
    """

  private static let rate = FigureMeaning(.larger, noise: .drift(FigureMeaning.rateNoise))
}
