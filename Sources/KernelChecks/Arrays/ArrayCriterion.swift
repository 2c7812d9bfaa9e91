// SPDX-License-Identifier: Apache-2.0
import Formats

/// What a kernel of arrays has to keep to.
package struct ArrayCriterion: Hashable, Sendable {
  /// What is asked of the errors.
  package enum Demand: Hashable, Sendable {
    /// What rounding can cost in an order; nil in any.
    case bound(ReductionOrder?)
    /// At most so many units of the accumulator's roundoff times the sums' magnitudes.
    case scaled(Double)
    /// Every result is the exact value rounded to nearest even.
    case correctlyRounded
  }

  package var demand: Demand
  /// The format in which sums are added up.
  package var accumulator: Format

  package init(_ demand: Demand, accumulator: Format) {
    (self.demand, self.accumulator) = (demand, accumulator)
  }

  /// What is asked where nothing else is: FP32's sums, in any order.
  package static let standard = ArrayCriterion(.bound(nil), accumulator: .fp32)

  /// The probability with which the probabilistic bound fails where no other is asked for.
  private static let failure = 1e-6

  /// The criterion of a text: `bound`, `bound:fp16`, `bound:fp32:blocked:128`, `scaled:40`,
  /// `correctly-rounded`; nil of another.
  package init?(_ text: String) {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let name = parts.removeFirst()
    self = .standard
    switch (name, parts.count) {
    case ("correctly-rounded", 0): demand = .correctlyRounded
    case ("scaled", 1...2):
      guard let limit = Double(parts[0]), limit > 0, limit.isFinite else { return nil }
      demand = .scaled(limit)
      if parts.count > 1 { guard read(accumulator: parts[1]) else { return nil } }
    case ("bound", 0): break
    case ("bound", 1...3):
      guard read(accumulator: parts[0]) else { return nil }
      switch (parts.dropFirst().first, parts.count) {
      case (nil, _): break
      case ("sequential", 2): demand = .bound(.sequential)
      case ("pairwise", 2): demand = .bound(.pairwise)
      case ("blocked", 3):
        guard let length = Int(parts[2]), length > 0 else { return nil }
        demand = .bound(.blocked(length))
      case ("probabilistic", 2...3):
        let failure = parts.count > 2 ? Double(parts[2]) : Self.failure
        guard let failure, failure > 0, failure < 1 else { return nil }
        demand = .bound(.probabilistic(failure: failure))
      default: return nil
      }
    default: return nil
    }
  }

  private mutating func read(accumulator text: String) -> Bool {
    guard let format = Format(id: text), format.bitWidth <= 32 else { return false }
    accumulator = format
    return true
  }

  /// The forms that are known.
  package static let names = [
    "bound", "bound:FORMAT", "bound:FORMAT:sequential", "bound:FORMAT:pairwise",
    "bound:FORMAT:blocked:N", "bound:FORMAT:probabilistic", "scaled:N", "scaled:N:FORMAT",
    "correctly-rounded",
  ]

  /// The text that it is written as.
  package var text: String {
    switch demand {
    case .correctlyRounded: return "correctly-rounded"
    case .scaled(let limit):
      let number =
        limit == limit.rounded() && limit < 0x1p53 ? "\(Int(limit))" : "\(limit)"
      return accumulator == .fp32 ? "scaled:\(number)" : "scaled:\(number):\(accumulator.id)"
    case .bound(let order):
      let start = "bound:\(accumulator.id)"
      switch order {
      case nil: return start
      case .sequential?: return "\(start):sequential"
      case .pairwise?: return "\(start):pairwise"
      case .blocked(let length)?: return "\(start):blocked:\(length)"
      case .probabilistic(let failure)?:
        return failure == Self.failure
          ? "\(start):probabilistic" : "\(start):probabilistic:\(failure)"
      }
    }
  }

  /// The largest scaled error that results of a case may have, and its name; the limit is nil where
  /// the bound is void.
  ///
  /// - Parameters:
  ///   - terms: The terms of each sum.
  ///   - count: The results that are judged together.
  func limit(_ data: ArrayData, terms: Int, count: Int) -> (value: Double?, text: String) {
    switch demand {
    case .correctlyRounded: return (nil, ArrayCaseResult.everyNearest)
    case .scaled(let limit): return (limit, "scaled error at most \(limit)")
    case .bound(let order?):
      let bound = bound(order, terms, count)
      return (bound.limit, bound.text)
    case .bound(nil):
      // No order of n terms has more roundings than one after the other.
      let proven = bound(.sequential, terms, count)
      let likely = bound(.probabilistic(failure: Self.failure), terms, count)
      guard data.isRandom, let limit = likely.limit, limit < proven.limit ?? .infinity else {
        return (proven.limit, proven.text)
      }
      return (limit, likely.text)
    }
  }

  private func bound(_ order: ReductionOrder, _ terms: Int, _ count: Int) -> ReductionBound {
    ReductionBound(
      order, terms: terms,
      unitRoundoff: ScaledError.Arithmetic(
        accumulator: accumulator, output: accumulator, terms: terms
      ).unitRoundoff, sums: count)
  }
}

extension ArrayCriterion: Codable {
  package init(from decoder: any Decoder) throws {
    let values = try decoder.singleValueContainer()
    guard let criterion = ArrayCriterion(try values.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: values, debugDescription: "no criterion")
    }
    self = criterion
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.singleValueContainer()
    try values.encode(text)
  }
}
