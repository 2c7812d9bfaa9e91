// SPDX-License-Identifier: Apache-2.0
import Testing
import Work

@Suite("Portions")
struct PortionTests {
  private static let chunkSize: UInt64 = 1 << 16

  /// The chunks of a shard as unit, start and count.
  private func chunks(_ portions: Portions) -> [(unit: Int, start: UInt64, count: Int)] {
    (0..<portions.chunkCount).map { portions.locate($0) }
  }

  @Test("Shards take every item once, and as many of each unit as the others, give or take one")
  func division() throws {
    let campaigns: [[UInt64]] = [
      [1], [5], [3, 1, 1, 7], [200_000, 65_536, 1, 131_073], [70_000, 0, 3, 9, 400_001], [0],
    ]
    for counts in campaigns {
      for of in [1, 2, 3, 5, 7, 8, 40, 1000] {
        var ends = [UInt64](repeating: 0, count: counts.count)
        var cases: [UInt64] = []
        for index in 1...of {
          let portions = Portions(
            counts, shard: try #require(Shard(index: index, count: of)), chunkSize: Self.chunkSize)
          var own = [UInt64](repeating: 0, count: counts.count)
          for chunk in chunks(portions) {
            // Each shard goes on where the one before it ended.
            #expect(chunk.start == ends[chunk.unit])
            #expect((1...Int(Self.chunkSize)).contains(chunk.count))
            ends[chunk.unit] += UInt64(chunk.count)
            own[chunk.unit] += UInt64(chunk.count)
          }
          for (count, total) in zip(own, counts) {
            let least = total / UInt64(of)
            #expect(count == least || count == least + 1)
          }
          #expect(portions.itemCount == own.reduce(0, +))
          cases.append(portions.itemCount)
        }
        #expect(ends == counts, "\(counts) in \(of)")
        let (least, most) = (cases.min() ?? 0, cases.max() ?? 0)
        #expect(most - least <= 1, "\(counts) in \(of): \(least) to \(most)")
      }
    }
  }
}
