// SPDX-License-Identifier: Apache-2.0

/// Where the error of an operation's result comes from: what the operation's own roundings added,
/// and what its operands brought along.
///
/// y is the operation's result, y* the reference's arithmetic applied to the same operands, and x
/// the reference's result: y - x = (y - y*) + (y* - x). Sums merge by addition; a pair with a
/// member that is not finite is counted instead.
package struct ErrorOrigin: Codable, Sendable, Hashable {
  /// Σ (y - y*)².
  package var addedSquares = 0.0
  /// Σ (y* - x)².
  package var inheritedSquares = 0.0
  /// Σ x².
  package var referenceSquares = 0.0
  /// The number of triples with a member that is NaN or at least 2^480 in magnitude.
  package var nonFinite = 0
  /// The roundings' bias.
  package var bias = RoundingBias()
  /// Σ ∂L/∂x (y - y*), the reference's gradient times the added error: what it does to the loss at
  /// first order, in units of the loss. Nil for what is no value of the forward pass.
  package var push: Double?
  /// Whether there was no reference, and x is y* itself: then nothing is known of what was
  /// inherited. Nil where there was one.
  package var isWithoutReference: Bool?

  /// No error.
  package init() {}

  /// ‖y - y*‖ / ‖x‖; nil where ‖x‖ = 0 or a value is not finite.
  package var added: Double? { share(addedSquares) }
  /// ‖y* - x‖ / ‖x‖; nil where ‖x‖ = 0, a value is not finite or there was no reference.
  package var inherited: Double? {
    isWithoutReference == true ? nil : share(inheritedSquares)
  }

  private func share(_ squares: Double) -> Double? {
    guard nonFinite == 0, referenceSquares > 0 else { return nil }
    return (squares / referenceSquares).squareRoot()
  }

  /// Adds values of one tensor, y and y* multiplied by `scale` first, which undoes a loss scale.
  ///
  /// - Precondition: the buffers have the same count.
  package mutating func add(
    result y: UnsafeBufferPointer<Double>, exact: UnsafeBufferPointer<Double>,
    reference x: UnsafeBufferPointer<Double>, scale: Double
  ) {
    let count = y.count
    precondition(count == exact.count && count == x.count)
    guard let y = y.baseAddress, let exact = exact.baseAddress, let x = x.baseAddress else {
      return
    }
    let bound = 0x1p480
    var (added, inherited, squares) = (InterleavedSums(), InterleavedSums(), InterleavedSums())
    var left = 0
    InterleavedSums.forEachBlock(of: count, buffers: 3) { range, scratch in
      let (own, brought, reference) = (scratch(0), scratch(1), scratch(2))
      let start = range.lowerBound
      for i in 0..<range.count {
        let (a, b, c) = (y[start + i] * scale, exact[start + i] * scale, x[start + i])
        let isFinite = a.magnitude < bound && b.magnitude < bound && c.magnitude < bound
        own[i] = isFinite ? a - b : 0
        brought[i] = isFinite ? b - c : 0
        reference[i] = isFinite ? c : 0
        left &+= isFinite ? 0 : 1
      }
      InterleavedSums.forEach(range.count) { first, last in
        let a = InterleavedSums.load(own, first, last)
        let b = InterleavedSums.load(brought, first, last)
        let c = InterleavedSums.load(reference, first, last)
        added.lanes += a * a
        inherited.lanes += b * b
        squares.lanes += c * c
      }
    }
    nonFinite += left
    addedSquares += added.total
    inheritedSquares += inherited.total
    referenceSquares += squares.total
  }

  /// Adds the sums of disjoint values.
  package mutating func merge(_ other: ErrorOrigin) {
    addedSquares += other.addedSquares
    inheritedSquares += other.inheritedSquares
    referenceSquares += other.referenceSquares
    nonFinite += other.nonFinite
    bias.merge(other.bias)
    push = push.map { $0 + (other.push ?? 0) } ?? other.push
    isWithoutReference = isWithoutReference ?? other.isWithoutReference
  }
}
