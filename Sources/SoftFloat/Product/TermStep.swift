// SPDX-License-Identifier: Apache-2.0

/// One term of a sum over vectors of columns, s = R(s + x y) or s = R(s + R(x y)).
protocol TermStep {
  associatedtype Vector: TileVector
  /// Whether a product is a number of its own, which needs a register.
  static var roundsProducts: Bool { get }
  /// The sum after one more term.
  static func add(_ x: Vector, _ y: Vector, to sum: inout Vector)
}

/// R(s + x y).
enum FusedStep<Vector: TileVector>: TermStep {
  @inline(__always) static var roundsProducts: Bool { false }
  @inline(__always)
  static func add(_ x: Vector, _ y: Vector, to sum: inout Vector) { sum.fuse(x, y) }
}

/// R(s + R(x y)).
enum ProductThenSumStep<Vector: TileVector>: TermStep {
  @inline(__always) static var roundsProducts: Bool { true }
  @inline(__always)
  static func add(_ x: Vector, _ y: Vector, to sum: inout Vector) { sum.addRounded(x, y) }
}

/// A vector of the columns of a tile.
///
/// The operations are stated for each concrete vector type, whose own operators are single
/// instructions; the generic ones of `SIMD` go lane by lane.
protocol TileVector {
  associatedtype Element: BinaryFloatingPoint
  /// The number of lanes.
  static var width: Int { get }
  /// Every lane the same.
  init(all value: Element)
  /// The elements from an address on, of any alignment.
  init(from address: UnsafePointer<Element>)
  /// Writes the lanes to an address of any alignment.
  func write(to address: UnsafeMutablePointer<Element>)
  /// self = R(self + x y), lane by lane.
  mutating func fuse(_ x: Self, _ y: Self)
  /// self = R(self + R(x y)), lane by lane.
  mutating func addRounded(_ x: Self, _ y: Self)
}

extension SIMD16<Float>: TileVector {
  @inline(__always) static var width: Int { 16 }
  @inline(__always) init(all value: Float) { self.init(repeating: value) }
  @inline(__always) init(from address: UnsafePointer<Float>) {
    self = UnsafeRawPointer(address).loadUnaligned(as: Self.self)
  }
  @inline(__always) func write(to address: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(address).storeBytes(of: self, as: Self.self)
  }
  @inline(__always) mutating func fuse(_ x: Self, _ y: Self) { addProduct(x, y) }
  @inline(__always) mutating func addRounded(_ x: Self, _ y: Self) { self += x * y }
}

/// Eight lanes of FP32; a type of its own, because `SIMD8` conforms for FP64 and cannot do so
/// twice.
struct SingleVector8: TileVector {
  private var lanes: SIMD8<Float>

  @inline(__always) static var width: Int { 8 }
  @inline(__always) init(all value: Float) { lanes = SIMD8(repeating: value) }
  @inline(__always) init(from address: UnsafePointer<Float>) {
    lanes = UnsafeRawPointer(address).loadUnaligned(as: SIMD8<Float>.self)
  }
  @inline(__always) func write(to address: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(address).storeBytes(of: lanes, as: SIMD8<Float>.self)
  }
  @inline(__always) mutating func fuse(_ x: Self, _ y: Self) { lanes.addProduct(x.lanes, y.lanes) }
  @inline(__always) mutating func addRounded(_ x: Self, _ y: Self) { lanes += x.lanes * y.lanes }
}

extension SIMD4<Double>: TileVector {
  @inline(__always) static var width: Int { 4 }
  @inline(__always) init(all value: Double) { self.init(repeating: value) }
  @inline(__always) init(from address: UnsafePointer<Double>) {
    self = UnsafeRawPointer(address).loadUnaligned(as: Self.self)
  }
  @inline(__always) func write(to address: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(address).storeBytes(of: self, as: Self.self)
  }
  @inline(__always) mutating func fuse(_ x: Self, _ y: Self) { addProduct(x, y) }
  @inline(__always) mutating func addRounded(_ x: Self, _ y: Self) { self += x * y }
}

extension SIMD8<Double>: TileVector {
  @inline(__always) static var width: Int { 8 }
  @inline(__always) init(all value: Double) { self.init(repeating: value) }
  @inline(__always) init(from address: UnsafePointer<Double>) {
    self = UnsafeRawPointer(address).loadUnaligned(as: Self.self)
  }
  @inline(__always) func write(to address: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(address).storeBytes(of: self, as: Self.self)
  }
  @inline(__always) mutating func fuse(_ x: Self, _ y: Self) { addProduct(x, y) }
  @inline(__always) mutating func addRounded(_ x: Self, _ y: Self) { self += x * y }
}
