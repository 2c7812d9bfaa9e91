// SPDX-License-Identifier: Apache-2.0

/// What one element of a stored tensor is. The cases stand in the order in which the reference
/// writer of safetensors sorts them, the least aligned first.
package enum ElementType: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case bool
  case e2m1, e2m3, e3m2
  case uint8, int8
  case e5m2, e4m3, e8m0
  case int16, uint16
  case fp16, bf16
  case int32, uint32
  case fp32, fp64
  case int64, uint64

  /// The type of a name, `fp32`, or of safetensors' name for it, `F32`; nil where it names none.
  package init?(name: String) {
    let known = Self.allCases.first { $0.rawValue == name || $0.safetensorsName == name }
    guard let known else { return nil }
    self = known
  }

  /// Bits an element: the elements of a tensor lie without gaps, so that two `e2m1` share a byte
  /// and four `e2m3` or `e3m2` share three.
  package var bitWidth: Int {
    switch self {
    case .e2m1: 4
    case .e2m3, .e3m2: 6
    case .bool, .uint8, .int8, .e5m2, .e4m3, .e8m0: 8
    case .int16, .uint16, .fp16, .bf16: 16
    case .int32, .uint32, .fp32: 32
    case .fp64, .int64, .uint64: 64
    }
  }

  /// Whether an element is one or more whole bytes.
  package var isWholeBytes: Bool { bitWidth.isMultiple(of: 8) }

  /// The name in a safetensors header.
  package var safetensorsName: String {
    switch self {
    case .bool: "BOOL"
    case .e2m1: "F4"
    case .e2m3: "F6_E2M3"
    case .e3m2: "F6_E3M2"
    case .uint8: "U8"
    case .int8: "I8"
    case .e5m2: "F8_E5M2"
    case .e4m3: "F8_E4M3"
    case .e8m0: "F8_E8M0"
    case .int16: "I16"
    case .uint16: "U16"
    case .fp16: "F16"
    case .bf16: "BF16"
    case .int32: "I32"
    case .uint32: "U32"
    case .fp32: "F32"
    case .fp64: "F64"
    case .int64: "I64"
    case .uint64: "U64"
    }
  }

  /// The name in messages and options: `fp32`, `bf16`, `uint8`; those of formats are the package's.
  package var description: String { rawValue }
}
