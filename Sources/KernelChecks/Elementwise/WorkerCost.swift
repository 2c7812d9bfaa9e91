// SPDX-License-Identifier: Apache-2.0
import Foundation
import Randomness

/// What it costs to call a function in a process of its own: beside a plain loop in this one, which
/// only functions of the C library are given.
package struct WorkerCost: Sendable {
  /// The function's name in libm.
  package let symbol: String
  /// The time of an element in a worker's call, the preparation and the checks of its memory
  /// included [ns].
  package let nanoseconds: Double
  /// The same in a plain loop [ns].
  package let loopNanoseconds: Double

  /// The elements of a call.
  package static let elements = 1 << 20
  /// The calls of which the fastest counts: some in a row, since each side finds its arrays in the
  /// caches only after the first.
  private static let (rounds, calls) = (5, 6)

  /// Measures a function of FP32; throws a `WorkerFailure` where the system has none of the name.
  ///
  /// - Parameters:
  ///   - library: libm's name.
  ///   - tool: This command.
  package static func measure(
    _ symbol: String, of library: String, tool: String
  ) throws -> WorkerCost {
    let signature = try CSignature("float(float)")
    let subject = KernelSubject.library(path: library, symbol: symbol, signature: signature)
    let function = try LibraryFunction(library: library, symbol: symbol, signature: signature)
    let type = KernelElement(.fp32)
    let runner = try ElementRunner(
      ElementRunner.Setting(
        command: subject.workerCommand(tool: tool, computing: symbol, in: .fp32, result: .fp32),
        protectsInputs: subject.hasOwnWorker, operands: 1, element: type, capacity: elements,
        timeLimit: 10))
    let buffers = (0..<2).map { _ in
      UnsafeMutableRawPointer.allocate(byteCount: elements * type.size, alignment: 64)
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    // Numbers from 1/2 to 2, where every function has values.
    type.fill(buffers[0], count: elements) {
      0x3f00_0000 + UInt64(RandomWords.word(seed: 1, index: UInt64($0))) >> 8
    }
    if let inputs = runner.sharedInputs(count: elements) {
      inputs[0].copyMemory(from: buffers[0], byteCount: elements * type.size)
    }
    var (worker, loop) = (Double.infinity, Double.infinity)
    for _ in 0..<rounds {
      for _ in 0..<calls {
        worker = try min(
          worker,
          seconds {
            // As a check does it: operands are written where the worker has them, results read there.
            guard let inputs = runner.sharedInputs(count: elements) else {
              throw WorkerFailure("the worker has no memory")
            }
            if let misdeed = runner.call(inputs, first: 0, count: elements, isInPlace: true) {
              throw WorkerFailure(misdeed.detail)
            }
          })
      }
      for _ in 0..<calls {
        loop = try min(
          loop, seconds { try function.call([buffers[0]], buffers[1], count: elements) })
      }
    }
    let scale = 1e9 / Double(elements)
    return WorkerCost(
      symbol: symbol, nanoseconds: worker * scale, loopNanoseconds: loop * scale)
  }

  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return (ContinuousClock.now - start) / .seconds(1)
  }
}
