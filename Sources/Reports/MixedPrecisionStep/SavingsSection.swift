// SPDX-License-Identifier: Apache-2.0
import Measurements

/// What policies would save: memory exact, time and energy modelled.
package struct SavingsSection {
  /// The costs.
  package let savings: Savings

  /// The section of costs.
  package init(_ savings: Savings) { self.savings = savings }

  private var full: CostCount? { savings.policies.first?.cost }

  /// The section of a page.
  var section: Markup.Section {
    Markup.Section("What would it save?", id: "savings", content: table.markup + sources)
  }

  /// How much less than FP32's a value is; nil where one of them is not known.
  private func saved(_ value: Double?, of all: Double?) -> Double? {
    guard let value, let all, all > 0 else { return nil }
    return 1 - value / all
  }

  private func shares(_ cost: CostCount) -> [Double?] {
    [
      saved(Double(cost.bytes), of: full.map { Double($0.bytes) }),
      saved(cost.seconds, of: full?.seconds), saved(cost.joules, of: full?.joules),
    ]
  }

  private var table: HTMLTable {
    HTMLTable(
      caption:
        "A step of one process and what it saves beside FP32. Memory is exact, by shapes and "
        + "formats. Time on `\(savings.machine)` and energy are modelled: a roofline of the operations "
        + "and the energies of a table, neither measured. A dash: no table has the arithmetic.",
      groups: [.init(""), .init("a step", span: 3), .init("saved beside FP32 [%]", span: 3)],
      headings: [
        "policy", "memory [kB]", "time [\u{b5}s]", "energy [\u{b5}J]", "memory", "time", "energy",
      ],
      rows: savings.policies.map { policy in
        let cost = policy.cost
        return [
          .text(policy.policy), .fixed(Double(cost.bytes) / 1000, digits: 1),
          .number(cost.seconds.map { $0 * 1e6 }), .number(cost.joules.map { $0 * 1e6 }),
        ] + shares(cost).map { .percent($0) }
      })
  }

  private var sources: String { Markup.list(savings.sources) }

  /// The rows of a text, and what they mean.
  package var text: (rows: [[String]], note: String) {
    func percent(_ share: Double?) -> String {
      share.map { $0 == 0 ? "0" : ReadableNumber.significant($0 * 100, digits: 2) } ?? "-"
    }
    let header = [["saves [%]", "memory", "time", "energy"]]
    return (
      header
        + savings.policies.dropFirst().map { [$0.policy] + shares($0.cost).map(percent) },
      "beside FP32: memory exact by shapes and formats; time on \(savings.machine) and energy "
        + "modelled, not measured; -: no table has the arithmetic."
    )
  }
}
