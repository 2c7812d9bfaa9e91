// SPDX-License-Identifier: Apache-2.0
import Formats

/// The buffers a case set writes its operands to: encodings and two's-complement integers,
/// right-aligned.
package struct OperandBuffers {
  /// The first, second and third operand of each case; an operation of smaller arity leaves the
  /// rest alone.
  package var a, b, c: UnsafeMutablePointer<UInt64>

  /// The three buffers.
  package init(
    a: UnsafeMutablePointer<UInt64>, b: UnsafeMutablePointer<UInt64>,
    c: UnsafeMutablePointer<UInt64>
  ) {
    (self.a, self.b, self.c) = (a, b, c)
  }
}

/// A finite sequence of operand tuples in which case i is a pure function of i, so that it can be
/// split among shards and taken up again anywhere.
package protocol CaseSet: Sendable {
  /// The number of cases.
  var count: UInt64 { get }

  /// Writes cases `start ..< start + count`, all of them below `self.count`.
  func fill(from start: UInt64, count: Int, into buffers: OperandBuffers)
}

/// What an operand of an operation is.
package enum OperandKind: Hashable, Sendable {
  /// An encoding of a format.
  case float(Format)
  /// A two's-complement integer in the low bits.
  case int32, int64

  /// The number of bits of an operand.
  package var bitWidth: Int {
    switch self {
    case .float(let format): format.bitWidth
    case .int32: 32
    case .int64: 64
    }
  }
}

extension ArithmeticOperation {
  /// The kinds of the operands, in order.
  package func operandKinds(_ format: Format) -> [OperandKind] {
    [signature.first, signature.second, .number].prefix(arity)
      .compactMap { OperandKind($0, format, to: format) }
  }

  /// The kind of the result; nil for a relation.
  package func resultKind(_ format: Format, to: Format) -> OperandKind? {
    OperandKind(signature.result, format, to: to)
  }
}

extension OperandKind {
  /// The kind of a datum; nil for a relation.
  fileprivate init?(_ datum: OperationSignature.Datum, _ format: Format, to: Format) {
    switch datum {
    case .number: self = .float(format)
    case .target: self = .float(to)
    case .int32: self = .int32
    case .int64: self = .int64
    case .relation: return nil
    }
  }
}
