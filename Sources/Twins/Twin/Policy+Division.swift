// SPDX-License-Identifier: Apache-2.0
import Policies

/// How all twins of a run divide a batch.
struct BatchDivision: Hashable {
  /// The workers that share it; nil for one process.
  var workers: Int?
  /// The parts that each takes it in; nil for one.
  var microBatches: Int?

  /// The division that policies name, which are all alike.
  init(of policies: [Policy]) {
    workers = policies.lazy.compactMap { $0.workers?.count }.first
    microBatches = policies.lazy.compactMap { $0.microBatches?.count }.first
  }
}

extension Policy {
  /// The policy with its batch divided: one that names no workers sums their gradients in its own
  /// arithmetic, in the order of the workers, and one that names no micro-batches adds theirs in it.
  func dividing(_ division: BatchDivision) -> Policy {
    var policy = self
    if let count = division.workers {
      precondition(
        workers.map { $0.count == count } ?? true, "twins that split batches differently")
      policy.workers =
        workers ?? DataParallelism(count: count, allReduce: .oneShot, format: held.precision)
    }
    if let count = division.microBatches {
      precondition(
        microBatches.map { $0.count == count } ?? true, "twins that split batches differently")
      policy.microBatches = microBatches ?? MicroBatches(count: count, format: held.precision)
    }
    return policy
  }
}
