// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// The buffer functions of SoftFloat: the loops that vectorise.
public struct BatchSubject: Subject {
  /// `batch`.
  public let name = "batch"
  /// True.
  public let reportsFlags = true
  /// True: the NaN policies define every bit.
  public let deliversDefinedNaNs = true

  /// The subject.
  public init() {}

  /// The batch function; every evaluation has one.
  public func function(
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
