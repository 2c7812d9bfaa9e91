// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Formats
import SoftFloat
import Synchronization

/// The measurement of elementary functions against MPFR.
public struct ElementaryCampaign: Sendable {
  /// The errors of one function on one domain.
  public struct Row: Hashable, Sendable, Codable {
    /// The function.
    public var function: ElementaryFunction
    /// Its operands.
    public var domain: ElementaryDomain
    /// Its errors there.
    public var errors: ElementaryErrors
    /// Whether every error is below its domain's bound.
    public var holds: Bool { errors.largest < domain.bound }
  }

  /// The functions and domains in the order of the rows.
  public let parts: [(function: ElementaryFunction, domain: ElementaryDomain)]
  private let samples: UInt64
  private let seed: UInt64
  private let kernel: ElementaryShard.Kernel

  /// The campaign of functions on domains.
  ///
  /// - Parameters:
  ///   - samples: The number of FP64 operands.
  ///   - seed: The seed of these.
  public init(
    functions: [ElementaryFunction], domains: [ElementaryDomain], samples: UInt64 = 10_000_000,
    seed: UInt64 = 1
  ) {
    self.init(functions: functions, domains: domains, samples: samples, seed: seed) {
      Float.elementary($0, $1, into: $2, count: $3)
    }
  }

  init(
    functions: [ElementaryFunction], domains: [ElementaryDomain], samples: UInt64, seed: UInt64,
    kernel: @escaping ElementaryShard.Kernel
  ) {
    parts = functions.flatMap { function in domains.map { (function, $0) } }
    self.samples = samples
    self.seed = seed
    self.kernel = kernel
  }

  /// The number of operands of all rows.
  public var operandCount: UInt64 { parts.reduce(0) { $0 + $1.domain.count(samples: samples) } }

  /// The rows in order; nil when the control cancelled. The same on any number of threads.
  public func run(control: CampaignControl = CampaignControl()) -> [Row]? {
    var rows: [Row] = []
    var before: UInt64 = 0
    for (function, domain) in parts {
      let count = domain.count(samples: samples)
      guard let errors = errors(function, domain, 0..<count, control, done: before) else {
        return nil
      }
      rows.append(Row(function: function, domain: domain, errors: errors))
      before += count
    }
    return rows
  }

  /// The errors of a function on the operands of a range, which starts and ends with a block.
  func errors(
    _ function: ElementaryFunction, _ domain: ElementaryDomain, _ range: Range<UInt64>,
    _ control: CampaignControl, done before: UInt64 = 0
  ) -> ElementaryErrors? {
    let block = UInt64(ElementaryShard.block)
    let none = ElementaryErrors(countsMisrounded: domain.format != nil)
    let shared = Mutex((next: range.lowerBound, done: before, errors: none))
    DispatchQueue.concurrentPerform(iterations: max(1, control.threads)) { _ in
      var shard = ElementaryShard(function, domain, seed: seed, kernel: kernel)
      while !control.isCancelled() {
        let start = shared.withLock { shared in
          defer { shared.next += block }
          return shared.next
        }
        guard start < range.upperBound else { break }
        let end = min(start + block, range.upperBound)
        shard.run(start..<end)
        let done = shared.withLock { shared in
          shared.done += end - start
          return shared.done
        }
        control.report(done)
      }
      let errors = shard.errors
      shared.withLock { $0.errors.merge(errors) }
    }
    let errors = shared.withLock { $0.errors }
    return errors.tested == UInt64(range.count) ? errors : nil
  }
}
