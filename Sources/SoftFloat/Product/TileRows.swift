// SPDX-License-Identifier: Apache-2.0

/// Sums of some rows by two vectors of columns that stay in registers over all terms of a block.
///
/// Rows are stacked at compile time; `TileKernel` says how many are the most.
protocol TileRows {
  associatedtype Step: TermStep
  typealias Vector = Step.Vector
  typealias Element = Vector.Element

  /// The number of rows.
  static var count: Int { get }
  /// Sums of +0.
  init()
  /// The sums in memory, `stride` elements from row to row.
  init(from address: UnsafePointer<Element>, stride: Int)
  /// Writes the sums.
  func write(to address: UnsafeMutablePointer<Element>, stride: Int)
  /// Adds one term: the rows' elements of the left operand, `stride` elements apart, times two
  /// vectors of the right one.
  mutating func add(
    _ x: UnsafePointer<Element>, stride: Int, _ low: Vector, _ high: Vector)
}

/// One row.
struct Row<Step: TermStep>: TileRows {
  private var low: Step.Vector
  private var high: Step.Vector

  @inline(__always) static var count: Int { 1 }

  @inline(__always) init() {
    low = Vector(all: 0)
    high = low
  }

  @inline(__always) init(from address: UnsafePointer<Element>, stride: Int) {
    low = Vector(from: address)
    high = Vector(from: address + Vector.width)
  }

  @inline(__always) func write(to address: UnsafeMutablePointer<Element>, stride: Int) {
    low.write(to: address)
    high.write(to: address + Vector.width)
  }

  @inline(__always)
  mutating func add(
    _ x: UnsafePointer<Element>, stride: Int, _ low: Vector, _ high: Vector
  ) {
    let factor = Vector(all: x.pointee)
    Step.add(factor, low, to: &self.low)
    Step.add(factor, high, to: &self.high)
  }
}

/// The rows of two tiles, one above the other.
struct Stack<Top: TileRows, Bottom: TileRows>: TileRows where Top.Step == Bottom.Step {
  typealias Step = Top.Step
  private var top: Top
  private var bottom: Bottom

  @inline(__always) static var count: Int { Top.count + Bottom.count }

  @inline(__always) init() {
    top = Top()
    bottom = Bottom()
  }

  @inline(__always) init(from address: UnsafePointer<Element>, stride: Int) {
    top = Top(from: address, stride: stride)
    bottom = Bottom(from: address + Top.count &* stride, stride: stride)
  }

  @inline(__always) func write(to address: UnsafeMutablePointer<Element>, stride: Int) {
    top.write(to: address, stride: stride)
    bottom.write(to: address + Top.count &* stride, stride: stride)
  }

  @inline(__always)
  mutating func add(
    _ x: UnsafePointer<Element>, stride: Int, _ low: Vector, _ high: Vector
  ) {
    top.add(x, stride: stride, low, high)
    bottom.add(x + Top.count &* stride, stride: stride, low, high)
  }
}
