// SPDX-License-Identifier: Apache-2.0

/// The worker that calls a function of a shared library.
package enum LibraryWorker {
  /// Answers requests until there are no more; the process's status.
  package static func run(library: String, symbol: String, signature: String) -> Int32 {
    KernelWorker.run {
      let function = try LibraryFunction(
        library: library, symbol: symbol, signature: try CSignature(signature))
      let greeting = WorkerGreeting(
        protocol: WorkerProtocol.version, name: symbol,
        versions: ["library": function.libraryPath ?? library])
      return (function, greeting)
    }
  }
}

extension LibraryFunction: WorkerFunction {
  /// A function of single numbers returns each, and the loop around it writes them.
  package func writesEveryElement(of request: WorkerRequest) -> Bool {
    request.arguments == nil && returnsElements
  }

  package func call(
    _ request: WorkerRequest, inputs: [UnsafeMutableRawPointer],
    outputs: [UnsafeMutableRawPointer]
  ) throws {
    if let arguments = request.arguments {
      try call(arguments, inputs: inputs, outputs: outputs)
    } else {
      try call(inputs, outputs[0], count: try request.outputs[0].elementCount())
    }
  }
}
