// SPDX-License-Identifier: Apache-2.0
import Randomness
import Threads

/// What the operations of one step share: memory, threads, and the seeds of stochastic roundings.
///
/// A class because operations take the next seed, one after another; those that take none may run
/// beside each other.
package final class StepContext {
  /// The memory of tensors.
  let pool: TensorPool
  /// The threads that the step may have.
  package let mostThreads: Int
  /// Whether range counts are wanted.
  let isMeasuring: Bool
  /// The random numbers of the step: dropout and stochastic roundings.
  let random: RandomStream
  private var tensors: UInt64 = 0
  private var dropouts: UInt64 = 0

  /// A step without a tensor, of at most `threads` threads.
  package init(
    pool: TensorPool = TensorPool(), threads: Int = 1, isMeasuring: Bool = false,
    random: RandomStream = RandomStream(seed: 0, purpose: .rounding)
  ) {
    self.pool = pool
    mostThreads = threads
    self.isMeasuring = isMeasuring
    self.random = random
  }

  /// The threads for an operation that begins now.
  var threads: Int { ThreadTeam.available(of: mostThreads) }

  /// The random numbers of the next dropout of the step: the same ones for every twin.
  func nextDropout() -> RandomStream {
    dropouts += 1
    return random.stream(~dropouts)
  }

  /// A seed for the next tensor of the step.
  func nextSeed() -> UInt64 {
    tensors += 1
    return random.bits(tensors)
  }
}
