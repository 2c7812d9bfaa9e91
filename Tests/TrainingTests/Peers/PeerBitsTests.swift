// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What PyTorch and NumPy made of the same operands, as Experiments/peers/pytorch/bits.py has
/// written it.
private struct PeerTable: Decodable {
  struct Row: Decodable {
    /// The case.
    let name: String
    /// Who computed it.
    let peer: String
    /// Its number of values.
    let values: Int
    /// How many of them differ from Halfway's.
    let differing: Int
    /// The digest of the peer's results.
    let digest: String
    /// Where the peer's results differ, index and FP32 encoding of each; nil where they are too
    /// many to list.
    let exceptions: [[UInt32]]?
    /// The digest of Halfway's results that those were counted against; nil where they are listed.
    let ours: String?
  }
  let rows: [Row]
}

@Suite struct PeerBitsTests {
  /// The encoding in FP32; one for all NaN, whose payloads nobody defines.
  private func bits(_ x: Float) -> UInt32 { x.isNaN ? 0x7FC0_0000 : x.bitPattern }

  /// The sum of a 64-bit hash (Stafford's thirteenth) of every place and value.
  private func digest(_ values: [UInt32]) -> String {
    var sum: UInt64 = 0
    for (index, value) in values.enumerated() {
      var z = UInt64(index) << 32 | UInt64(value)
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      sum &+= z ^ (z >> 31)
    }
    return String(sum, radix: 16)
  }

  @Test("Casts, elementwise operations, products, optimizers and the scaler have PyTorch's bits")
  func bits() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../Experiments/peers/pytorch/bits.json").standardized
    let table = try JSONDecoder().decode(PeerTable.self, from: Data(contentsOf: file))
    var rows = Dictionary(grouping: table.rows, by: \.name)
    for item in PeerCase.all {
      let ours = item.results.map { $0.values.map(bits) }
      #expect(!ours.isEmpty, "\(item.name)")
      for (result, values) in zip(item.results, ours) {
        #expect(values == ours[0], "\(item.name): \(result.preset)")
      }
      let peers = rows.removeValue(forKey: item.name) ?? []
      #expect(!peers.isEmpty, "\(item.name)")
      for peer in peers {
        #expect(peer.values == ours[0].count)
        // Too many differ to be listed: bits.py has counted them against these results.
        guard let exceptions = peer.exceptions else {
          #expect(digest(ours[0]) == peer.ours, "\(item.name), \(peer.peer)")
          continue
        }
        #expect(exceptions.count == peer.differing)
        var expected = ours[0]
        for exception in exceptions { expected[Int(exception[0])] = exception[1] }
        #expect(digest(expected) == peer.digest, "\(item.name), \(peer.peer)")
      }
    }
    #expect(rows.isEmpty, "\(rows.keys)")
  }

  /// Where HALFWAY_PEER_BITS names a folder, the operands and results go there for bits.py.
  @Test(
    "The operands and results of the comparison, as files",
    .enabled(if: ProcessInfo.processInfo.environment["HALFWAY_PEER_BITS"] != nil))
  func files() throws {
    let path = try #require(ProcessInfo.processInfo.environment["HALFWAY_PEER_BITS"])
    let folder = URL(fileURLWithPath: path)
    for item in PeerCase.all {
      func write(_ values: [Float], _ suffix: String) throws {
        let data = values.map(\.bitPattern).withUnsafeBytes { Data($0) }
        try data.write(to: folder.appendingPathComponent("\(item.name).\(suffix)"))
      }
      for (number, input) in item.inputs.enumerated() { try write(input, "operand\(number)") }
      try write(item.results[0].values, "result")
    }
  }
}
