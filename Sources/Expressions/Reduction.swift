// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import SoftFloat

/// A sum, mean or dot product in a declared order, every rounding counted. docs/semantics.md,
/// "Matrix products", defines the orders.
package enum Reduction {
  package enum Kind: String, CaseIterable, Equatable, Encodable { case sum, mean, dot }

  package enum Order: Hashable {
    case sequential
    /// Blocks of `leaf` terms, added as a tree.
    case pairwise(leaf: Int)
    /// Sums of `terms` terms, then their sum in order.
    case chunked(terms: Int)
    /// As many consecutive parts, then their sum in order.
    case split(parts: Int)
  }

  /// Whether a dot product rounds its products.
  package enum ProductStep: String, CaseIterable { case fused, productThenSum }

  /// How a reduction is made.
  package struct Settings {
    /// The format of partial sums, that of the elements if nil.
    package var accumulator: ValueFormat?
    package var order = Order.sequential
    package var step = ProductStep.fused
    /// The format in which the sums of chunks or parts are added, the accumulator's if nil.
    package var sums: ValueFormat?

    /// A reduction in order, fused, in the format of its elements, or otherwise as given.
    package init(
      accumulator: ValueFormat? = nil, order: Order = .sequential, step: ProductStep = .fused,
      sums: ValueFormat? = nil
    ) {
      self.accumulator = accumulator
      self.order = order
      self.step = step
      self.sums = sums
    }
  }

  /// The rounding errors of one part of the work.
  package struct Stage {
    package var name: String
    /// Operations of the stage.
    package var operations = 0
    /// Of these, those that rounded.
    package var inexact = 0
    /// Of these, additions of a nonzero number that left the sum as it was.
    package var swamped = 0
    /// The sum of result - exact of its operations.
    package var error = FixedPointSum()
    /// What a division should have delivered, and its result.
    package var division: (exact: ExactReal, result: BigDyadic)?
    /// The sum after the stage, where it is the running one.
    package var running: UInt64?
  }

  /// From where on a sequential sum stood still although nonzero terms followed.
  package struct Standstill {
    /// The number of the first term that it no longer took in, from 1.
    package var term: Int
    /// Nonzero terms from there on.
    package var terms: Int
    /// The sum at which it stood.
    package var sum: UInt64
  }

  /// What a reduction was and what it made of its elements.
  package struct Outcome {
    package var kind: Kind
    package var count: Int
    package var settings: Settings
    package var accumulator: ValueFormat
    /// The format of the result: `sums`, or the accumulator's.
    package var format: ValueFormat
    var result: UInt64
    var flags: Exceptions
    /// The exact sum of the elements as their format holds them; nil with infinities or NaNs.
    var exactSum: BigDyadic?
    /// The exact value: of a mean the sum over the count.
    package var exact: ExactReal?
    package var stages: [Stage]
    package var standstill: Standstill?
    /// Elements that are infinities, and NaNs.
    package var specials: (infinities: Int, nans: Int)
    /// Elements that their format rounded.
    package var roundedElements: Int
    /// Of these, those beyond its range.
    package var overflowedElements: Int
  }
}
