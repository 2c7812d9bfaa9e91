// SPDX-License-Identifier: Apache-2.0
import Formats
import KernelChecks
import SoftFloat

/// A kernel of Halfway's own as a worker runs it: what other people's kernels are judged by judges
/// these too.
package struct OwnKernel: WorkerFunction {
  private enum Kind {
    case arithmetic(ArithmeticOperation, Semantics)
    case elementary(ElementaryFunction)
    case product(Accumulation)
  }

  /// The name that it was asked for by.
  package let name: String
  private let kind: Kind
  private let format: Format
  private let result: Format

  /// What can be asked for.
  package static let names =
    [
      "arithmetic", "elementary", "product:fp32", "product:fp16", "product:bf16",
      "product:fp32:product-then-sum", "product:fp32:pairwise:16", "product:fp16:chunked:128",
    ] + MatrixUnit.allCases.map { "unit:\($0.rawValue)" }

  /// The kernel of a name; throws a `WorkerFailure` that says why there is none.
  ///
  /// - Parameters:
  ///   - what: The function of elements, or `matmul`.
  ///   - format: The format of its operands.
  ///   - result: That of its results.
  package init(
    _ name: String, computing what: String, in format: Format, result: Format
  ) throws(WorkerFailure) {
    (self.name, self.format, self.result) = (name, format, result)
    let words = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch (words[0], words.count) {
    case ("arithmetic", 1): kind = try Self.arithmetic(what, format)
    case ("elementary", 1): kind = try Self.elementary(what, format)
    case ("product", 2...), ("unit", 2...3):
      guard what == "matmul" else {
        throw WorkerFailure("\(name) computes matmul, not \(what)")
      }
      let accumulation =
        words[0] == "unit"
        ? try OwnProduct.unit(words, format) : try OwnProduct.accumulation(words, format)
      kind = .product(accumulation)
    default:
      throw WorkerFailure(
        "'\(name)' is no kernel of Halfway's; known: \(Self.names.joined(separator: ", "))")
    }
  }

  private static func arithmetic(
    _ what: String, _ format: Format
  ) throws(WorkerFailure) -> Kind {
    guard format != .fp64 else {
      throw WorkerFailure("Halfway's arithmetic has formats of at most 32 bits")
    }
    switch ElementFunction(rawValue: what) {
    case .arithmetic(let operation): return .arithmetic(operation, Semantics())
    case .integral(let function):
      return .arithmetic(.roundToIntegral, Semantics(rounding: function.direction))
    default: throw WorkerFailure("Halfway's arithmetic does not compute \(what)")
    }
  }

  private static func elementary(
    _ what: String, _ format: Format
  ) throws(WorkerFailure) -> Kind {
    guard
      let function = ElementaryFunction.allCases.first(where: {
        $0.rawValue.replacing("-", with: "_") == what
      })
    else {
      throw WorkerFailure(
        "Halfway's elementary functions are "
          + ElementaryFunction.allCases.map { $0.rawValue.replacing("-", with: "_") }
          .joined(separator: ", ") + ", not \(what)")
    }
    return .elementary(function)
  }

  package func call(
    _ request: WorkerRequest, inputs: [UnsafeMutableRawPointer],
    outputs: [UnsafeMutableRawPointer]
  ) throws {
    let count = try request.outputs[0].elementCount()
    switch kind {
    case .arithmetic(let operation, let semantics):
      guard inputs.count == operation.arity else {
        throw WorkerFailure("\(operation) has \(operation.arity) operands")
      }
      OwnElements.apply(
        operation, inputs, into: outputs[0], count: count, format: format, semantics: semantics)
    case .elementary(let function):
      OwnElements.apply(function, inputs[0], into: outputs[0], count: count, format: format)
    case .product(let accumulation):
      guard inputs.count == 2 else { throw WorkerFailure("a product has two factors") }
      try OwnProduct(accumulation, format: format, result: result).call(
        request, inputs: inputs, output: outputs[0])
    }
  }
}
