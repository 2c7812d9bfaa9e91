// SPDX-License-Identifier: Apache-2.0

/// The type in which a kernel holds operands and sums: FP32, also for the narrower formats, or
/// FP64.
protocol ProductElement: BinaryFloatingPoint, Sendable {
  /// The elements of an operand where they already are of this type.
  static func elements(_ storage: MatrixOperand.Storage) -> UnsafePointer<Self>?
  /// The elements of a result where they are of this type.
  static func elements(_ storage: MatrixResult.Storage) -> UnsafeMutablePointer<Self>?
  /// The value of an FP32 number.
  init(widening value: Float)
  /// The value of an FP64 number, rounded to nearest where this type is narrower.
  init(narrowing value: Double)
}

extension Float: ProductElement {
  @inline(__always)
  static func elements(_ storage: MatrixOperand.Storage) -> UnsafePointer<Float>? {
    if case .float(let elements) = storage { elements } else { nil }
  }

  @inline(__always)
  static func elements(_ storage: MatrixResult.Storage) -> UnsafeMutablePointer<Float>? {
    if case .float(let elements) = storage { elements } else { nil }
  }

  @inline(__always) init(widening value: Float) { self = value }
  @inline(__always) init(narrowing value: Double) { self = Float(value) }
}

extension Double: ProductElement {
  @inline(__always)
  static func elements(_ storage: MatrixOperand.Storage) -> UnsafePointer<Double>? {
    if case .double(let elements) = storage { elements } else { nil }
  }

  @inline(__always)
  static func elements(_ storage: MatrixResult.Storage) -> UnsafeMutablePointer<Double>? {
    if case .double(let elements) = storage { elements } else { nil }
  }

  @inline(__always) init(widening value: Float) { self = Double(value) }
  @inline(__always) init(narrowing value: Double) { self = value }
}
