// SPDX-License-Identifier: Apache-2.0
import Formats

/// Terms of many sums, row by row.
package struct ProbeBatch: Sendable {
  /// The sums.
  package let rows: Int
  /// n, the terms of each.
  package let terms: Int
  /// The terms, or their first factors: `rows` times `terms` encodings of the input format.
  package internal(set) var x: [UInt32]
  /// The second factors, as many; of a kernel that takes sums alone none. Where all rows share them,
  /// one row: a vector, or the column of a matrix.
  package internal(set) var y: [UInt32]
}

/// A kernel that sums, as far as probes have to know it: y = Σ x(i), or Σ x(i) y(i), i in 0..<n.
package struct SumProbe {
  /// n.
  package let terms: Int
  /// The format of x and y.
  package let input: Format
  /// The format of a result.
  package let output: Format
  /// Whether terms are products.
  package let hasProducts: Bool
  /// Whether the sums of one call have their second factors in common, as the elements of a column
  /// of a matrix product have: terms then reach less far, as they are told apart by x alone.
  package let sharesFactors: Bool
  /// The most terms of one call.
  package let batchTerms: Int
  /// The results of a batch, an encoding a row.
  package let results: (ProbeBatch) throws -> [UInt32]

  /// A kernel; four million terms a call are 16 MiB of FP32.
  package init(
    terms: Int, input: Format, output: Format, hasProducts: Bool = false,
    sharesFactors: Bool = false, batchTerms: Int = 1 << 22,
    results: @escaping (ProbeBatch) throws -> [UInt32]
  ) {
    (self.terms, self.input, self.output) = (terms, input, output)
    (self.hasProducts, self.sharesFactors) = (hasProducts, hasProducts && sharesFactors)
    (self.batchTerms, self.results) = (batchTerms, results)
  }
}
