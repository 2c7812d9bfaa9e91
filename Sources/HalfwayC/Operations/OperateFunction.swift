// SPDX-License-Identifier: Apache-2.0
import Formats

/// `halfway_operate`: an operation of the arithmetic on arrays.
@_cdecl("halfway_operate")
public func halfwayOperate(
  _ operation: UnsafePointer<CChar>?, _ format: UnsafePointer<CChar>?, _ a: UnsafeRawPointer?,
  _ b: UnsafeRawPointer?, _ c: UnsafeRawPointer?, _ type: UnsafePointer<CChar>?,
  _ single: UInt32, _ result: UnsafeMutableRawPointer?, _ resultType: UnsafePointer<CChar>?,
  _ semantics: UnsafeRawPointer?, _ elementFlags: UnsafeMutablePointer<UInt8>?,
  _ allFlags: UnsafeMutablePointer<UInt8>?, _ count: Int, _ threads: Int32
) -> Int32 {
  withStatus { () throws(Refusal) in
    let operation = try ArithmeticOperation.read(operation)
    let format = try Format.read(format, "format")
    let (semantics, firstIndex) = try SemanticsArgument.read(semantics)
    let count = try ArrayArgument.count(count)
    let type =
      try type.map { name throws(Refusal) in
        try ArrayElement.read(name, "type")
      } ?? .format(format)
    guard single < 8 else { throw Refusal("single is \(single): bits 0 to 2 stand for operands") }
    let names = ["a", "b", "c"]
    var operands: [ArrayArgument?] = [nil, nil, nil]
    for (index, pointer) in [a, b, c].enumerated() where index < operation.arity {
      let isOne = single >> UInt32(index) & 1 == 1
      let isExponent = operation == .scaleB && index == 1
      operands[index] = try ArrayArgument(
        pointer, isExponent ? .int32 : type, count: isOne ? min(count, 1) : count, names[index])
    }
    let resultType = try operation.resultType(resultType, format)
    let result = try ArrayArgument(result, resultType, count: count, "result")
    let flags = try elementFlags.map { pointer throws(Refusal) in
      try ArrayArgument(pointer, .uint8, count: count, "element_flags")
    }
    let read = zip(operands, names).map { (array: $0, name: $1) }
    try result.mayBeWritten(beside: read, "result", shareable: true)
    try flags?.mayBeWritten(
      beside: read + [(result, "result")], "element_flags", shareable: false)
    let work = OperationOnArrays(
      operation: operation, format: format, semantics: semantics, firstIndex: firstIndex,
      operands: operands, single: single, result: result, elementFlags: elementFlags)
    let union = Bands.union(of: count, threads: try Bands.threads(threads)) { work.run($0) }
    allFlags?.pointee = union
  }
}

extension ArithmeticOperation {
  /// Those that take numbers; conversions are `halfway_round`.
  private static let offered = allCases.filter {
    ![.convert, .fromInt32, .fromInt64].contains($0)
  }

  /// The names that callers use.
  static let names = offered.map(\.rawValue)

  /// The operation that a text of a caller names.
  fileprivate static func read(
    _ pointer: UnsafePointer<CChar>?
  ) throws(Refusal) -> ArithmeticOperation {
    try Texts.choose(pointer, "operation", of: names) { name in
      offered.first { $0.rawValue == name }
    }
  }

  /// The type of the results: one that holds the format's numbers, or what the operation delivers.
  fileprivate func resultType(
    _ name: UnsafePointer<CChar>?, _ format: Format
  ) throws(Refusal) -> ArrayElement {
    switch signature.result {
    case .relation: return .uint8
    case .int32: return .int32
    case .int64: return .int64
    case .number, .target:
      guard let name else { return .format(format) }
      let type = try ArrayElement.read(name, "result_type")
      guard type.holds(format) else {
        throw Refusal(
          .unsupported, "result_type is \(type.name), which does not hold \(format.id)")
      }
      return type
    }
  }
}
