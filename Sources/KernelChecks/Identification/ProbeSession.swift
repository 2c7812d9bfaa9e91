// SPDX-License-Identifier: Apache-2.0
import Formats

/// Why something about a kernel cannot be told.
struct ProbeFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A sum that a kernel is asked for: a row of terms that several have in common, and in some places
/// others.
struct ProbeRow {
  /// The index of the common row; nil where it is all zeros.
  var template: Int?
  var places: [(place: Int, term: ProbeTerm)]

  init(template: Int? = nil, _ places: [(place: Int, term: ProbeTerm)]) {
    (self.template, self.places) = (template, places)
  }
}

/// Asks a kernel for sums, many a call, and counts them.
final class ProbeSession {
  let probe: SumProbe
  /// The sums so far.
  private(set) var sums = 0
  /// The calls so far.
  private(set) var calls = 0

  init(_ probe: SumProbe) { self.probe = probe }

  /// The results of rows as numbers; what is no number is NaN or infinite.
  func values(templates: [[ProbeTerm]] = [], _ rows: [ProbeRow]) throws -> [Double] {
    try encodings(templates: templates, rows).map(probe.output.value(of:))
  }

  /// The results of rows.
  ///
  /// - Precondition: where factors are shared, all templates have the factor 1.
  func encodings(templates: [[ProbeTerm]] = [], _ rows: [ProbeRow]) throws -> [UInt32] {
    guard probe.sharesFactors else { return try call(templates, rows, shared: nil) }
    var results = [UInt32](repeating: 0, count: rows.count)
    let groups = Dictionary(grouping: rows.indices) { factors(rows[$0]) }
    for (factors, members) in groups.sorted(by: { $0.value[0] < $1.value[0] }) {
      var shared = [UInt32](repeating: probe.input.one, count: probe.terms)
      for (place, term) in factors { shared[place] = term }
      let found = try call(templates, members.map { rows[$0] }, shared: shared)
      for (row, result) in zip(members, found) { results[row] = result }
    }
    return results
  }

  /// The second factors of a row that are not 1.
  private func factors(_ row: ProbeRow) -> [Int: UInt32] {
    var factors: [Int: UInt32] = [:]
    for (place, term) in row.places where term.y != probe.input.one { factors[place] = term.y }
    return factors
  }

  private func call(_ templates: [[ProbeTerm]], _ rows: [ProbeRow], shared: [UInt32]?) throws
    -> [UInt32]
  {
    let n = probe.terms
    let (zero, one) = (probe.zero.x, probe.input.one)
    let separate = probe.hasProducts && shared == nil
    let xs = templates.map { $0.map(\.x) }
    let ys = separate ? templates.map { $0.map(\.y) } : []
    let most = max(1, probe.batchTerms / max(1, n))
    var results: [UInt32] = []
    results.reserveCapacity(rows.count)
    for start in stride(from: 0, to: rows.count, by: most) {
      let part = rows[start..<min(rows.count, start + most)]
      var batch = ProbeBatch(rows: part.count, terms: n, x: [], y: [])
      batch.x.reserveCapacity(part.count * n)
      if separate { batch.y.reserveCapacity(part.count * n) }
      for row in part {
        let first = batch.x.count
        if let template = row.template {
          batch.x.append(contentsOf: xs[template])
          if separate { batch.y.append(contentsOf: ys[template]) }
        } else {
          batch.x.append(contentsOf: repeatElement(zero, count: n))
          if separate { batch.y.append(contentsOf: repeatElement(one, count: n)) }
        }
        for (place, term) in row.places {
          batch.x[first + place] = term.x
          if separate { batch.y[first + place] = term.y }
        }
      }
      if let shared { batch.y = shared }
      let found = try probe.results(batch)
      guard found.count == part.count else {
        throw ProbeFailure("\(found.count) results of \(part.count) sums")
      }
      results.append(contentsOf: found)
      sums += part.count
      calls += 1
    }
    return results
  }
}
