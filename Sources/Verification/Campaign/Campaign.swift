// SPDX-License-Identifier: Apache-2.0
import Formats
import Work

/// Subject x reference x cases x criterion: the work of `verify`. Its items are cases, its counts
/// the tallies of a unit, one per variant.
package struct Campaign: CountingWork {
  /// The work.
  package let plan: Plan
  /// The implementation under test.
  package let subject: any Subject
  /// The source of expected results.
  package let reference: any Reference

  /// The campaign of a plan.
  package init(plan: Plan, subject: any Subject, reference: any Reference) {
    self.plan = plan
    self.subject = subject
    self.reference = reference
  }

  package var itemCounts: [UInt64] { plan.units.map(\.cases.count) }
  package var chunkSize: UInt64 { Plan.chunkSize }

  package func nothing(ofUnit unit: Int) -> [Tally] {
    [Tally](repeating: Tally(), count: plan.units[unit].variants.count)
  }

  package func add(_ tallies: [Tally], to sum: inout [Tally]) {
    for (variant, tally) in tallies.enumerated() {
      sum[variant].merge(tally, limit: plan.configuration.mismatchLimit)
    }
  }

  package func worker(listsLines: Bool) -> any CountingWorker<[Tally]> {
    Worker(plan: plan, subject: subject, reference: reference, listsMismatches: listsLines)
  }

  package func contradiction(_ tallies: [Tally], unit: Int, of items: DoneItems) -> String? {
    let unit = plan.units[unit]
    guard tallies.count == unit.variants.count else {
      return "\(tallies.count) tallies of \(unit.variants.count) roundings"
    }
    let check = TallyCheck(
      unit: unit, tested: items.count, contains: items.contains,
      limit: plan.configuration.mismatchLimit, subject: subject)
    return tallies.lazy.compactMap(check.contradiction).first
  }
}

/// How far a campaign is.
package typealias CampaignState = WorkState<[Tally]>
