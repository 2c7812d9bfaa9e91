// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// The buffer functions of SoftFloat: the loops that vectorise.
package struct BatchSubject: Subject {
  /// `batch`.
  package let name = "batch"
  /// True.
  package let reportsFlags = true
  /// True: the NaN policies define every bit.
  package let deliversDefinedNaNs = true

  /// The subject.
  package init() {}

  /// The batch function; every evaluation has one.
  package func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable> {
    .success { block, results, flags in
      Batch.evaluate(
        evaluation.operation, format: evaluation.format, to: evaluation.to,
        semantics: evaluation.semantics, a: block.a, b: block.b, c: block.c,
        count: block.count, firstIndex: block.firstIndex, results: results, flags: flags)
    }
  }
}
