// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// MPFR through the oracle's blocks: one MPFR call per element serves all variants.
package struct MPFRReference: Reference {
  /// `mpfr`.
  package let name = "mpfr"

  /// The reference.
  package init() {}

  /// An evaluator over a block of the oracle.
  package func evaluator(
    operation: ArithmeticOperation, format: Format, to: Format, variants: [Semantics]
  ) -> any ReferenceEvaluator {
    BlockEvaluation(
      ReferenceBlock(operation: operation, format: format, to: to, variants: variants))
  }

  private final class BlockEvaluation: ReferenceEvaluator {
    let reference: ReferenceBlock

    init(_ reference: ReferenceBlock) { self.reference = reference }

    func evaluate(
      _ block: OperandBlock, results: [UnsafeMutablePointer<UInt64>],
      flags: [UnsafeMutablePointer<UInt8>]
    ) {
      reference.evaluate(
        a: block.a, b: block.b, c: block.c, count: block.count, firstIndex: block.firstIndex,
        results: results, flags: flags)
    }
  }
}
