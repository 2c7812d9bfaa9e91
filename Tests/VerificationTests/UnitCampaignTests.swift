// SPDX-License-Identifier: Apache-2.0
import Formats
import ProductOracle
import SoftFloat
import Testing
import Work

@testable import Verification

@Suite("Products of matrix units, their definition and exact numbers")
struct UnitCampaignTests {
  @Test("Every unit and pair of formats: the same bits, also of infinities and zeros")
  func all() throws {
    let campaign = UnitCampaign(units: MatrixUnit.allCases, formats: [], products: 12, seed: 3)
    let rows = campaign.run(control: WorkControl(threads: 2)).state.counts
    #expect(rows.count == campaign.parts.count && rows.count > 100)
    for row in rows {
      #expect(row.differing == 0, "\(row.part): \(String(describing: row.first))")
      #expect(row.results >= 100 && row.steps > 100, "\(row.part): \(row.results), \(row.steps)")
    }
    #expect(rows.reduce(0) { $0 + $1.nonFinite } > 1000)
    #expect(rows.reduce(0) { $0 + $1.zero } > 300)
  }

  @Test("The same rows on any number of threads, and of a unit alone")
  func threads() throws {
    func rows(_ units: [MatrixUnit], _ threads: Int) throws -> [UnitCampaign.Row] {
      let campaign = UnitCampaign(units: units, formats: [.bf16], products: 9, seed: 1)
      return campaign.run(control: WorkControl(threads: threads)).state.counts
    }
    let both = try rows([.ampere, .amx], 1)
    #expect(try rows([.ampere, .amx], 3) == both)
    #expect(try rows([.amx], 2) == both.suffix(1))
  }

  /// Whether a campaign notices a change of the rule.
  private func notices(
    _ part: UnitCampaign.Part, _ change: @escaping @Sendable (inout UnitRule) -> Void
  ) throws -> Bool {
    let campaign = UnitCampaign(
      .init(units: [part.unit], formats: part.formats, products: 32, seed: 1)
    ) { part in
      var oracle = UnitOracle(
        part.unit, part.formats[0], part.formats[1], part.accumulator, shape: part.shape)
      if var rule = oracle?.rule {
        change(&rule)
        oracle?.rule = rule
      }
      return oracle
    }
    let unit = try #require(campaign.parts.firstIndex(of: part))
    let row = campaign.run(control: WorkControl(threads: 2)).state.counts[unit]
    return row.first?.kind == .definition
  }

  @Test("A rule with one bit more, one less, or rounding down is told from every NVIDIA unit's")
  func brokenRules() throws {
    // Of narrower operands few sums have bits to cut; only these reach the exponents of zeros.
    let wide: Set<Format> = [.fp16, .bf16, .tf32, .fp32, .e5m2]
    let long: Set<Format> = [.bf16, .tf32, .fp32]
    var count = 0
    for unit in [MatrixUnit.volta, .turing, .ampere, .ada, .hopper, .hopperMMA, .blackwell] {
      for part in UnitCampaign.parts(unit, []) where part.formats.allSatisfy(wide.contains) {
        count += 1
        #expect(try notices(part) { $0.fractionBits += 1 }, "\(part), a bit more")
        #expect(try notices(part) { $0.fractionBits -= 1 }, "\(part), a bit less")
        #expect(try notices(part) { $0.cut = .down }, "\(part), down")
        guard part.accumulator == .fp32, part.formats.allSatisfy(long.contains) else { continue }
        #expect(try notices(part) { $0.zeroExponent += 20 }, "\(part), zeros")
      }
    }
    #expect(count > 40)
  }
}
