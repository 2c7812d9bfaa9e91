// SPDX-License-Identifier: Apache-2.0
import Formats

/// IEEE binary16 in software.
@frozen
public struct Binary16: SoftwareBinaryFloatingPoint {
  /// The lane.
  public typealias Word = UInt32
  /// The encoding.
  public var bitPattern: UInt16
  /// The number that an encoding stands for.
  @inlinable public init(bitPattern: UInt16) { self.bitPattern = bitPattern }
  /// fp16.
  @inlinable public static var format: Format { .fp16 }
}

/// bfloat16: binary32's exponents with 8 significand bits.
@frozen
public struct BFloat16: SoftwareBinaryFloatingPoint {
  /// The lane.
  public typealias Word = UInt32
  /// The encoding.
  public var bitPattern: UInt16
  /// The number that an encoding stands for.
  @inlinable public init(bitPattern: UInt16) { self.bitPattern = bitPattern }
  /// bf16.
  @inlinable public static var format: Format { .bf16 }
}

/// TensorFloat-32: 19 bits, right-aligned in 32.
@frozen
public struct TensorFloat32: SoftwareBinaryFloatingPoint {
  /// The lane.
  public typealias Word = UInt32
  /// The encoding.
  public var bitPattern: UInt32
  /// The number that an encoding stands for.
  @inlinable public init(bitPattern: UInt32) { self.bitPattern = bitPattern }
  /// tf32.
  @inlinable public static var format: Format { .tf32 }
}

/// IEEE binary32 in software.
@frozen
public struct Binary32: SoftwareBinaryFloatingPoint {
  /// The lane.
  public typealias Word = UInt64
  /// The encoding.
  public var bitPattern: UInt32
  /// The number that an encoding stands for.
  @inlinable public init(bitPattern: UInt32) { self.bitPattern = bitPattern }
  /// fp32.
  @inlinable public static var format: Format { .fp32 }
}

/// OCP OFP8 E5M2.
@frozen
public struct Float8E5M2: SoftwareBinaryFloatingPoint {
  /// The lane.
  public typealias Word = UInt32
  /// The encoding.
  public var bitPattern: UInt8
  /// The number that an encoding stands for.
  @inlinable public init(bitPattern: UInt8) { self.bitPattern = bitPattern }
  /// e5m2.
  @inlinable public static var format: Format { .e5m2 }
}

/// OCP OFP8 E4M3: no infinities, so it cannot be a `BinaryFloatingPoint`.
@frozen
public struct Float8E4M3FN: SoftwareArithmetic {
  /// The lane.
  public typealias Word = UInt32
  /// The encoding.
  public var bitPattern: UInt8
  /// The number that an encoding stands for.
  @inlinable public init(bitPattern: UInt8) { self.bitPattern = bitPattern }
  /// e4m3.
  @inlinable public static var format: Format { .e4m3 }
}

/// OCP MX FP6 E3M2: finite numbers only.
@frozen
public struct Float6E3M2FN: SoftwareArithmetic {
  /// The lane.
  public typealias Word = UInt32
  /// The encoding.
  public var bitPattern: UInt8
  /// The number that an encoding stands for.
  @inlinable public init(bitPattern: UInt8) { self.bitPattern = bitPattern }
  /// e3m2.
  @inlinable public static var format: Format { .e3m2 }
}

/// OCP MX FP6 E2M3: finite numbers only.
@frozen
public struct Float6E2M3FN: SoftwareArithmetic {
  /// The lane.
  public typealias Word = UInt32
  /// The encoding.
  public var bitPattern: UInt8
  /// The number that an encoding stands for.
  @inlinable public init(bitPattern: UInt8) { self.bitPattern = bitPattern }
  /// e2m3.
  @inlinable public static var format: Format { .e2m3 }
}

/// OCP MX FP4 E2M1: finite numbers only.
@frozen
public struct Float4E2M1FN: SoftwareArithmetic {
  /// The lane.
  public typealias Word = UInt32
  /// The encoding.
  public var bitPattern: UInt8
  /// The number that an encoding stands for.
  @inlinable public init(bitPattern: UInt8) { self.bitPattern = bitPattern }
  /// e2m1.
  @inlinable public static var format: Format { .e2m1 }
}

/// OCP MX scale E8M0: unsigned powers of two, without operators.
@frozen
public struct Float8E8M0: SoftwareFloat {
  /// The lane.
  public typealias Word = UInt64
  /// The encoding.
  public var bitPattern: UInt8
  /// The number that an encoding stands for.
  @inlinable public init(bitPattern: UInt8) { self.bitPattern = bitPattern }
  /// e8m0.
  @inlinable public static var format: Format { .e8m0 }
}
