// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Work

/// The measurement of elementary functions against MPFR.
package struct ElementaryCampaign: Sendable {
  /// The errors of one function on one domain.
  package struct Row: Hashable, Sendable, Codable {
    /// The function.
    package var function: ElementaryFunction
    /// Its operands.
    package var domain: ElementaryDomain
    /// Its errors there.
    package var errors: ElementaryErrors
    /// Whether every error is below its domain's bound.
    package var holds: Bool { errors.largest < domain.bound }
  }

  /// What determines the counts.
  package struct Configuration: Codable, Hashable, Sendable {
    /// The functions.
    package var functions: [ElementaryFunction]
    /// Their operands.
    package var domains: [ElementaryDomain]
    /// The number of FP64 operands and their seed; nil where none are asked for.
    package var samples: UInt64?
    package var seed: UInt64?
  }

  /// The functions and domains in the order of the rows.
  package let parts: [(function: ElementaryFunction, domain: ElementaryDomain)]
  package let configuration: Configuration
  private let kernel: ElementaryShard.Kernel

  /// The campaign of functions on domains.
  ///
  /// - Parameters:
  ///   - samples: The number of FP64 operands.
  ///   - seed: The seed of these.
  package init(
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
    let isSampled = domains.contains(.fp64)
    configuration = Configuration(
      functions: functions, domains: domains, samples: isSampled ? samples : nil,
      seed: isSampled ? seed : nil)
    self.kernel = kernel
  }

  /// The campaign of a configuration; nil where functions or domains lack or stand twice, or
  /// samples and seed are not those of FP64 alone.
  package init?(_ configuration: Configuration) {
    guard !configuration.functions.isEmpty, !configuration.domains.isEmpty,
      Set(configuration.functions).count == configuration.functions.count,
      Set(configuration.domains).count == configuration.domains.count,
      configuration.domains.contains(.fp64)
        ? configuration.samples.map((1...Self.mostSamples).contains) == true
          && configuration.seed != nil
        : configuration.samples == nil && configuration.seed == nil
    else { return nil }
    self.init(
      functions: configuration.functions, domains: configuration.domains,
      samples: configuration.samples ?? 0, seed: configuration.seed ?? 0)
  }

  /// The most FP64 operands.
  package static let mostSamples: UInt64 = 1 << 40

  /// The rows of finished counts.
  package func rows(_ counts: [ElementaryErrors]) -> [Row] {
    zip(parts, counts).map { Row(function: $0.function, domain: $0.domain, errors: $1) }
  }

  private func operands(_ unit: Int, _ blocks: Range<UInt64>) -> Range<UInt64> {
    let block = UInt64(ElementaryShard.block)
    let last = parts[unit].domain.count(samples: configuration.samples ?? 0)
    return min(blocks.lowerBound * block, last)..<min(blocks.upperBound * block, last)
  }
}

/// An item is a block of operands, a case an operand.
extension ElementaryCampaign: NamedWork {
  package static let name = "elementary"
  package static let form = "halfway/elementary-shard/1"

  package var itemCounts: [UInt64] {
    let block = UInt64(ElementaryShard.block)
    return parts.map {
      ($0.domain.count(samples: configuration.samples ?? 0) + block - 1) / block
    }
  }
  package var chunkSize: UInt64 { 4 }

  package func nothing(ofUnit unit: Int) -> ElementaryErrors {
    ElementaryErrors(countsMisrounded: parts[unit].domain.format != nil)
  }

  package func add(_ errors: ElementaryErrors, to sum: inout ElementaryErrors) {
    sum.merge(errors)
  }

  package func cases(ofUnit unit: Int, items: Range<UInt64>) -> UInt64 {
    UInt64(operands(unit, items).count)
  }

  package func worker(listsLines: Bool) -> any CountingWorker<ElementaryErrors> {
    ElementaryWorker(campaign: self, kernel: kernel)
  }

  package func contradiction(
    _ errors: ElementaryErrors, unit: Int, of items: DoneItems
  ) -> String? {
    guard errors.tested == items.cases else {
      return "it tested \(errors.tested) operands where there are \(items.cases)"
    }
    let (function, domain) = parts[unit]
    guard (errors.misrounded == nil) == (domain.format == nil),
      errors.misrounded ?? 0 <= errors.tested,
      domain.format == nil || errors.largest <= 0.5 || errors.misrounded != 0
    else { return "more or fewer results that are not nearest than it has" }
    guard let operand = errors.operand, let result = errors.result else {
      // Only FP32's blocks pass results without a look at their error.
      let isOpen = errors.operand == nil && errors.result == nil && errors.largest == 0
      return isOpen && (errors.tested == 0 || domain == .fp32)
        ? nil : "no operand of its largest error"
    }
    if let format = domain.format {
      guard operand < format.encodingCount, items.contains(operand / UInt64(ElementaryShard.block))
      else { return "its largest error is at no operand of this part" }
    }
    var shard = ElementaryShard(
      function, domain, seed: configuration.seed ?? 0, kernel: kernel)
    let measured = shard.measured(at: operand)
    guard measured.largest == errors.largest, measured.result == result else {
      return "not the error of its operand"
    }
    return nil
  }

  /// One thread's shards, kept from chunk to chunk.
  private final class ElementaryWorker: CountingWorker {
    private let campaign: ElementaryCampaign
    private let kernel: ElementaryShard.Kernel
    private var shard: (unit: Int, shard: ElementaryShard)?

    init(campaign: ElementaryCampaign, kernel: @escaping ElementaryShard.Kernel) {
      self.campaign = campaign
      self.kernel = kernel
    }

    func count(
      ofUnit unit: Int, start: UInt64, count: Int, isCancelled: () -> Bool
    ) -> (count: ElementaryErrors, lines: [UInt8])? {
      let (function, domain) = campaign.parts[unit]
      var shard =
        self.shard.flatMap { $0.unit == unit ? $0.shard : nil }
        ?? ElementaryShard(
          function, domain, seed: campaign.configuration.seed ?? 0, kernel: kernel)
      for block in start..<start + UInt64(count) {
        if isCancelled() { return nil }
        shard.run(campaign.operands(unit, block..<block + 1))
      }
      let errors = shard.takeErrors()
      self.shard = (unit, shard)
      return (errors, [])
    }
  }
}
