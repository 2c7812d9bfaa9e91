// SPDX-License-Identifier: Apache-2.0

/// A type of C's that a kernel's parameter, element or result may have.
package enum CType: String, Hashable, Sendable, Codable, CaseIterable {
  case void
  case double
  case float
  /// IEEE binary16 (ISO/IEC TS 18661-3; clang, GCC 12).
  case float16 = "_Float16"
  /// bfloat16 (clang, GCC 13).
  case bfloat16 = "__bf16"
  /// Encodings of a format that the command line names.
  case uint16 = "uint16_t"
  case uint8 = "uint8_t"
  case size = "size_t"
  case int32 = "int"
  case int64 = "int64_t"

  /// Other spellings, each of the one type that it is on every system with 64-bit pointers.
  static let synonyms: [String: CType] = [
    "unsigned short": .uint16, "unsigned char": .uint8, "int32_t": .int32, "long long": .int64,
    "ptrdiff_t": .int64, "ssize_t": .int64, "uint64_t": .size, "unsigned long": .size,
    "long": .int64, "half": .float16, "__fp16": .float16, "bfloat16": .bfloat16,
  ]

  /// The bytes of a value; 0 of `void`.
  package var size: Int {
    switch self {
    case .void: 0
    case .uint8: 1
    case .float16, .bfloat16, .uint16: 2
    case .float, .int32: 4
    case .double, .size, .int64: 8
    }
  }

  /// Whether a value is a floating-point number.
  package var isNumber: Bool {
    self == .double || self == .float || self == .float16 || self == .bfloat16
  }

  /// Whether a value counts elements.
  package var isCount: Bool { self == .size || self == .int32 || self == .int64 }

  /// The format of its values, where the type alone says it.
  package var formatID: String? {
    switch self {
    case .double: "fp64"
    case .float: "fp32"
    case .float16: "fp16"
    case .bfloat16: "bf16"
    case .void, .uint16, .uint8, .size, .int32, .int64: nil
    }
  }
}
