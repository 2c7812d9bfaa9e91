// SPDX-License-Identifier: Apache-2.0
import Formats

/// `halfway_elementary`: an elementary function of every element.
@_cdecl("halfway_elementary")
public func halfwayElementary(
  _ function: UnsafePointer<CChar>?, _ source: UnsafeRawPointer?,
  _ sourceType: UnsafePointer<CChar>?, _ result: UnsafeMutableRawPointer?,
  _ resultType: UnsafePointer<CChar>?, _ format: UnsafePointer<CChar>?,
  _ semantics: UnsafeRawPointer?, _ count: Int, _ threads: Int32
) -> Int32 {
  withStatus { () throws(Refusal) in
    let function = try Texts.choose(
      function, "function", of: ElementaryFunction.allCases.map(\.rawValue),
      ElementaryFunction.init(rawValue:))
    let (semantics, firstIndex) = try SemanticsArgument.read(semantics)
    let count = try ArrayArgument.count(count)
    let source = try ArrayArgument(
      source, try .read(sourceType, "source_type"), count: count, "source")
    let result = try ArrayArgument(
      result, try .read(resultType, "result_type"), count: count, "result")
    let format = try format.map { name throws(Refusal) in try Format.read(name, "format") }
    if let format {
      guard result.type.holds(format) else {
        throw Refusal(
          .unsupported, "result_type is \(result.type.name), which does not hold \(format.id)")
      }
    } else {
      guard result.type == .fp64, source.type == .fp64 else {
        throw Refusal(
          .unsupported,
          "format is null, which stands for FP64 throughout: source_type and result_type are then "
            + "fp64")
      }
    }
    try result.mayBeWritten(beside: [(source, "source")], "result", shareable: true)
    let work = ArrayFunction(
      function: function, source: source, result: result, format: format, semantics: semantics,
      firstIndex: firstIndex)
    _ = Bands.union(of: count, threads: try Bands.threads(threads)) {
      work.run($0)
      return 0
    }
  }
}
