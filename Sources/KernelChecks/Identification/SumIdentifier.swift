// SPDX-License-Identifier: Apache-2.0
import Formats

extension SumIdentification {
  /// Finds out what a kernel does inside.
  ///
  /// - Throws: what the kernel's own closure throws; a kernel that does not sum is told as such.
  package init(of probe: SumProbe) throws {
    self.init(terms: probe.terms)
    guard probe.terms > 0 else {
      unknowns.append("a sum of no terms has no order")
      return
    }
    let session = ProbeSession(probe)
    do {
      try identify(session)
    } catch let failure as ProbeFailure {
      unknowns.append(failure.description)
    }
    sums = session.sums
    calls = session.calls
  }

  private mutating func identify(_ session: ProbeSession) throws {
    let probe = session.probe
    let range = try ProbeRange.find(session)
    try range.requireEveryTerm(session)
    try findAccumulator(session, range)
    do {
      try findOrder(session, range)
    } catch let failure as ProbeFailure {
      unknowns.append("the order: \(failure)")
    }
    // Where the order is unknown, the last term is as good as any.
    let known = tree?.pairs ?? []
    let pairs = known.isEmpty && probe.terms > 1 ? [(probe.terms - 1, 0)] : known
    subnormals = try SubnormalReading.read(session, pairs: pairs)
    // A narrower accumulator, or output, ends above the input's subnormal numbers by itself.
    let narrow = [accumulator.flatMap { Format(id: $0) }, probe.output].compactMap { $0 }
    if narrow.contains(where: { $0.minUlpExponent > probe.input.minUlpExponent }) {
      subnormals = nil
      unknowns.append("subnormal numbers: those of the input are below what sums are kept in")
    }
    evidence += subnormals?.evidence ?? []
    products = try ProductReading.read(session, range, pairs: pairs, precision: precision)
    if let products { evidence.append(products.evidence) }
    try confirm(session)
  }

  // MARK: - The accumulator

  private mutating func findAccumulator(_ session: ProbeSession, _ range: ProbeRange) throws {
    let n = session.probe.terms
    guard n > 2 else { return try readPair(session, range) }
    let reader = AccumulatorReader(session: session, range: range)
    let orders = try reader.order(Self.triples(n))
    var places: [AccumulatorReader.Places] = []
    for case let order? in orders where !places.contains(order) { places.append(order) }
    guard !places.isEmpty else {
      unknowns.append(
        "the accumulator and the order: 2^\(range.top), 2^\(range.bottom) and -2^\(range.top) give "
          + "2^\(range.bottom) in any order: exact or wider than \(range.spread) bits")
      return
    }
    readings = try reader.read(places)
    summarize()
    try findRange(session, places[0])
  }

  /// Triples of neighbours, of distant terms and of some by chance.
  private static func triples(_ n: Int) -> [[Int]] {
    var words = RandomSequence(seed: 14)
    var triples: Set<[Int]> = [
      [0, 1, 2], [0, 1, n - 1], [0, n / 2, n - 1], [n - 3, n - 2, n - 1],
      [0, min(4, n - 2), n - 1],
    ]
    let drawn = 11
    for _ in 0..<drawn { triples.insert(words.permutation(of: n).prefix(3).sorted()) }
    return triples.filter { Set($0).count == 3 }.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// What is common to all readings.
  private mutating func summarize() {
    let precisions = Set(readings.map(\.precision))
    precision = precisions.count == 1 ? readings[0].precision : nil
    roundsAtRandom = readings.contains(where: \.isRandom)
    roundings = AccumulatorRounding.candidates.filter { rounding in
      readings.allSatisfy { $0.roundings.contains(rounding) }
    }
    accumulator = Self.name(precision, overflowExponent)
    for known in precisions.sorted(by: { ($0 ?? .max) < ($1 ?? .max) }) {
      if let reading = readings.first(where: { $0.precision == known }) {
        let line = "terms \(reading.places): \(reading.evidence)"
        if !evidence.contains(line) { evidence.append(line) }
      }
    }
  }

  /// Of two terms the result is all there is: the narrower of accumulator and output.
  private mutating func readPair(_ session: ProbeSession, _ range: ProbeRange) throws {
    guard session.probe.terms == 2 else { return }
    let probe = session.probe
    let exponent = min(range.top - 1, max(range.bottom, 0))
    let steps = Array(1...max(1, exponent - range.bottom))
    let results = try session.values(
      steps.map {
        ProbeRow([
          (0, probe.term(.power(exponent)) ?? probe.zero),
          (1, probe.term(.power(exponent - $0)) ?? probe.zero),
        ])
      })
    let exact = zip(steps, results).prefix { $1 == .power(exponent) + .power(exponent - $0) }.count
    evidence.append("2^\(exponent) + 2^(\(exponent) - k) is exact for k to \(exact)")
    unknowns.append(
      "the accumulator: of two terms a result shows only the narrower of it and the output, "
        + "\(exact + 1) bits")
  }

  /// Whether 2^e + 2^e - 2^e overflows at the end of each format that it could be.
  private mutating func findRange(_ session: ProbeSession, _ at: AccumulatorReader.Places) throws {
    let probe = session.probe
    let ends = [Format.fp16.maxExponent, Format.fp32.maxExponent].filter {
      probe.term(.power($0)) != nil && $0 <= probe.output.maxExponent
    }
    guard !ends.isEmpty else { return }
    let results = try session.values(
      ends.map { end in
        let (plus, minus) = (probe.term(.power(end)), probe.term(-.power(end)))
        return ProbeRow([
          (at.base, plus ?? probe.zero), (at.tiny, plus ?? probe.zero),
          (at.cancelling, minus ?? probe.zero),
        ])
      })
    for (end, result) in zip(ends, results) {
      evidence.append("2^\(end) + 2^\(end) - 2^\(end) gives \(ProbeNumber(result))")
      if result != .power(end), overflowExponent == nil { overflowExponent = end }
    }
    accumulator =
      Self.name(precision, overflowExponent)
      ?? (precision == Format.fp16.precision && results.first == .power(ends[0]) ? "tf32" : nil)
  }

  private static func name(_ precision: Int?, _ overflow: Int?) -> String? {
    switch precision {
    case Format.fp32.precision: "fp32"
    case Format.bf16.precision: "bf16"
    case Double.significandBitCount + 1: "fp64"
    case Format.fp16.precision: overflow == Format.fp16.maxExponent ? "fp16" : nil
    default: nil
    }
  }

  // MARK: - The order

  private mutating func findOrder(_ session: ProbeSession, _ range: ProbeRange) throws {
    let n = session.probe.terms
    guard n > 2 else {
      let tree: SumTree = n == 1 ? SumTree(term: 0) : .sequential(2)
      self.tree = tree
      pattern = SumPattern(tree)
      return
    }
    guard !readings.isEmpty else { return }
    // What no reading loses would be lost beside still larger terms only.
    let precisions = readings.compactMap(\.precision)
    guard let widest = precisions.max(), let narrowest = precisions.min() else {
      throw ProbeFailure("nothing is ever lost: exact or wider than \(range.spread) bits")
    }
    let absorbs =
      !roundsAtRandom
      && readings.allSatisfy { reading in
        reading.precision == nil || reading.roundings.isEmpty
          || reading.roundings.contains(where: \.absorbs)
      }
    let counter = try ProbeCounter(
      session, range, widest: widest, narrowest: min(narrowest, session.probe.output.precision),
      absorbs: absorbs)
    let finder = OrderFinder(counter)
    let order = try finder.find()
    let pairs = 256
    let agreement = try finder.agreement(order, pairs: pairs)
    confirmedPairs = Agreement(right: agreement.right, of: agreement.of)
    guard agreement.right == agreement.of else {
      throw ProbeFailure(
        "the tree that some counts give foretells only \(agreement.right) of \(agreement.of) others"
      )
    }
    tree = order.tree
    hasExactNodes = order.hasExactNodes
    pattern = SumPattern(order.tree)
    evidence.append(
      "2^\(counter.large) and -2^\(counter.large) in two places, 2^\(counter.unit) in at most "
        + "\(min(counter.capacity, n)) others: the units that are kept give the tree")
    try readNodes(session, range, order.tree)
  }

  /// Readings of nodes at several depths, whose order is known now.
  private mutating func readNodes(_ session: ProbeSession, _ range: ProbeRange, _ tree: SumTree)
    throws
  {
    let places = tree.readingPlaces(8)
    let reader = AccumulatorReader(session: session, range: range)
    let known = Set(readings.map(\.places))
    readings += try reader.read(places.filter { !known.contains($0.all) })
    summarize()
  }

  // MARK: - Confirmation

  private mutating func confirm(_ session: ProbeSession) throws {
    if let strange = readings.first(where: {
      $0.precision != nil && $0.roundings.isEmpty && !$0.isRandom
    }) {
      unknowns.append(
        "how sums are rounded: no rule gives what becomes of the last bits of terms "
          + "\(strange.places): compensated, or several roundings in one place; the order may not be "
          + "that of the code")
    }
    let probe = session.probe
    guard let tree, probe.terms > 2 else { return }
    guard let precision, let rounding = roundings.first, !roundsAtRandom,
      let model = OrderModel(
        tree, precision: precision, rounding: rounding, products: products?.rounding,
        output: probe.output)
    else { return }
    let rows = 32
    let agreement = try model.agreement(session, rows: rows)
    confirmedSums = Agreement(right: agreement.right, of: agreement.of)
    if agreement.right < agreement.of {
      unknowns.append(
        "\(agreement.of - agreement.right) of \(agreement.of) sums of random terms are not what this "
          + "order and accumulator give: compensated, or wider than three terms show")
    }
  }
}

extension SumTree {
  /// Terms that are added to a sum by themselves, each with a term of that sum.
  var pairs: [(added: Int, to: Int)] {
    let least = least
    var pairs: [(added: Int, to: Int)] = []
    var others: [(added: Int, to: Int)] = []
    for case .sum(let children) in nodes {
      let leaf = children.last { if case .term = nodes[$0] { true } else { false } }
      guard let leaf, let other = children.first(where: { $0 != leaf }) else { continue }
      let pair = (added: least[leaf], to: least[other])
      if case .term = nodes[other] { others.append(pair) } else { pairs.append(pair) }
    }
    return pairs + others
  }

  /// Terms of two children of a node and one outside, of so many nodes from the deepest to those below
  /// the root.
  func readingPlaces(_ most: Int) -> [AccumulatorReader.Places] {
    let least = least
    let sizes = sizes
    let parents = parents
    let inner = nodes.indices.dropLast().filter { sizes[$0] > 1 }.sorted {
      (sizes[$0], $0) < (sizes[$1], $1)
    }
    let step = max(1, inner.count / max(1, most))
    var chosen = stride(from: 0, to: inner.count, by: step).map { inner[$0] }
    if let last = inner.last, !chosen.contains(last) { chosen.append(last) }
    return chosen.compactMap { node in
      guard case .sum(let children) = nodes[node], case .sum(let around) = nodes[parents[node]],
        let outside = around.first(where: { $0 != node })
      else { return nil }
      return AccumulatorReader.Places(
        base: least[children[0]], tiny: least[children[1]], cancelling: least[outside])
    }
  }
}
