// SPDX-License-Identifier: Apache-2.0
import Randomness

/// A function of the C library on the same numbers in a process of its own, as a check calls it, and in
/// a plain loop in this one, which only such functions are given; of one thread.
package final class WorkerComparison {
  /// The elements of a call.
  package static let elements = 1 << 20

  private let function: LibraryFunction
  private let runner: ElementRunner
  private let inputs: UnsafeMutableRawPointer
  private let results: UnsafeMutableRawPointer

  /// The comparison of a function of FP32; throws a `WorkerFailure` where there is none of the name.
  ///
  /// - Parameters:
  ///   - library: libm's name.
  ///   - tool: This command.
  package init(_ symbol: String, of library: String, tool: String) throws {
    let signature = try CSignature("float(float)")
    let subject = KernelSubject.library(path: library, symbol: symbol, signature: signature)
    let type = KernelElement(.fp32)
    function = try LibraryFunction(library: library, symbol: symbol, signature: signature)
    runner = try ElementRunner(
      ElementRunner.Setting(
        command: subject.workerCommand(tool: tool, computing: symbol, in: .fp32, result: .fp32),
        protectsInputs: subject.hasOwnWorker, operands: 1, element: type,
        capacity: Self.elements, timeLimit: 10))
    inputs = .allocate(byteCount: Self.elements * type.size, alignment: 64)
    results = .allocate(byteCount: Self.elements * type.size, alignment: 64)
    // Numbers from 1/2 to 2, where every function has values.
    type.fill(inputs, count: Self.elements) {
      0x3f00_0000 + UInt64(RandomWords.word(seed: 1, index: UInt64($0))) >> 8
    }
    guard let shared = runner.sharedInputs(count: Self.elements) else {
      throw WorkerFailure("the worker has no memory")
    }
    shared[0].copyMemory(from: inputs, byteCount: Self.elements * type.size)
  }

  deinit {
    inputs.deallocate()
    results.deallocate()
  }

  /// One call of the worker, its memory prepared before and checked after it; the operands are where a
  /// check writes them.
  package func callWorker() throws {
    guard let shared = runner.sharedInputs(count: Self.elements) else {
      throw WorkerFailure("the worker has no memory")
    }
    if let misdeed = runner.call(shared, first: 0, count: Self.elements, isInPlace: true) {
      throw WorkerFailure(misdeed.detail)
    }
  }

  /// The loop.
  package func callLoop() throws {
    try function.call([inputs], results, count: Self.elements)
  }
}
