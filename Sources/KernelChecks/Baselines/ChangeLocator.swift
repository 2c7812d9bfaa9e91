// SPDX-License-Identifier: Apache-2.0
import Formats

/// Finds which result of a part changed, from the difference of the part's digests alone: the
/// kernel is run on the part again, and each result, with what it may have been before, is asked
/// whether it makes the difference.
package struct ChangeLocator {
  private let campaign: KernelCampaign

  /// Encodings on either side of a result that it may have had before.
  private static let reach: UInt64 = 4

  package init(_ campaign: KernelCampaign) { self.campaign = campaign }

  /// The result that changed; nil where several did, or it changed by more than a few numbers.
  package func change(inPart part: Int, difference: UInt64) -> ResultChange? {
    let runner = campaign.given == nil ? try? ElementRunner(campaign.setting) : nil
    guard runner != nil || campaign.given != nil else { return nil }
    let first = UInt64(part) * campaign.elementsOfPart
    let end = min(first + campaign.elementsOfPart, campaign.elements)
    let (type, format) = (campaign.setting.element, campaign.format)
    let capacity = UInt64(campaign.setting.capacity)
    let inputs = (0..<campaign.setting.operands).map { _ in
      UnsafeMutableRawPointer.allocate(
        byteCount: campaign.setting.capacity * type.size, alignment: 64)
    }
    defer { for input in inputs { input.deallocate() } }
    for start in stride(from: first, to: end, by: Int(capacity)) {
      let count = Int(min(capacity, end - start))
      campaign.fill(inputs, from: start, count: count)
      let results: (Int) -> UInt64
      if let given = campaign.given {
        results = { given.results.encoding(Int(start) + $0) }
      } else if let runner, runner.call(inputs, first: 0, count: count) == nil {
        results = { type.load(runner.results, $0) }
      } else {
        return nil
      }
      for i in 0..<count {
        let element = start + UInt64(i)
        let now = results(i)
        let digest = ResultDigest.digest(now, ofElement: element, format)
        for step in 1...Self.reach {
          for before in [now &+ step, now &- step] where before <= format.lastEncoding {
            guard
              ResultDigest.difference(
                digest, ResultDigest.digest(before, ofElement: element, format)) == difference
            else { continue }
            let reference = ElementReference(campaign.configuration.function, format)
            let operands = inputs.map { type.load($0, i) }
            return ResultChange(
              operands: operands, before: before, now: now,
              errorBefore: reference.judge(before, at: operands).ulps,
              errorNow: reference.judge(now, at: operands).ulps)
          }
        }
      }
    }
    return nil
  }
}
