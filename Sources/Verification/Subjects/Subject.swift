// SPDX-License-Identifier: Apache-2.0
import Formats

/// An operation in a format, the format of its result and the attributes it is evaluated under.
package struct Evaluation: Hashable, Sendable {
  /// The operation.
  package var operation: ArithmeticOperation
  /// The format of the operands.
  package var format: Format
  /// The format of the result; differs from `format` in `convert` only.
  package var to: Format
  /// The attributes.
  package var semantics: Semantics

  /// The evaluation with the given parts.
  package init(operation: ArithmeticOperation, format: Format, to: Format, semantics: Semantics) {
    self.operation = operation
    self.format = format
    self.to = to
    self.semantics = semantics
  }
}

/// A run of operand tuples in buffers: element i is the case `firstIndex + i`.
package struct OperandBlock {
  /// The operands, right-aligned.
  package var a, b, c: UnsafePointer<UInt64>
  /// The number of elements.
  package var count: Int
  /// The index of the first element in its case set.
  package var firstIndex: UInt64

  /// The run of `count` tuples.
  package init(
    a: UnsafePointer<UInt64>, b: UnsafePointer<UInt64>, c: UnsafePointer<UInt64>, count: Int,
    firstIndex: UInt64
  ) {
    (self.a, self.b, self.c) = (a, b, c)
    (self.count, self.firstIndex) = (count, firstIndex)
  }
}

/// Writes the results and the raw exception flags of a block.
package typealias BlockFunction =
  @Sendable (OperandBlock, UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UInt8>) -> Void

/// An implementation under test.
package protocol Subject: Sendable {
  /// The name on the command line and in results.
  var name: String { get }
  /// Whether it reports exceptions, which then must equal the reference's.
  var reportsFlags: Bool { get }
  /// Whether its NaNs must equal the reference's bit for bit; else any NaN equals any NaN.
  var deliversDefinedNaNs: Bool { get }
  /// The function that computes an evaluation on any thread, or why there is none. A plan asks
  /// once.
  func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable>
}

/// A source of reference results.
package protocol Reference: Sendable {
  /// The name in results.
  var name: String { get }
  /// An evaluator of one operation under every one of `variants`, for the calling thread alone.
  func evaluator(
    operation: ArithmeticOperation, format: Format, to: Format, variants: [Semantics]
  ) -> any ReferenceEvaluator
}

/// Evaluates blocks under several variants at once; bound to a thread.
package protocol ReferenceEvaluator: AnyObject {
  /// Writes the results and raw flags of each variant to the buffers at its position.
  func evaluate(
    _ block: OperandBlock, results: [UnsafeMutablePointer<UInt64>],
    flags: [UnsafeMutablePointer<UInt8>])
}
