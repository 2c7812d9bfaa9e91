// SPDX-License-Identifier: Apache-2.0
import Measurements

/// The sizes of a long short-term memory: T time steps, B examples, H units.
struct LSTMSizes {
  let time: Int
  let batch: Int
  let units: Int

  /// (T, B, 4 H).
  var ofGates: [Int] { [time, batch, 4 * units] }
  /// (T, B, H), the shape of the cells and of the outputs.
  var ofUnits: [Int] { [time, batch, units] }

  /// The primitives of both products and passes for one value of H, at least: a few units and steps
  /// are worth a thread, so that more than the elementary functions need not be counted.
  private static var primitives: Int { 64 }
  /// The primitives of all time steps, at least.
  var primitives: Int { time * batch * units * Self.primitives }

  /// The weights U that stay in a thread's second cache level, half of which they take.
  private static var weightsInCache: Int { 1 << 17 }

  /// Calls `product` and then `pass` for all examples at every one of some time steps, one after
  /// the other; what the passes counted.
  ///
  /// Threads take examples through all time steps without waiting for each other. Where U does not
  /// stay in their caches each takes some columns of it, and they meet at every time step.
  func forEachStep<N: Number>(
    _ kernel: Kernel<N>, _ times: some Sequence<Int>, weights: Tensor,
    product: (LSTMRows<N>) -> Void, pass: (LSTMRows<N>, inout RangeCounts?) -> Void
  ) -> RangeCounts? {
    let bands = kernel.bands(of: batch, primitives: primitives)
    func rows(_ examples: Range<Int>, _ time: Int, threads: Int) -> LSTMRows<N> {
      LSTMRows(kernel, self, examples, time: time, threads: threads)
    }
    guard bands > 1, weights.count > Self.weightsInCache else {
      let threads = kernel.threads(within: bands)
      return kernel.inBands(of: batch, bands) { examples, counts in
        for time in times {
          let rows = rows(examples, time, threads: threads)
          product(rows)
          pass(rows, &counts)
        }
      }
    }
    var total = kernel.context.isMeasuring ? RangeCounts() : nil
    for time in times {
      product(rows(0..<batch, time, threads: kernel.context.threads))
      let counts = kernel.inBands(of: batch, bands) { pass(rows($0, time, threads: 1), &$1) }
      if let counts { total?.merge(counts) }
    }
    return total
  }
}
