// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TensorFiles

@Suite("Damaged files of tensors")
struct MutationTests {
  private static let seeds: [TensorFormat: [[UInt8]]] = {
    let arrays = [
      npy(dictionary("<f4", "(2, 3)") + "   \n", [UInt8](repeating: 1, count: 24)),
      npy(dictionary(">u2", "(3, 2)", fortran: "True"), Array(1...12), version: 2),
      npy(dictionary("<V2", "(2,)") + "\n", [1, 2, 3, 4], version: 3),
      npy(dictionary("|V1", "()"), [5]), npy(dictionary("<i8", "(2, 0)")),
    ]
    // One type at a time is asked for.
    let twoBytes = arrays.filter { !$0.contains(UInt8(ascii: "|")) }
    let members = twoBytes.enumerated().map { ZipBytes.Member("\($0).npy", $1) }
    let packed = twoBytes.enumerated().map { ZipBytes.Member(deflated: "p/\($0).npy", $1) }
    let entry = { (name: String, type: String, shape: String, offsets: String) in
      #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
    }
    return [
      .npy: arrays,
      .npz: [
        ZipBytes(members: members).bytes, ZipBytes(members: packed).bytes,
        ZipBytes(members: [members[0], packed[1]], isLarge: true, comment: [1, 2]).bytes,
        ZipBytes(members: []).bytes,
      ],
      .safetensors: [
        safetensors(
          "{\(entry("a", "F32", "[2,1]", "[0,8]")),\(entry("é", "F4", "[2,3]", "[8,11]"))}  ",
          Array(1...11)),
        safetensors(
          "{\"__metadata__\":{\"k\\u0041\":\"v\"},\(entry("b", "BF16", "[]", "[0,2]"))}", [1, 2]),
        safetensors("{}"),
      ],
    ]
  }()

  @Test("Each is refused with one line about a byte of it, or read as its own copy is")
  func trials() throws {
    for (number, format) in TensorFormat.allCases.enumerated() {
      let seeds = try #require(Self.seeds[format])
      for seed in seeds {
        let isRead = [nil, .bf16, .e4m3].contains { line(format, seed, as: $0) == nil }
        #expect(isRead, "a seed of \(format) is refused")
      }
      var words = SeededWords(seed: UInt64(number))
      let trial = MutationTrial(format, seeds: seeds, count: 7_000, using: &words)
      #expect(trial.breaches.isEmpty, "\(format): \(trial.breaches.map(\.reason))")
      #expect(trial.accepted + trial.refused == 7_000)
      // Damage that nothing notices, or that nothing survives, would try nothing.
      #expect(trial.accepted > 70 && trial.refused > 3_500, "\(format): \(trial.accepted)")
    }
  }

  @Test("The same words damage the same way, and other words another")
  func determinism() throws {
    let mutator = FileMutator(seeds: try #require(Self.seeds[.npy]))
    func files(_ seed: UInt64) -> [[UInt8]] {
      var words = SeededWords(seed: seed)
      return (0..<100).map { _ in mutator.mutated(using: &words) }
    }
    #expect(files(1) == files(1) && files(1) != files(2))
  }
}
