// SPDX-License-Identifier: Apache-2.0

/// Eight partial sums in FP64 of terms whose indices agree modulo eight, then added as a tree, each
/// half to the other: a vector's order, the same on every machine.
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

  /// Calls `body` for every eight elements, of which the last may be fewer: with the index of the
  /// first, and the rest where there are no eight.
  @inline(__always)
  static func forEach(_ count: Int, _ body: (_ first: Int, _ rest: Int?) -> Void) {
    var first = 0
    while first &+ lanes <= count {
      body(first, nil)
      first &+= lanes
    }
    if first < count { body(first, count &- first) }
  }

  /// The elements from `first` on: eight, or `rest` of them and zeros.
  @inline(__always)
  static func load(_ elements: UnsafePointer<Double>, _ first: Int, _ rest: Int?) -> Vector {
    guard let rest else {
      return UnsafeRawPointer(elements + first).loadUnaligned(as: Vector.self)
    }
    var vector = Vector.zero
    for i in 0..<rest { vector[i] = elements[first &+ i] }
    return vector
  }

  /// Elements that are widened at a time: they stay in the first cache level. Whole vectors, so
  /// that every element keeps its lane.
  private static let block = 512

  /// Calls `body` with blocks of 0..<count and room for so many of their elements, `buffers` times.
  @inline(__always)
  static func forEachBlock(
    of count: Int, buffers: Int,
    _ body: (_ range: Range<Int>, _ scratch: (_ buffer: Int) -> UnsafeMutablePointer<Double>)
      -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: buffers * block) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for first in stride(from: 0, to: count, by: block) {
        body(first..<min(first + block, count)) { scratch + $0 * block }
      }
    }
  }
}

/// Numbers that measurements read in FP64.
protocol MeasuredElement: Equatable {
  associatedtype Bits: FixedWidthInteger & UnsignedInteger
  /// The number in FP64.
  var double: Double { get }
  /// The encoding of |x|: those of numbers are in the numbers' order, and NaNs above them.
  var magnitudeBits: Bits { get }
  /// The number of an encoding.
  init(bitPattern: Bits)
}

extension Double: MeasuredElement {
  @inline(__always) var double: Double { self }
  @inline(__always) var magnitudeBits: UInt64 { magnitude.bitPattern }
}

extension Float: MeasuredElement {
  @inline(__always) var double: Double { Double(self) }
  @inline(__always) var magnitudeBits: UInt32 { magnitude.bitPattern }
}

extension UnsafePointer where Pointee: MeasuredElement {
  /// min |x| and max |x| of so many elements, NaN where there is one.
  @inline(__always)
  func extremes(_ count: Int) -> (least: Double, greatest: Double) {
    var (least, greatest) = (Pointee.Bits.max, Pointee.Bits.zero)
    for i in 0..<count {
      let bits = self[i].magnitudeBits
      least = Swift.min(least, bits)
      greatest = Swift.max(greatest, bits)
    }
    return (Pointee(bitPattern: least).double, Pointee(bitPattern: greatest).double)
  }
}
