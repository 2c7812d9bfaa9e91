// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Synchronization
import TensorFiles
import Testing
import Work

@testable import Verification

private func makeCampaign(seed: UInt64 = 1) -> Campaign {
  let subject = MutableArithmetic(mutation: .tiesAway)
  let configuration = Configuration(
    operations: [.add, .mul], formats: [.fp16], roundings: [.nearestEven, .up],
    cases: [.random(400_000), .boundary], seed: seed, subject: subject.name)
  return Campaign(
    plan: Plan(configuration, subject: subject), subject: subject, reference: MPFRReference())
}

private func result(_ campaign: Campaign, _ state: CampaignState) throws -> Data {
  try CanonicalJSON.encode(
    VerificationResult(plan: campaign.plan, state: state))
}

@Suite("Campaigns")
struct CampaignTests {
  @Test("the result has the same bytes on any number of threads")
  func threads() throws {
    let campaign = makeCampaign()
    let one = campaign.run()
    #expect(one.isComplete)
    #expect(one.state.counts[0][0].mismatches > 10)
    for threads in [2, 3, 8] {
      let many = campaign.run(control: WorkControl(threads: threads))
      #expect(try result(campaign, many.state) == result(campaign, one.state))
    }
  }

  @Test("interrupted anywhere and resumed, the result has the same bytes")
  func resumption() throws {
    let campaign = makeCampaign()
    let whole = try result(campaign, campaign.run().state)
    for blocks in [0, 1, 50, 130, 200] {
      let polls = Mutex(0)
      let control = WorkControl<CampaignState>(
        threads: 2,
        isCancelled: {
          polls.withLock { polls in
            polls += 1
            return polls > blocks
          }
        })
      let first = campaign.run(control: control)
      #expect(!first.isComplete)
      let state = try JSONDecoder().decode(
        CampaignState.self, from: CanonicalJSON.encode(first.state))
      let second = campaign.run(from: state, control: WorkControl(threads: 2))
      #expect(second.isComplete)
      #expect(try result(campaign, second.state) == whole)
    }
  }

  @Test("any saved state leads to the same bytes")
  func savedStates() throws {
    let campaign = makeCampaign()
    let saved = Mutex<[CampaignState]>([])
    let ticks = Mutex(0.0)
    let control = WorkControl<CampaignState>(
      threads: 2,
      seconds: {
        ticks.withLock { ticks in
          ticks += 1
          return ticks
        }
      },
      save: { state in saved.withLock { $0.append(state) } })
    let whole = try result(campaign, campaign.run(control: control).state)
    let states = saved.withLock { $0 }
    #expect(states.count > 3)
    for state in states {
      #expect(try result(campaign, campaign.run(from: state).state) == whole)
    }
  }

  @Test("mismatches are those of lowest index")
  func lowestIndex() {
    let state = makeCampaign().run().state
    let indices = state.counts[0][0].first.map(\.index)
    #expect(indices.count == Configuration.defaultMismatchLimit)
    #expect(indices == indices.sorted())
  }

  @Test("what a subject cannot do is listed, and nothing is selected from nothing")
  func skipped() {
    let configuration = Configuration(
      operations: [.add, .div], formats: [.fp16, .bf16], roundings: [.up],
      subject: "native")
    let plan = Plan(configuration, subject: NativeSubject())
    #expect(plan.caseCount == 0)
    #expect(plan.skipped.count == 4)
    #expect(plan.skipped.allSatisfy { $0.reason.contains("nearest even") })
  }
}

@Suite("Shards")
struct ShardTests {
  private func shards(_ count: Int) -> [(path: String, result: VerificationResult)] {
    (1...count).compactMap { index in
      guard let shard = Shard(index: index, count: count) else { return nil }
      let campaign = makeCampaign()
      let (state, _) = campaign.run(shard: shard)
      return (
        "part\(index)", VerificationResult(plan: campaign.plan, state: state, shard: shard)
      )
    }
  }

  @Test("merged in any order they give the bytes of the whole")
  func merge() throws {
    let campaign = makeCampaign()
    let whole = try result(campaign, campaign.run().state)
    for count in [1, 2, 3, 40] {
      let merged = try ShardFile.merge(shards(count).reversed())
      #expect(try CanonicalJSON.encode(merged) == whole)
    }
  }

  @Test("gaps, overlaps, differing configurations and counts of shards are refused")
  func refusals() throws {
    let parts = shards(3)
    func message(_ parts: [(path: String, result: VerificationResult)]) -> String {
      do {
        _ = try ShardFile.merge(parts)
        return "accepted"
      } catch { return "\(error)" }
    }
    #expect(message([parts[0], parts[2]]).contains("gap: shard 2/3 missing"))
    #expect(message([parts[0], parts[1], parts[1], parts[2]]).contains("overlap"))
    #expect(message([parts[0], shards(2)[1]]).contains("among shards"))
    var other = parts
    other[1].result.configuration.seed = 2
    #expect(message(other).contains("configuration differs"))
    #expect(message([]).contains("no shards"))
  }

  @Test("a file is read back, and damage to it is noticed")
  func files() throws {
    let path = NSTemporaryDirectory() + "halfway-shard-\(UUID().uuidString).jsonl"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let part = shards(2)[0].result
    let text = try ShardFile.text(part, run: ["seconds": 1.5])
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let mutable = MutableArithmetic(mutation: .tiesAway)
    #expect(try ShardFile.read(path, subject: { _ in mutable }) == part)
    let lines = text.split(separator: "\n")
    let damaged = [
      lines.dropLast().joined(separator: "\n"), String(text.prefix(text.count / 2)), "", "{}\n",
      text.replacing("\"tested\":", with: "\"tested\":1"),
    ]
    for content in damaged {
      try content.write(toFile: path, atomically: true, encoding: .utf8)
      #expect(throws: FileProblem.self) { try ShardFile.read(path, subject: { _ in mutable }) }
    }
    #expect(throws: FileProblem.self) { try ShardFile.read(path + ".missing") }
  }

  @Test("names")
  func names() {
    #expect(Shard(name: "2/3") == Shard(index: 2, count: 3))
    for bad in ["0/3", "4/3", "1", "1/0", "a/b", "1/2/3", "-1/2", ""] {
      #expect(Shard(name: bad) == nil, "\(bad)")
    }
  }
}

@Suite("Checkpoints")
struct CheckpointTests {
  @Test("what was saved is loaded; damaged and foreign files are refused and left alone")
  func roundTrip() throws {
    let campaign = makeCampaign()
    let path = NSTemporaryDirectory() + "halfway-\(UUID().uuidString).checkpoint"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let fingerprint = try campaign.plan.configuration.fingerprint(shard: .whole)
    let checkpoint = WorkCheckpoint(path: path, fingerprint: fingerprint)
    #expect(!checkpoint.exists)
    #expect(throws: FileProblem.self) { try checkpoint.load(for: campaign, shard: .whole) }
    let (state, _) = campaign.run()
    try checkpoint.save(state)
    #expect(try checkpoint.load(for: campaign, shard: .whole) == state)
    #expect(!FileManager.default.fileExists(atPath: path + ".partial"))

    let good = try Data(contentsOf: URL(fileURLWithPath: path))
    var flipped = good
    flipped[good.count - 20] ^= 1
    for bad in [flipped, good.prefix(good.count / 2), Data(), Data("hello\n".utf8), good + [0]] {
      try bad.write(to: URL(fileURLWithPath: path))
      #expect(throws: FileProblem.self) { try checkpoint.load(for: campaign, shard: .whole) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bad)
    }
    try good.write(to: URL(fileURLWithPath: path))
    let other = makeCampaign(seed: 2)
    let foreign = WorkCheckpoint(
      path: path, fingerprint: try other.plan.configuration.fingerprint(shard: .whole))
    #expect(throws: FileProblem.self) { try foreign.load(for: other, shard: .whole) }
  }

  @Test("a folder that does not exist is a problem, not a crash")
  func unwritable() {
    let checkpoint = WorkCheckpoint(path: "/nonexistent/x.checkpoint", fingerprint: "0")
    #expect(throws: FileProblem.self) {
      try checkpoint.save(WorkState(makeCampaign()))
    }
  }
}
