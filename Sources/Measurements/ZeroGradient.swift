// SPDX-License-Identifier: Apache-2.0

/// The elements of a parameter's gradient that are zero in exact arithmetic, so that the reference
/// has its rounding errors in their places.
package struct ZeroGradient: Codable, Sendable, Hashable {
  /// The gradient.
  package var tag: TensorTag
  /// The number of its elements.
  package var elements: Int
  /// The first element and the number of elements of each run of zeros, one after the other,
  /// ascending.
  package private(set) var runs: [Int] = []

  /// The elements for which the flag is set.
  package init(tag: TensorTag, flags: [Bool]) {
    self.tag = tag
    elements = flags.count
    var start: Int?
    for i in 0...flags.count {
      let isZero = i < flags.count && flags[i]
      if isZero, start == nil { start = i }
      if !isZero, let first = start {
        runs += [first, i - first]
        start = nil
      }
    }
  }

  /// All elements of a gradient.
  package init(whole tag: TensorTag, elements: Int) {
    self.tag = tag
    self.elements = elements
    runs = [0, elements]
  }

  /// The runs as ranges.
  package var ranges: [Range<Int>] {
    stride(from: 0, to: runs.count - 1, by: 2).map { runs[$0]..<runs[$0] + runs[$0 + 1] }
  }

  /// The elements between the runs.
  package var others: [Range<Int>] {
    let ends = [0] + ranges.map(\.upperBound)
    let starts = ranges.map(\.lowerBound) + [elements]
    return zip(ends, starts).map { $0..<$1 }.filter { !$0.isEmpty }
  }

  /// Whether every element is zero.
  package var isWhole: Bool { ranges.reduce(0) { $0 + $1.count } == elements }

  /// Whether a tensor is the gradient, or the parameter, a cast of it or its update.
  package func isOf(_ other: TensorTag) -> Bool {
    guard tag.layer == other.layer else { return false }
    return tag == other
      || other.kind.direction == .optimizer
        && (other.operation == tag.operation
          || other.operation.hasPrefix("\(tag.operation)-cast"))
  }
}
