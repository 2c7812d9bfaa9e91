// SPDX-License-Identifier: Apache-2.0
import Formats

/// The names that callers may use, as texts that last as long as the process.
enum Names {
  /// The lists by what they are of.
  private static let lists: [(kind: String, names: [String])] = [
    ("format", Format.named.map(\.id)), ("rounding", Rounding.names),
    ("overflow", OverflowPolicy.allCases.map(\.rawValue)),
    ("subnormals", SubnormalMode.allCases.map(\.rawValue)),
    ("nan", NaNPolicy.allCases.map(\.rawValue)), ("tininess", Tininess.allCases.map(\.rawValue)),
    ("operation", ArithmeticOperation.names),
    ("function", ElementaryFunction.allCases.map(\.rawValue)),
    ("sum", Accumulation.SumFormat.allCases.map(\.rawValue)),
    ("order", OrderArgument.names), ("unit", MatrixUnit.allCases.map(\.rawValue)),
    ("shape", MatrixInstructionShape.allCases.map(\.rawValue)),
  ]

  private nonisolated(unsafe) static let texts: [String: [UnsafePointer<CChar>]] =
    Dictionary(uniqueKeysWithValues: lists.map { ($0.kind, $0.names.map(lasting)) })

  /// A name of a kind; nil after the last.
  static func name(_ kind: String, _ index: Int) -> UnsafePointer<CChar>? {
    guard let names = texts[kind], names.indices.contains(index) else { return nil }
    return names[index]
  }

  /// A text in memory that is never given back.
  static func lasting(_ text: String) -> UnsafePointer<CChar> {
    let units = text.utf8CString
    let memory = UnsafeMutablePointer<CChar>.allocate(capacity: units.count)
    for (index, unit) in units.enumerated() { (memory + index).initialize(to: unit) }
    return UnsafePointer(memory)
  }
}
