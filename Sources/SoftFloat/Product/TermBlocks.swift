// SPDX-License-Identifier: Apache-2.0
import Formats

/// The ranges of terms that an order sums sequentially, in ascending order and none empty.
struct TermBlocks {
  let count: Int
  private let terms: Int
  private let size: Int
  private let parts: Int

  init(_ order: Accumulation.Order, terms: Int) {
    self.terms = terms
    switch order {
    case .sequential, .matrixUnit: (size, parts) = (max(terms, 1), 0)
    case .pairwise(let leaf): (size, parts) = (leaf, 0)
    case .chunked(let chunk, _): (size, parts) = (chunk, 0)
    case .splitK(let wanted, _):
      // With more parts than terms, the others are empty and add +0, which changes no sum: the
      // terms then stand alone.
      (size, parts) = (1, wanted < terms ? wanted : 0)
    }
    count = parts > 0 ? parts : terms == 0 ? 0 : (terms - 1) / size + 1
  }

  subscript(block: Int) -> Range<Int> {
    if parts > 0 { return block * terms / parts..<(block + 1) * terms / parts }
    return block * size..<min(terms - block * size, size) + block * size
  }
}
