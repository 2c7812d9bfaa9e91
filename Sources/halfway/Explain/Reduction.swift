// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import SoftFloat

/// A sum, mean or dot product in a declared order, every rounding counted. docs/semantics.md, "Matrix
/// products", defines the orders.
enum Reduction {
  enum Kind: String, CaseIterable, Equatable, Encodable { case sum, mean, dot }

  enum Order: Hashable {
    case sequential
    /// Blocks of `leaf` terms, added as a tree.
    case pairwise(leaf: Int)
    /// Sums of `terms` terms, then their sum in order.
    case chunked(terms: Int)
    /// As many consecutive parts, then their sum in order.
    case split(parts: Int)
  }

  /// Whether a dot product rounds its products.
  enum ProductStep: String, CaseIterable { case fused, productThenSum }

  /// How a reduction is made.
  struct Settings {
    /// The format of partial sums, that of the elements if nil.
    var accumulator: ValueFormat?
    var order = Order.sequential
    var step = ProductStep.fused
    /// The format in which the sums of chunks or parts are added, the accumulator's if nil.
    var sums: ValueFormat?
  }

  /// The rounding errors of one part of the work.
  struct Stage {
    var name: String
    /// Operations of the stage.
    var operations = 0
    /// Of these, those that rounded.
    var inexact = 0
    /// Of these, additions of a nonzero number that left the sum as it was.
    var swamped = 0
    /// The sum of result - exact of its operations.
    var error = FixedPointSum()
    /// What a division should have delivered, and its result.
    var division: (exact: ExactReal, result: Dyadic)?
    /// The sum after the stage, where it is the running one.
    var running: UInt64?
  }

  /// From where on a sequential sum stood still although nonzero terms followed.
  struct Standstill {
    /// The number of the first term that it no longer took in, from 1.
    var term: Int
    /// Nonzero terms from there on.
    var terms: Int
    /// The sum at which it stood.
    var sum: UInt64
  }

  /// What a reduction was and what it made of its elements.
  struct Outcome {
    var kind: Kind
    var count: Int
    var settings: Settings
    var accumulator: ValueFormat
    /// The format of the result: `sums`, or the accumulator's.
    var format: ValueFormat
    var result: UInt64
    var flags: Exceptions
    /// The exact sum of the elements as their format holds them; nil with infinities or NaNs.
    var exactSum: Dyadic?
    /// The exact value: of a mean the sum over the count.
    var exact: ExactReal?
    var stages: [Stage]
    var standstill: Standstill?
    /// Elements that are infinities, and NaNs.
    var specials: (infinities: Int, nans: Int)
    /// Elements that their format rounded.
    var roundedElements: Int
    /// Of these, those beyond its range.
    var overflowedElements: Int
  }
}
