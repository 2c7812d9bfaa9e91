// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import TensorFiles
import TestSupport
import Testing
import Work

@testable import Verification

@Suite("Audits, functions and units by shards, resumed, and from forged files")
struct NamedWorkTests {
  private let small = Format(id: "e4m5")
  private let functions = ElementaryCampaign(
    functions: [.tanh, .erf], domains: [.bf16, .fp64], samples: 9_000, seed: 2)
  private let units = UnitCampaign(
    units: [.volta, .cdna2], formats: [.fp16], products: 70, seed: 1)

  private func withFolder(_ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "halfway-work-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private func merges<Work: NamedWork>(_ work: Work) throws {
    let whole = work.run(control: WorkControl(threads: 2))
    #expect(whole.isComplete)
    #expect(whole.state.cases == work.caseCount())
    try withFolder { folder in
      for count in [1, 3, 7] {
        let paths = try (1...count).map { index in
          let shard = try #require(Shard(index: index, count: count))
          let (state, isComplete) = work.run(shard: shard)
          #expect(isComplete && state.cases == work.caseCount(of: shard))
          let path = "\(folder)/\(index)-\(count).jsonl"
          try work.shardText(state.counts, shard: shard, run: ["seconds": 1])
            .write(toFile: path, atomically: true, encoding: .utf8)
          return path
        }
        #expect(ShardLines.form(ofFile: paths[0]) == Work.form)
        let merged = try Work.merged(paths.reversed())
        #expect(merged.work.configuration == work.configuration)
        #expect(merged.counts == whole.state.counts)
        #expect(throws: FileProblem.self) { try Work.merged(paths + [paths[0]]) }
        if count > 1 {
          #expect(throws: FileProblem.self) { try Work.merged(Array(paths.dropLast())) }
        }
      }
    }
  }

  @Test("Shards of functions and units merge to the whole")
  func merging() throws {
    try merges(functions)
    try merges(units)
  }

  @Test("Shards of an audit merge to the whole")
  func mergingAudit() throws {
    let format = try #require(small)
    try merges(try #require(ReferenceAudit(operations: [.add, .div], formats: [format])))
  }

  private func resumes<Work: NamedWork>(_ work: Work) throws {
    let whole = work.run().state
    for blocks in [0, 3, 9] {
      let control = WorkControl<WorkState<Work.Count>>(
        isCancelled: CancelAfter(blocks).isCancelled)
      let first = work.run(control: control)
      #expect(!first.isComplete)
      let state = try JSONDecoder().decode(
        WorkState<Work.Count>.self, from: CanonicalJSON.encode(first.state))
      #expect(state.fits(work, shard: .whole))
      #expect(work.run(from: state).state == whole)
    }
  }

  @Test("Interrupted and resumed, the counts are those of the whole")
  func resumption() throws {
    try resumes(functions)
    try resumes(units)
  }

  @Test("An infinite error is kept by a checkpoint")
  func infinity() throws {
    var errors = ElementaryErrors(countsMisrounded: true)
    errors.add(.infinity, operand: 1, result: 2, isNearest: false)
    let copy = try JSONDecoder().decode(
      ElementaryErrors.self, from: CanonicalJSON.encode(errors))
    #expect(copy == errors)
  }

  /// The problem of a shard 1/1 whose lines a change has gone over, with a checksum that fits.
  private func problem<Work: NamedWork>(
    _ work: Work, _ old: String, _ new: String
  ) throws -> String? {
    var problem: String?
    try withFolder { folder in
      let path = folder + "/shard.jsonl"
      let text = try work.shardText(work.run().state.counts, shard: .whole, run: ["seconds": 1])
      let body = text.split(separator: "\n").dropLast().joined(separator: "\n") + "\n"
      let forged = body.replacing(try Regex(old), with: new, maxReplacements: 1)
      #expect(forged != body || old == new, "\(old)")
      let sum = FNV1a.digest(Data(forged.utf8))
      try (forged + "{\"checksum\":\"\(sum)\"}\n")
        .write(toFile: path, atomically: true, encoding: .utf8)
      do { _ = try Work.merged([path]) } catch let found as FileProblem { problem = found.reason }
    }
    return problem
  }

  @Test("What a shard cannot have counted is refused, and what it has is not")
  func impossible() throws {
    let number = "[0-9.]+"
    let narrow = ElementaryCampaign(functions: [.tanh], domains: [.bf16])
    #expect(try problem(narrow, "x", "x") == nil)
    for (old, new) in [
      ("\"operand\":\(number)", "\"operand\":65536"), ("\"operand\":\(number)", "\"operand\":1"),
      ("\"result\":\(number)", "\"result\":3"), ("\"largest\":\(number)", "\"largest\":0.25"),
      ("\"misrounded\":\(number)", "\"misrounded\":70000"),
      ("\"tested\":\(number)", "\"tested\":9"),
      ("\"functions\":..tanh..", "\"functions\":[]"),
      ("\"functions\":..tanh..", "\"functions\":[\"tanh\",\"tanh\"]"),
    ] {
      #expect(try problem(narrow, old, new) != nil, "\(new)")
    }
    for (old, new) in [
      ("\"results\":\(number)", "\"results\":9007199254740991"),
      ("\"results\":\(number)", "\"results\":3"),
      ("\"steps\":\(number)", "\"steps\":9007199254740991"),
      ("\"differing\":0", "\"differing\":1"), ("\"units\":\\[[^\\]]*\\]", "\"units\":[]"),
      ("\"units\":\\[[^\\]]*\\]", "\"units\":[\"volta\",\"volta\"]"),
    ] {
      #expect(try problem(units, old, new) != nil, "\(new)")
    }
  }

  @Test("Of an audit too")
  func impossibleAudit() throws {
    let format = try #require(small)
    let audit = try #require(ReferenceAudit(operations: [.add], formats: [format]))
    #expect(try problem(audit, "x", "x") == nil)
    let none = "\"compared\":0,\"first\":[],\"mismatches\":0"
    for (old, new) in [
      ("\"operations\":..add..", "\"operations\":[]"),
      ("\"operations\":..add..", "\"operations\":[\"add\",\"add\"]"),
      ("\"operations\":..add..", "\"operations\":[\"fma\"]"),
      ("\"compared\":[0-9]+", "\"compared\":3"), ("\"mismatches\":0", "\"mismatches\":1"),
      ("\\{\"compared\":[^}]*\\}", "{\(none)}"),
    ] {
      #expect(try problem(audit, old, new) != nil, "\(new)")
    }
  }

  @Test("No work has no part, or one twice")
  func configurations() throws {
    let format = try #require(small)
    #expect(ReferenceAudit(operations: [], formats: [format]) == nil)
    #expect(ReferenceAudit(operations: [.add], formats: []) == nil)
    #expect(ReferenceAudit(operations: [.add, .add], formats: [format]) == nil)
    #expect(ReferenceAudit(operations: [.add], formats: [format, format]) == nil)
    let (whole, products) = (functions.configuration, units.configuration)
    #expect(ElementaryCampaign(whole) != nil && UnitCampaign(products) != nil)
    for change: (inout ElementaryCampaign.Configuration) -> Void in [
      { $0.functions = [] }, { $0.domains = [] }, { $0.functions += $0.functions },
      { $0.domains += $0.domains }, { $0.samples = nil }, { $0.samples = 0 }, { $0.seed = nil },
      { $0.domains = [.bf16] },
    ] {
      var configuration = whole
      change(&configuration)
      #expect(ElementaryCampaign(configuration) == nil, "\(configuration)")
    }
    for change: (inout UnitCampaign.Configuration) -> Void in [
      { $0.units = [] }, { $0.units += $0.units }, { $0.formats += $0.formats },
      { $0.products = 0 },
    ] {
      var configuration = products
      change(&configuration)
      #expect(UnitCampaign(configuration) == nil, "\(configuration)")
    }
  }

  private func forge<Work: NamedWork>(_ work: Work, rounds: Int) throws -> Int {
    var random = Draw(seed: 4)
    var refused = 0
    try withFolder { folder in
      let path = folder + "/shard.jsonl"
      let shard = try #require(Shard(index: 1, count: 2))
      let text = try work.shardText(
        work.run(shard: shard).state.counts, shard: shard, run: ["seconds": 1])
      let body = text.split(separator: "\n").dropLast().joined(separator: "\n") + "\n"
      for _ in 0..<rounds {
        let forged = String(decoding: random.mutation(of: Array(body.utf8)), as: UTF8.self)
        let sum = FNV1a.digest(Data(forged.utf8))
        try (forged + "{\"checksum\":\"\(sum)\"}\n")
          .write(toFile: path, atomically: true, encoding: .utf8)
        do {
          _ = try Work.merged([path])
        } catch is FileProblem { refused += 1 }
      }
    }
    return refused
  }

  @Test("Four hundred forged shards with right checksums: refused, never a trap")
  func forgeries() throws {
    // All lack the other shard.
    #expect(try forge(functions, rounds: 200) == 200)
    #expect(try forge(units, rounds: 200) == 200)
  }
}

/// A wish to stop after so many questions.
private final class CancelAfter: @unchecked Sendable {
  private var left: Int
  private let lock = NSLock()

  init(_ questions: Int) { left = questions }

  func isCancelled() -> Bool {
    lock.withLock {
      left -= 1
      return left < 0
    }
  }
}
