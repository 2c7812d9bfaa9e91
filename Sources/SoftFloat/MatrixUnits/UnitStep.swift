// SPDX-License-Identifier: Apache-2.0

/// One step of a unit's walk in eight columns at once.
protocol UnitStep: Sendable {
  /// What the unit's function is computed in.
  associatedtype Scalar: UnitScalar
  /// Eight columns.
  typealias Lanes = SIMD8<Scalar>
  /// Some of them.
  typealias Mask = SIMDMask<SIMD8<Scalar.SIMDMaskScalar>>

  /// d = f(a, b, c) where all is finite.
  ///
  /// - Parameters:
  ///   - a: L values of a row.
  ///   - powers: for each 2^e, e its exponent as the unit decodes it; 0 for a zero.
  ///   - b: for each term the values of the columns, then their powers.
  ///   - c: replaced by d.
  /// - Returns: the columns that have to be computed by the definition.
  func advance(
    _ a: UnsafePointer<Scalar>, _ powers: UnsafePointer<Scalar>, _ b: UnsafePointer<Lanes>,
    _ c: inout Lanes
  ) -> Mask
}

/// The formats in which the functions of units are computed.
protocol UnitScalar: SIMDScalar, BinaryFloatingPoint, Codable {
  /// 2^(field - 127), `field` being the exponent field of a normal FP32 number.
  static func power(field: UInt32) -> Self
}

extension Double: UnitScalar {
  @inline(__always)
  static func power(field: UInt32) -> Double {
    // FP64's bias less FP32's.
    Double(bitPattern: (UInt64(field) &+ UInt64(1023 - 127)) &<< 52)
  }
}

extension Float: UnitScalar {
  @inline(__always)
  static func power(field: UInt32) -> Float { Float(bitPattern: field &<< 23) }
}
