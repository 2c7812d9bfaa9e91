// SPDX-License-Identifier: Apache-2.0
import Formats

/// `halfway_semantics` of `include/halfway.h`, field by field.
struct SemanticsArgument {
  var rounding: UnsafePointer<CChar>?
  var overflow: UnsafePointer<CChar>?
  var subnormals: UnsafePointer<CChar>?
  var nan: UnsafePointer<CChar>?
  var tininess: UnsafePointer<CChar>?
  var firstIndex: UInt64 = 0

  /// The attributes and the index of the first element; those of no structure are the defaults.
  static func read(
    _ pointer: UnsafeRawPointer?
  ) throws(Refusal) -> (semantics: Semantics, firstIndex: UInt64) {
    guard let pointer else { return (Semantics(), 0) }
    guard UInt(bitPattern: pointer).isMultiple(of: UInt(MemoryLayout<Self>.alignment)) else {
      throw Refusal("semantics is not aligned")
    }
    let fields = pointer.load(as: SemanticsArgument.self)
    let semantics = Semantics(
      rounding: try Texts.choose(
        fields.rounding, "rounding", of: Rounding.names, Rounding.init(name:), else: .nearestEven),
      tininess: try choose(fields.tininess, "tininess", else: .afterRounding),
      subnormals: try choose(fields.subnormals, "subnormals", else: .gradual),
      nan: try choose(fields.nan, "nan", else: .canonical),
      overflow: try choose(fields.overflow, "overflow", else: .ieee))
    return (semantics, fields.firstIndex)
  }

  private static func choose<Value: RawRepresentable<String> & CaseIterable>(
    _ pointer: UnsafePointer<CChar>?, _ parameter: String, else other: Value
  ) throws(Refusal) -> Value {
    try Texts.choose(
      pointer, parameter, of: Value.allCases.map(\.rawValue), Value.init(rawValue:), else: other)
  }
}
