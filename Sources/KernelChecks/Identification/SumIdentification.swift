// SPDX-License-Identifier: Apache-2.0
import Formats

/// What a kernel does inside a sum of n terms, as far as its results tell.
package struct SumIdentification: Hashable, Sendable, Codable {
  /// n.
  package var terms: Int
  /// The order, nil where it cannot be told.
  package var tree: SumTree?
  /// The order in words.
  package var pattern: SumPattern?
  /// Whether nodes of several terms add them exactly before they round.
  package var hasExactNodes = false
  /// Readings of the accumulator, in different places.
  package var readings: [AccumulatorReading] = []
  /// p, where all places have the same.
  package var precision: Int?
  /// The roundings that explain all that was seen of the accumulator; several where they cannot be
  /// told apart.
  package var roundings: [AccumulatorRounding] = []
  /// Whether sums are rounded up or down by chance.
  package var roundsAtRandom = false
  /// The accumulator's format where it has a name, such as `fp32`.
  package var accumulator: String?
  /// The least exponent e, of those that formats end with, for which 2^e + 2^e overflows in the
  /// accumulator; nil where it never did.
  package var overflowExponent: Int?
  /// What becomes of products; nil of sums, and where it cannot be told.
  package var products: ProductReading?
  /// What becomes of subnormal numbers; nil where it cannot be told.
  package var subnormals: SubnormalReading?
  /// How many counts of random pairs, and how many sums of random terms, are as the order and the
  /// accumulator say; nil where none were compared.
  package var confirmedPairs: Agreement?
  package var confirmedSums: Agreement?
  /// What could not be told, and why.
  package var unknowns: [String] = []
  /// The probes that were decisive, each with its result.
  package var evidence: [String] = []
  /// The sums that the kernel was asked for, and the calls.
  package var sums = 0
  package var calls = 0

  /// So many of so many.
  package struct Agreement: Hashable, Sendable, Codable {
    package var right: Int
    package var of: Int
    /// Whether all are.
    package var isFull: Bool { right == of }
  }

  /// The most additions that a term goes through; nil where the order cannot be told.
  package var depth: Int? { tree?.depth }

  /// What is said in a report, a line each.
  package var text: [String] {
    var lines: [String] = []
    if let tree, let pattern {
      let exact = hasExactNodes ? "; sums of several terms are exact before they are rounded" : ""
      lines.append("order: \(pattern.text); depth \(tree.depth)\(exact)")
    }
    if let accumulatorText { lines.append("accumulator: \(accumulatorText)") }
    if let products {
      let held = products.fitsAccumulator ? "; the accumulator holds all their bits" : ""
      lines.append("products: \(products.rounding.text)\(held)")
    }
    if let flushes = subnormals?.flushesInputs {
      lines.append("subnormal inputs: \(flushes ? "taken for zero (DAZ)" : "kept")")
    }
    if let flushes = subnormals?.flushesResults {
      lines.append("subnormal results: \(flushes ? "flushed to zero (FTZ)" : "kept")")
    }
    if let confirmedPairs {
      lines.append(
        "confirmed: \(confirmedPairs.right) of \(confirmedPairs.of) counts of random pairs"
          + (confirmedSums.map {
            ", \($0.right) of \($0.of) sums of random terms bit for bit"
          } ?? ""))
    }
    lines += unknowns.map { "cannot be told: \($0)" }
    lines += evidence.map { "evidence: \($0)" }
    lines.append("asked for \(sums) sums in \(calls) calls")
    return lines
  }

  /// What is known of the accumulator, in a clause; nil where that is nothing.
  package var accumulatorText: String? {
    guard !readings.isEmpty else { return nil }
    if let precision {
      let name = accumulator.map { "\($0), " } ?? ""
      return "\(name)\(precision) bits, \(roundingText)"
    }
    let known = Set(readings.map(\.precision))
    let words = known.sorted { ($0 ?? .max) < ($1 ?? .max) }.map { precision in
      let first = readings.first { $0.precision == precision }
      let places = (first?.places ?? []).map(String.init).joined(separator: ", ")
      let bits =
        precision.map { "\($0) bits" } ?? "more than \(first?.reached ?? 0) bits, or exact,"
      let rounding = first?.roundings.first.map { ", \($0)" } ?? ""
      return "\(bits)\(rounding) of terms \(places)"
    }
    return words.joined(separator: "; ")
  }

  private var roundingText: String {
    if roundsAtRandom { return "rounded up or down by chance (stochastic)" }
    if roundings.isEmpty { return "rounded by no rule that is known here" }
    return roundings.map(\.description).joined(separator: " or ")
  }
}
