// SPDX-License-Identifier: Apache-2.0

/// The protocol between the command and the process that runs a kernel: docs/kernel-worker.md.
package enum WorkerProtocol {
  /// Its name and version.
  package static let version = "halfway-kernel/1"
}

/// What a worker says when it has started.
package struct WorkerGreeting: Codable, Sendable {
  package var `protocol`: String?
  /// What it runs, such as `torch.exp`.
  package var name: String?
  /// The versions of what computes.
  package var versions: [String: String]?
  /// Why it cannot run.
  package var error: String?
}

/// An array in the shared memory.
package struct WorkerArray: Codable, Hashable, Sendable {
  /// The bytes before it.
  package var offset: Int
  /// Its dimensions, the outermost first.
  package var shape: [Int]
  /// The type of its elements, such as `fp32`.
  package var type: String
}

/// One call of the kernel.
package struct WorkerRequest: Codable, Sendable {
  package var call: Int
  /// The path of the shared memory.
  package var memory: String
  package var inputs: [WorkerArray]
  package var outputs: [WorkerArray]
  package var scalars: [String: Double]?
}

/// What became of a call.
package struct WorkerAnswer: Codable, Sendable {
  package var call: Int?
  package var error: String?
}
