// SPDX-License-Identifier: Apache-2.0
import Expressions
import Formats

/// A sum, mean or dot product in JSON.
struct ReductionRecord: Encodable {
  struct Stage: Encodable {
    var name: String
    var operations: Int
    var inexact: Int
    /// Additions of a nonzero number that left the sum as it was.
    var withoutEffect: Int
    /// The error that the stage adds, in ulp of the exact value.
    var errorUlp: Double
    /// The sum after the stage of a sequential sum.
    var sum: Datum?
  }

  struct Standstill: Encodable {
    var fromTerm: Int
    var terms: Int
    var sum: Datum
  }

  var kind: Reduction.Kind
  var terms: Int
  /// Elements that their format rounded.
  var roundedElements: Int
  /// Of these, those beyond its range.
  var overflowedElements: Int
  var infinities: Int
  var nans: Int
  var accumulator: String
  /// The format of the result.
  var format: String
  var order: String
  /// Of a dot product: `fused` or `productThenSum`.
  var step: String?
  /// Every digit of the exact value, or the first ones; absent with infinities or NaNs.
  var exact: String?
  var stages: [Stage]
  var standstill: Standstill?

  init(_ outcome: Reduction.Outcome, ulpExponent: Int) {
    kind = outcome.kind
    terms = outcome.count
    roundedElements = outcome.roundedElements
    overflowedElements = outcome.overflowedElements
    (infinities, nans) = outcome.specials
    accumulator = outcome.accumulator.id
    format = outcome.format.id
    order = outcome.settings.order.name
    step = outcome.kind == .dot ? outcome.settings.step.rawValue : nil
    exact = outcome.exact?.decimal
    stages = outcome.stages.map { stage in
      Stage(
        name: stage.name, operations: stage.operations, inexact: stage.inexact,
        withoutEffect: stage.swamped,
        errorUlp: outcome.error(of: stage, ulpExponent: ulpExponent),
        sum: stage.running.map { Datum($0, outcome.accumulator) })
    }
    standstill = outcome.standstill.map {
      Standstill(fromTerm: $0.term, terms: $0.terms, sum: Datum($0.sum, outcome.accumulator))
    }
  }
}

extension Reduction.Order {
  /// The order as the command line writes it.
  var name: String {
    switch self {
    case .sequential: "sequential"
    case .pairwise(let leaf): "pairwise:\(leaf)"
    case .chunked(let terms): "chunked:\(terms)"
    case .split(let parts): "split:\(parts)"
    }
  }
}
