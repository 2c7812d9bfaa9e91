// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// The scalar arithmetic of SoftFloat, one element at a time.
package struct SoftSubject: Subject {
  /// `soft`.
  package let name = "soft"
  /// True.
  package let reportsFlags = true
  /// True: the NaN policies define every bit.
  package let deliversDefinedNaNs = true

  /// The subject.
  package init() {}

  /// The scalar function in a loop; every evaluation has one.
  package func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable> {
    let evaluate = ScalarEvaluator(
      evaluation.operation, format: evaluation.format, to: evaluation.to,
      semantics: evaluation.semantics)
    return .success { block, results, flags in
      for i in 0..<block.count {
        let rounded = evaluate(
          block.a[i], block.b[i], block.c[i], index: block.firstIndex + UInt64(i))
        results[i] = rounded.value
        flags[i] = rounded.flags.rawValue
      }
    }
  }
}
