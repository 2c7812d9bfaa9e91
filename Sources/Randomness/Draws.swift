// SPDX-License-Identifier: Apache-2.0

/// Numbers drawn one after the other from a stream of their own. Every operation is exact or
/// rounded once by IEEE 754, so that they are the same on every machine.
package struct Draws {
  private let stream: RandomStream
  private var index: UInt64 = 0

  package init(_ stream: RandomStream) { self.stream = stream }

  private mutating func next() -> UInt64 {
    index += 1
    return index - 1
  }

  /// A number in 0..<bound.
  package mutating func below(_ bound: Int) -> Int { stream.below(bound, next()) }

  /// A whole number of a range.
  package mutating func whole(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.upperBound - range.lowerBound + 1)
  }

  /// A number of a range, uniform.
  package mutating func number(_ range: ClosedRange<Double>) -> Double {
    let middle = (range.lowerBound + range.upperBound) / 2
    return middle + (range.upperBound - range.lowerBound) / 2 * stream.symmetric(next())
  }

  /// One of several, all equally likely.
  ///
  /// - Precondition: there is one.
  package mutating func one<Element>(of elements: [Element]) -> Element {
    elements[below(elements.count)]
  }
}
