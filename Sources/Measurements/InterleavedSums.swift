// SPDX-License-Identifier: Apache-2.0

/// Eight partial sums in FP64 of terms whose indices agree modulo eight, then added as a tree, each half to the
/// other: a vector's order, the same on every machine.
struct InterleavedSums {
  typealias Vector = SIMD8<Double>
  static let lanes = Vector.scalarCount

  /// The partial sums.
  var lanes = Vector.zero

  /// The sum.
  var total: Double {
    let four = lanes.lowHalf + lanes.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }

  /// Calls `body` with eight elements of each buffer at a time, the last ones with zeros behind them.
  @inline(__always)
  static func forEach(
    _ count: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>,
    _ body: (_ first: Int, Vector, Vector) -> Void
  ) {
    var first = 0
    while first + lanes <= count {
      body(first, load(a + first), load(b + first))
      first += lanes
    }
    guard first < count else { return }
    body(first, load(a + first, count - first), load(b + first, count - first))
  }

  /// Eight elements.
  @inline(__always)
  static func load(_ elements: UnsafePointer<Double>) -> Vector {
    UnsafeRawPointer(elements).loadUnaligned(as: Vector.self)
  }

  /// Fewer than eight elements, and zeros.
  @inline(__always)
  static func load(_ elements: UnsafePointer<Double>, _ count: Int) -> Vector {
    var vector = Vector.zero
    for i in 0..<min(count, lanes) { vector[i] = elements[i] }
    return vector
  }
}

/// Counts by lane.
struct InterleavedCounts {
  private var lanes = SIMD8<Int64>.zero

  /// The sum.
  var total: Int { Int(lanes.wrappedSum()) }

  /// Adds one in every lane that the mask has.
  @inline(__always)
  mutating func add(_ mask: SIMDMask<SIMD8<Int64>>) {
    lanes = lanes.replacing(with: lanes &+ SIMD8(repeating: 1), where: mask)
  }
}
