// SPDX-License-Identifier: Apache-2.0

/// Simulated data-parallel workers: each takes an equal part of the batch, and their gradients are
/// summed by an all-reduce whose every addition is rounded.
package struct DataParallelism: Codable, Sendable, Hashable {
  /// The algorithm of an all-reduce, which is the order of its additions.
  package enum AllReduce: String, Codable, Sendable, Hashable, CaseIterable {
    /// The gradient is cut into as many chunks as there are workers. The sum of chunk c begins at
    /// worker c and goes once around the ring, each worker adding its own.
    case ring
    /// Neighbours are added pairwise, then neighbouring sums: log₂ W levels.
    case tree
    /// Every worker gathers all gradients, sums them in FP32 (or in the reference's arithmetic) in
    /// the order of the workers, and rounds the sum once.
    case oneShot
  }

  /// The number of workers, W.
  package var count: Int
  /// The order of the additions.
  package var allReduce: AllReduce
  /// The format that gradients are sent in and that sums are rounded to.
  package var format: Precision

  /// The numbers of workers that can be simulated.
  package static let counts = 1...4096

  /// The workers.
  package init(count: Int, allReduce: AllReduce = .ring, format: Precision = .fp32) {
    self.count = count
    self.allReduce = allReduce
    self.format = format
  }
}

extension DataParallelism: CustomStringConvertible {
  /// The workers in words, such as `8 workers, ring all-reduce in bf16`.
  package var description: String {
    let name = allReduce == .oneShot ? "one-shot" : allReduce.rawValue
    return "\(count) \(count == 1 ? "worker" : "workers"), \(name) all-reduce in \(format)"
  }
}
