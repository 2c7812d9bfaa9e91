// SPDX-License-Identifier: Apache-2.0
import Formats

/// `halfway_round`: numbers of any type rounded once to a format, as values of another type.
@_cdecl("halfway_round")
public func halfwayRound(
  _ source: UnsafeRawPointer?, _ sourceType: UnsafePointer<CChar>?,
  _ result: UnsafeMutableRawPointer?, _ resultType: UnsafePointer<CChar>?,
  _ format: UnsafePointer<CChar>?, _ semantics: UnsafeRawPointer?,
  _ elementFlags: UnsafeMutablePointer<UInt8>?, _ allFlags: UnsafeMutablePointer<UInt8>?,
  _ count: Int, _ threads: Int32
) -> Int32 {
  withStatus { () throws(Refusal) in
    let format = try Format.read(format, "format")
    let (semantics, firstIndex) = try SemanticsArgument.read(semantics)
    let count = try ArrayArgument.count(count)
    let source = try ArrayArgument(
      source, try .read(sourceType, "source_type"), count: count, "source")
    let result = try ArrayArgument(
      result, try .read(resultType, "result_type"), count: count, "result")
    guard result.type.holds(format) else {
      throw Refusal(
        .unsupported, "result_type is \(result.type.name), which does not hold \(format.id)")
    }
    let flags = try elementFlags.map { pointer throws(Refusal) in
      try ArrayArgument(pointer, .uint8, count: count, "element_flags")
    }
    try result.mayBeWritten(beside: [(source, "source")], "result", shareable: true)
    try flags?.mayBeWritten(
      beside: [(source, "source"), (result, "result")], "element_flags", shareable: false)
    let threads = try Bands.threads(threads)

    let rounding = ArrayRounding(
      source: source, result: result, format: format, semantics: semantics,
      firstIndex: firstIndex, elementFlags: elementFlags,
      keepsFlags: elementFlags != nil || allFlags != nil)
    let union = Bands.union(of: count, threads: threads) { rounding.run($0) }
    allFlags?.pointee = union
  }
}
