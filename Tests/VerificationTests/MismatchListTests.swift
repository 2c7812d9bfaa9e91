// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Synchronization
import Testing
import Work

@testable import Verification

private let subject = MutableArithmetic(mutation: .tiesAway)

private func makeCampaign() -> Campaign {
  let configuration = Configuration(
    operations: [.add, .mul], formats: [.fp16], roundings: [.nearestEven, .up],
    cases: [.random(140_000), .boundary], subject: subject.name)
  return Campaign(
    plan: Plan(configuration, subject: subject), subject: subject, reference: MPFRReference())
}

/// A list in memory that takes a number of deliveries.
private final class List: Sendable {
  let text = Mutex<(bytes: [UInt8], room: Int)>(([], .max))
  func append(_ lines: [UInt8]) -> Bool {
    text.withLock { text in
      guard text.room > 0 else { return false }
      text.room -= 1
      text.bytes += lines
      return true
    }
  }
  var bytes: [UInt8] { text.withLock { $0.bytes } }
}

private func listed(
  _ campaign: Campaign, shard: Shard = .whole, threads: Int
) -> (CampaignState, [UInt8]) {
  let list = List()
  var control = WorkControl<CampaignState>(threads: threads)
  control.list = { list.append($0) }
  let (state, isComplete) = campaign.run(shard: shard, control: control)
  #expect(isComplete)
  return (state, list.bytes)
}

@Suite("Lists of all mismatches")
struct MismatchListTests {
  @Test("as many lines as mismatches, the same bytes on any number of threads, in order")
  func complete() throws {
    let campaign = makeCampaign()
    let (state, one) = listed(campaign, threads: 1)
    let lines = String(decoding: one, as: UTF8.self).split(separator: "\n")
    let mismatches = state.counts.joined().reduce(0) { $0 + $1.mismatches }
    #expect(UInt64(lines.count) == mismatches && mismatches > 1000)
    // The first of a row are those that the tally keeps.
    let first = state.counts[0][0].first[0]
    #expect(lines.contains { $0.contains(",random:140000,nearest-even,\(first.index),0x") })
    let keys = lines.prefix { $0.hasPrefix("add,fp16,fp16,random") }.map { line in
      UInt64(line.split(separator: ",")[5]) ?? 0
    }
    #expect(keys == keys.sorted() && keys.count > 100)
    for threads in [2, 5] {
      #expect(listed(campaign, threads: threads).1 == one)
    }
    #expect(state.list?.bytes == UInt64(one.count))
    // The list does not change the result.
    var without = campaign.run().state
    without.list = state.list
    #expect(without == state)
  }

  @Test("interrupted anywhere and resumed from its checkpoint, the list has the same bytes")
  func resumption() throws {
    let campaign = makeCampaign()
    let (_, whole) = listed(campaign, threads: 2)
    for room in [0, 1, 3, 6] {
      let list = List()
      list.text.withLock { $0.room = room }
      var control = WorkControl<CampaignState>(
        threads: 2, isCancelled: { list.text.withLock { $0.room == 0 } })
      control.list = { list.append($0) }
      let (state, isComplete) = campaign.run(control: control)
      #expect(!isComplete)
      #expect(state.ahead.isEmpty)
      let saved = try JSONDecoder().decode(CampaignState.self, from: JSONEncoder().encode(state))
      #expect(saved.fits(campaign, shard: .whole))
      // What was written after the save is cut off, as the command does.
      let kept = Int(saved.list?.bytes ?? 0)
      list.text.withLock { $0 = (Array($0.bytes[..<kept]), .max) }
      control = WorkControl(threads: 2)
      control.list = { list.append($0) }
      #expect(campaign.run(from: saved, control: control).isComplete)
      #expect(list.bytes == whole)
    }
  }

  @Test("the lines of the shards are those of the whole")
  func shards() {
    let whole = String(decoding: listed(makeCampaign(), threads: 1).1, as: UTF8.self)
    let parts = (1...3).compactMap { Shard(index: $0, count: 3) }.map { shard in
      String(decoding: listed(makeCampaign(), shard: shard, threads: 2).1, as: UTF8.self)
    }
    #expect(
      parts.joined().split(separator: "\n").sorted() == whole.split(separator: "\n").sorted())
  }
}
