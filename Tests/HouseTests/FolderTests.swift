// SPDX-License-Identifier: Apache-2.0
import Testing
import Words

@Suite("Folders use each other in one direction")
struct FolderTests {
  private func sources() throws -> [String: String] {
    var files: [String: String] = [:]
    for module in try SourceTree.folders("Sources") {
      for path in try SourceTree.swiftFiles("Sources/\(module)") {
        files[String(path.dropFirst("Sources/".count))] = try SourceTree.text(path)
      }
    }
    return files
  }

  @Test("No two folders use types of each other")
  func pairs() throws {
    let folders = Folders(try sources(), isNested: true)
    #expect(folders.uses.count > 30)
    #expect(folders.pairs == [])
  }

  @Test("The folders of a module form no circle")
  func cycles() throws {
    let files = try sources()
    for module in try SourceTree.folders("Sources") {
      let own = files.filter { $0.key.hasPrefix(module + "/") }
      #expect(Folders(own, isNested: false).cycles == [], "\(module)")
    }
  }

  @Test("A type's name means one thing in the package")
  func names() throws {
    #expect(Folders.homonyms(try sources()) == [])
  }

  @Test("The checker finds a pair, a circle and a homonym, and is not misled by words")
  func checker() {
    let pair = ["M/A/a.swift": "struct A { var b: B }", "M/B/b.swift": "enum B { case a(A) }"]
    #expect(Folders(pair, isNested: true).pairs == ["M/A and M/B: B and A"])
    let circle = [
      "M/A/a.swift": "struct A { var b: B }", "M/B/b.swift": "struct B { var c: C }",
      "M/C/c.swift": "struct C { var a: A }", "M/D/d.swift": "struct D { var a: A }",
    ]
    #expect(Folders(circle, isNested: false).cycles.count == 3)
    #expect(Folders(circle, isNested: false).pairs == [])
    let words = [
      "M/A/a.swift": "struct A {} // B\nlet name = \"B\"\n", "M/B/b.swift": "struct B { var a: A }",
      "N/C/c.swift": "private struct A {}",
    ]
    #expect(Folders(words, isNested: true).pairs == [])
    #expect(Folders.homonyms(words) == [])
    let twice = ["M/a.swift": "struct A {}", "N/a.swift": "public enum A {}"]
    #expect(Folders.homonyms(twice) == ["A in M and N"])
  }
}
