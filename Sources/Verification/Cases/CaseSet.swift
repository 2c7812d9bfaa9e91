// SPDX-License-Identifier: Apache-2.0
import Formats

/// The buffers a case set writes its operands to: encodings and two's-complement integers,
/// right-aligned.
public struct OperandBuffers {
  /// The first, second and third operand of each case; an operation of smaller arity leaves the
  /// rest alone.
  public var a, b, c: UnsafeMutablePointer<UInt64>

  /// The three buffers.
  public init(
    a: UnsafeMutablePointer<UInt64>, b: UnsafeMutablePointer<UInt64>,
    c: UnsafeMutablePointer<UInt64>
  ) {
    (self.a, self.b, self.c) = (a, b, c)
  }
}

/// A finite sequence of operand tuples in which case i is a pure function of i, so that it can be
/// split among shards and taken up again anywhere.
public protocol CaseSet: Sendable {
  /// The number of cases.
  var count: UInt64 { get }

  /// Writes cases `start ..< start + count`, all of them below `self.count`.
  func fill(from start: UInt64, count: Int, into buffers: OperandBuffers)
}

/// What an operand of an operation is.
public enum OperandKind: Hashable, Sendable {
  /// An encoding of a format.
  case float(Format)
  /// A two's-complement integer in the low bits.
  case int32, int64

  /// The number of bits of an operand.
  public var bitWidth: Int {
    switch self {
    case .float(let format): format.bitWidth
    case .int32: 32
    case .int64: 64
    }
  }
}

extension ArithmeticOperation {
  /// The kinds of the operands, in order.
  public func operandKinds(_ format: Format) -> [OperandKind] {
    switch self {
    case .fromInt32: [.int32]
    case .fromInt64: [.int64]
    case .scaleB: [.float(format), .int32]
    default: Array(repeating: .float(format), count: arity)
    }
  }

  /// The kind of the result; nil for a relation.
  public func resultKind(_ format: Format, to: Format) -> OperandKind? {
    switch self {
    case .compareQuiet, .compareSignaling: nil
    case .logB, .toInt32: .int32
    case .toInt64: .int64
    case .convert, .fromInt32, .fromInt64: .float(to)
    default: .float(format)
    }
  }
}
