// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Testing

@testable import KernelChecks

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("Trees of sums")
struct SumTreeTests {
  @Test("A tree's text is read back, whatever the order of its children")
  func text() throws {
    for text in ["0", "(0 1)", "((0 1) 2)", "(0 (1 2))", "((0 3 4) (1 2) 5)"] {
      #expect(SumTree(text)?.description == text)
    }
    #expect(SumTree("(2 (1 0))")?.description == "((0 1) 2)")
    for seed in 0..<50 {
      let tree = try #require(
        ProbedKernels.randomTree(1 + seed, widest: 5, seed: UInt64(seed)))
      #expect(SumTree(tree.description) == tree)
      #expect(
        try JSONDecoder().decode([SumTree].self, from: JSONEncoder().encode([tree])) == [tree])
    }
    for text in ["", "(", ")", "(0)", "(0 0)", "(0 2)", "0 1", "(0 1", "(0 1))", "(1 2)", "(0 x)"] {
      #expect(SumTree(text) == nil, "\(text)")
    }
    #expect(SumTree("(0 99999999999999999999)") == nil)
  }

  @Test("The depth is the most additions of a term")
  func depth() {
    #expect(SumTree(term: 0).depth == 0)
    #expect(SumTree.sequential(100).depth == 99)
    #expect(SumTree.pairwise(100).depth == 7)
    #expect(SumTree.fused(64, width: 16).depth == 4)
    #expect(SumTree.together(9).depth == 1 && SumTree.together(9).terms == 9)
  }

  @Test("Deep trees are walked without a stack")
  func deep() {
    let tree = SumTree.sequential(100_000)
    #expect(tree.depth == 99_999)
    #expect(SumTree(tree.description) == tree)
    #expect(tree.drawing().split(separator: "\n").count <= 24)
    #expect(tree.svg(title: "deep").utf8.count < 40_000)
  }

  @Test("A drawing has a line a node, and one for what is too large")
  func drawing() {
    #expect(
      SumTree.sequential(3).drawing() == """
        +
        ├─ +
        │  ├─ 0
        │  └─ 1
        └─ 2
        """)
    #expect(
      SumTree.pairwise(4096).drawing(lines: 4) == """
        +
        ├─ 0...2047  (2048 terms, depth 11)
        └─ 2048...4095  (2048 terms, depth 11)
        """)
    #expect(SumTree.together(4096).drawing() == "0...4095  (4096 terms, depth 1)")
    #expect(SumTree.fused(64, width: 16).drawing().split(separator: "\n").count == 18)
  }

  @Test("A picture is well-formed, holds every term and escapes its title")
  func picture() throws {
    for tree in [
      SumTree(term: 0), .sequential(2), .numPy(64), .fused(64, width: 16), .numPy(4096),
      .together(4096), .sequential(4096),
    ] {
      let svg = tree.svg(title: "a < b & \"c\"")
      let parser = XMLParser(data: Data(svg.utf8))
      #expect(parser.parse())
      #expect(!svg.contains("a < b"))
      if tree.terms <= 64 {
        #expect(svg.components(separatedBy: "class=\"term\"").count - 1 == tree.terms)
      }
    }
  }

  @Test("An identification is written and read back")
  func codable() throws {
    let found = try SumIdentification(
      of: ProbedKernels.tree(.pairwise(32), input: .fp32, accumulator: .fp32))
    let data = try JSONEncoder().encode(found)
    #expect(try JSONDecoder().decode(SumIdentification.self, from: data) == found)
  }
}
