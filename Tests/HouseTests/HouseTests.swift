// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("The house is as it is drawn")
struct HouseTests {
  @Test("Every source file keeps to the arrows, the edge and the length")
  func sources() throws {
    var count = 0
    for module in try SourceTree.folders("Sources") {
      #expect(House.arrows[module] != nil, "Sources/\(module) is not in the drawing")
      for path in try SourceTree.swiftFiles("Sources/\(module)") {
        let source = try SourceTree.text(path)
        #expect(House.violations(in: source, module: module, path: path) == [])
        count += 1
      }
    }
    #expect(count > 50)
  }

  @Test("Every test file carries the licence and keeps to the length")
  func tests() throws {
    for path in try SourceTree.swiftFiles("Tests") {
      let lines = try SourceTree.text(path).split(
        separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.first == "// SPDX-License-Identifier: Apache-2.0", "\(path)")
      #expect(lines.count <= House.longestFile + 1, "\(path)")
    }
  }

  @Test("Package.swift draws the same arrows")
  func manifest() throws {
    let manifest = try SourceTree.text("Package.swift").replacing(/\s+/, with: " ")
    let target =
      /\.(?:executableTarget|target)\( ?name: "(\w+)",(?: dependencies: \[([^\]]*)\])?/
    var drawn: [String: Set<String>] = ["CMPFR": [], "CProcessor": [], "CZlib": []]
    for match in manifest.matches(of: target)
    where !["TestSupport", "Digests"].contains(match.output.1) {
      let names = (match.output.2 ?? "").matches(of: /"([A-Z]\w*)"/).map { String($0.output.1) }
      drawn[String(match.output.1)] = Set(names)
    }
    #expect(drawn == House.arrows)
  }

  @Test("docs/architecture.md draws the same arrows")
  func documentation() throws {
    let row = /\| `(\w+)` \| ([^|]*) \|/
    var drawn: [String: Set<String>] = [:]
    for match in try SourceTree.text("docs/architecture.md").matches(of: row) {
      let names = match.output.2.matches(of: /`(\w+)`/).map { String($0.output.1) }
      drawn[String(match.output.1)] = Set(names)
    }
    #expect(drawn == House.arrows)
  }

  @Test("docs/house.svg is drawn from the same arrows, without those that a longer way implies")
  func picture() throws {
    let arrows = House.arrows.mapValues { $0.subtracting(["ArgumentParser"]) }
    func reached(_ module: String) -> Set<String> {
      arrows[module, default: []].reduce(into: arrows[module, default: []]) {
        $0.formUnion(reached($1))
      }
    }
    var expected: Set<String> = []
    for (module, others) in arrows {
      for other in others
      where !others.contains(where: { reached($0).contains(other) }) {
        expected.insert("\(module) \(other)")
      }
    }
    let drawn = try SourceTree.text("docs/house.svg").matches(
      of: /data-from="(\w+)" data-to="(\w+)"/)
    #expect(
      Set(drawn.map { "\($0.output.1) \($0.output.2)" }) == expected,
      "python3 Experiments/house/house.py >docs/house.svg")
    #expect(drawn.count == expected.count && expected.count > 20)
  }

  @Test("The arrows have no cycle")
  func acyclic() {
    var rest = House.arrows.mapValues { $0.intersection(House.arrows.keys) }
    while let (leaf, _) = rest.first(where: { $0.value.isEmpty }) {
      rest[leaf] = nil
      rest = rest.mapValues { $0.subtracting([leaf]) }
    }
    #expect(rest.isEmpty)
  }
}

@Suite("The checker sees what it must")
struct HouseCheckerTests {
  private let licence = "// SPDX-License-Identifier: Apache-2.0\n"

  @Test(
    "A forbidden line is found",
    arguments: [
      ("MPFROracle", "import SoftFloat"), ("Reports", "import Twins"),
      ("Measurements", "import SoftFloat"), ("SoftFloat", "import MPFROracle"),
      ("SoftFloat", "@testable import Verification"), ("Formats", "import Foundation"),
      ("Twins", "public import struct Verification.Plan"),
      ("Reports", "  @preconcurrency import Verification"),
      ("Verification", "let words = CommandLine.arguments"),
      ("Twins", "let home = ProcessInfo.processInfo.environment[\"HOME\"]"),
      ("Verification", "let start = ContinuousClock.now"), ("Reports", "let today = Date()"),
      ("halfway", "let x = Double.random(in: 0..<1)"),
      ("Twins", "var generator = SystemRandomNumberGenerator()"),
    ])
  func forbidden(module: String, line: String) {
    let source = licence + "let a = 1\n" + line + "\n"
    let found = House.violations(in: source, module: module, path: "Fake.swift")
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("Fake.swift:3: ") == true)
  }

  @Test(
    "An allowed line is not",
    arguments: [
      ("SoftFloat", "import Formats"), ("Verification", "import MPFROracle"),
      ("Twins", "import Foundation"), ("halfway", "let start = ContinuousClock.now"),
      ("Twins", "// ContinuousClock is for the edge"), ("Reports", "let important = 1"),
    ])
  func allowed(module: String, line: String) {
    let source = licence + line + "\n"
    #expect(House.violations(in: source, module: module, path: "Fake.swift") == [])
  }

  @Test("A missing licence and a long file are found")
  func shape() {
    #expect(House.violations(in: "let a = 1\n", module: "Formats", path: "F.swift").count == 1)
    let long = licence + String(repeating: "let a = 1\n", count: 400)
    #expect(House.violations(in: long, module: "Formats", path: "F.swift").count == 1)
  }
}
