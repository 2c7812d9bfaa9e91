// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Reports

@Suite struct PageTests {
  private func page(_ run: TrainingRun = Fixture.run(steps: 40)) throws -> String {
    let report = MixedPrecisionStepReport(proof: Fixture.proof, run: run, context: Fixture.context)
    return try #require(try report.files().first { $0.path == "index.html" }).text
  }

  @Test("The table of contents leads to every section, and to nothing else")
  func contents() throws {
    let page = try page()
    let sections = page.matches(of: /<h2 id="([^"]+)">/).map { String($0.1) }
    let links = page.matches(of: /<li><a href="#([^"]+)">/).map { String($0.1) }
    #expect(sections.count >= 6 && links == sections)
  }

  @Test("Tables by tensor are folded on a screen and open on paper, where pages have numbers")
  func foldedAndPrinted() throws {
    let page = try page()
    let folded = page.matches(of: /<details>(?s:.*?)<\/details>/).map(\.0)
    #expect(!folded.isEmpty && folded.allSatisfy { $0.contains("<summary>") })
    for heading in ["<th scope=\"col\">tensor</th><th scope=\"col\" class=\"n\">z", ">weight</th>"]
    {
      #expect(page.contains(heading))
      #expect(folded.contains { $0.contains(heading) }, "\(heading)")
    }
    let paper = try #require(page.firstMatch(of: /@media print\{(?s:.*)/)).0
    for rule in [
      "counter(page)", "details::details-content{content-visibility:visible",
      "figure svg{width:auto;max-width:100%;max-height:",
    ] {
      #expect(paper.contains(rule), "\(rule)")
    }
    #expect(page.contains("figure{margin:28px 0 34px;break-inside:avoid}"))
    #expect(!page.contains("<script"))
  }

  @Test("No heading is a bare unit, and no table has more columns than fit the page")
  func headings() throws {
    var run = Fixture.run(steps: 40)
    for index in 0..<9 {
      var policy = run.policies[3]
      policy.policy.name = "another-\(index)"
      run.policies.append(policy)
    }
    let page = try page(run)
    let headings = page.matches(of: /<th [^>]*>(.*?)<\/th>/).map(\.1)
    #expect(headings.count > 50)
    for heading in headings { #expect(!heading.contains(/^\[[^\]]*\]$/), "\(heading)") }
    for table in page.matches(of: /<thead>(?s:.*?)<\/thead>/) {
      let columns = table.0.matches(of: /scope="col"/).count
      #expect(columns <= 13, "\(columns): \(table.0)")
    }
  }

  @Test("A loss of any size is set as the numbers beside it are")
  func hugeNumbers() {
    for (value, expected) in [
      (2.41822, "2.4182"), (999_999, "999999.0000"),
      (4.4292970069327226e23, "4.43\u{a0}×\u{a0}10<sup>23</sup>"),
      (-1.5e6, "\u{2212}1.50\u{a0}×\u{a0}10<sup>6</sup>"),
    ] {
      #expect(HTMLTable.Cell.fixed(value, digits: 4).markup == expected)
    }
  }

  @Test("Memory is compared with fp32 always")
  func memory() throws {
    func memory(_ bytes: Int) -> MemoryCount {
      var count = MemoryCount()
      count.parameters = 1000
      count.weights = bytes * 1000
      count.gradients = bytes * 1000
      count.activations = bytes * 5000
      return count
    }
    func rows(_ names: [String]) throws -> [String] {
      var run = Fixture.run(steps: 12)
      run.reference.memory = memory(8)
      run.policies = run.policies.filter { names.contains($0.policy.name) }.map {
        var policy = $0
        policy.memory = memory(policy.policy.name == "fp32" ? 4 : 2)
        return policy
      }
      let markup = try #require(StepTables.memory(run)).markup
      return markup.matches(of: /<th scope="row">(.*?)<\/tr>/).map { String($0.1) }
    }
    let without = try rows(["bf16-amp"])
    #expect(without.map { $0.prefix { $0 != "<" } } == ["fp32", "fp64", "bf16-amp"])
    #expect(without.map { $0.contains(">100.0<") } == [true, false, false])
    #expect(without[2].contains(">50.0<"))
    let with = try rows(["fp32", "bf16-amp"])
    #expect(with.map { $0.prefix { $0 != "<" } } == ["fp64", "fp32", "bf16-amp"])
  }

  @Test("Every colour of a drawing has one for dark pages, with the contrast that reading takes")
  func darkScheme() throws {
    let page = try page()
    let dark = try #require(page.firstMatch(of: /prefers-color-scheme:dark(?s:.*?)@media/)).0
    for match in page.matches(of: /(?:fill|stroke)="(#[0-9a-f]{6})"/) {
      #expect(dark.contains("[fill=\"\(match.1)\"]"), "\(match.1)")
      #expect(dark.contains("[stroke=\"\(match.1)\"]"), "\(match.1)")
    }
    let colors = Dictionary(DarkInk.pairs.map { ($0.light, $0.dark) }) { first, _ in first }
    #expect(colors.count == DarkInk.pairs.count, "a colour with two meanings on white")
    for light in [Ink.text, Ink.quiet, Ink.alarm] + SeriesStyle.compared.map(\.color) {
      #expect(Self.contrast(light, Ink.paper) >= 4.5, "\(light)")
      #expect(Self.contrast(try #require(colors[light]), DarkInk.paper) >= 4.5, "\(light)")
    }
    // Levels keep their order: little of a quantity has little contrast.
    let levels = try Ink.levels.map { Self.contrast(try #require(colors[$0]), DarkInk.paper) }
    #expect(levels == levels.sorted() && levels[0] > 1.1)
  }

  /// The contrast of two colours by WCAG 2.2: (L1 + 0.05) / (L2 + 0.05).
  private static func contrast(_ a: String, _ b: String) -> Double {
    func luminance(_ hex: String) -> Double {
      let value = Int(hex.dropFirst(), radix: 16) ?? 0
      let parts = [16, 8, 0].map { Double((value >> $0) & 255) / 255 }.map { part in
        // ((c + 0.055) / 1.055)^2.4, as the fifth root of its twelfth power.
        let base = (part + 0.055) / 1.055
        let fifth = Powers.power(base, 12)
        var root = 1.0
        for _ in 0..<80 { root -= (root - fifth / Powers.power(root, 4)) / 5 }
        return part <= 0.04045 ? part / 12.92 : root
      }
      return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
    let (x, y) = (luminance(a), luminance(b))
    return (max(x, y) + 0.05) / (min(x, y) + 0.05)
  }
}
