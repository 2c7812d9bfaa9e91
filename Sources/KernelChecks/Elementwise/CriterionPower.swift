// SPDX-License-Identifier: Apache-2.0
import Formats

/// Whether a criterion tells a kernel from null models on given cases.
package struct CriterionPower: Hashable, Sendable {
  /// The null models that were tried.
  package let tried: [NullModel]
  /// Those that the criterion lets pass.
  package let passing: [NullModel]

  /// The elements that are looked at.
  private static let samples: UInt64 = 1024

  /// The power of a campaign's criterion, on elements that are spread evenly over its cases.
  ///
  /// - Parameter known: What is known of a reference that excuses kernels; nil before.
  package init(
    _ campaign: KernelCampaign, _ criterion: KernelCriterion, excusedAsIn known: KernelCount? = nil
  ) {
    let configuration = campaign.configuration
    let arity = configuration.function.arity
    let reference = ElementReference(configuration.function, campaign.format)
    let count = min(campaign.elements, Self.samples)
    // Neighbouring samples differ in their last bits, too.
    let operands = (0..<count).map { i -> [UInt64] in
      let element = i * (campaign.elements / count) + (campaign.elements / count) * (i % 7) / 7
      return (0..<arity).map { campaign.operand($0, ofElement: element) }
    }
    let right = operands.map { reference.nearest(at: $0) }
    var (tried, passing): ([NullModel], [NullModel]) = ([], [])
    for model in NullModel.allCases {
      guard let results = model.results(operands, right, in: campaign.format) else { continue }
      tried.append(model)
      var errors = KernelCount(hasTolerance: campaign.tolerance != nil)
      errors.reference = known?.reference
      for (operands, result) in zip(operands, results) {
        let judgement = reference.judge(result, at: operands)
        errors.add(judgement, operands: operands, result: result)
        if let tolerance = campaign.tolerance {
          errors.outside?.add(judgement, operands, result, tolerance, reference)
        }
      }
      if criterion.allows(errors, configuration.function, campaign.format) { passing.append(model) }
    }
    (self.tried, self.passing) = (tried, passing)
  }
}
