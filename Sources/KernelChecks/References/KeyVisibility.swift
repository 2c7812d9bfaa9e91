// SPDX-License-Identifier: Apache-2.0

/// The keys that each query of an attention sees.
struct KeyVisibility: Sendable {
  let queries: Int
  private let keys: Int
  private let isCausal: Bool
  private let mask: [Bool]?

  /// Of a mask that is queries x keys; throws a `ReductionFailure` of another one.
  init(queries: Int, keys: Int, isCausal: Bool, mask: [Bool]?) throws(ReductionFailure) {
    if let mask, mask.count != queries * keys {
      throw ReductionFailure(
        "the mask has \(mask.count) elements; it has to be \(queries) x \(keys)")
    }
    (self.queries, self.keys, self.isCausal, self.mask) = (queries, keys, isCausal, mask)
  }

  /// The keys that a query sees, in ascending order: where it is causal, the last query sees all.
  func keys(ofQuery row: Int) -> [Int] {
    let end = isCausal ? min(keys, max(0, row + keys - queries + 1)) : keys
    return (0..<end).filter { mask?[row * keys + $0] ?? true }
  }

  /// The queries that see no key.
  var maskedRows: [Int] { (0..<queries).filter { keys(ofQuery: $0).isEmpty } }
}
