// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// The scalar arithmetic of SoftFloat in 32-bit lanes, one element at a time.
package struct NarrowSubject: Subject {
  /// `soft32`.
  package let name = "soft32"
  /// True.
  package let reportsFlags = true
  /// True: the NaN policies define every bit.
  package let deliversDefinedNaNs = true

  /// The subject.
  package init() {}

  /// The function of an evaluation that 32-bit lanes hold.
  package func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable> {
    guard
      let evaluate = NarrowEvaluator(
        evaluation.operation, format: evaluation.format, to: evaluation.to,
        semantics: evaluation.semantics)
    else {
      return .failure(
        CaseSelection.Unavailable(
          reason: "32-bit lanes do not hold it: soft32 has no such function"))
    }
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
