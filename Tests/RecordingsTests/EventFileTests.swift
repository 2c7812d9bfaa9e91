// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import WatchedRuns

@Suite struct EventFileTests {
  // RFC 3720, appendix B.4; the last is the check value of CRC-32C's catalogue entry.
  @Test("CRC-32C gives the values of RFC 3720")
  func checksums() {
    #expect(MaskedChecksum.plain([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(MaskedChecksum.plain([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(MaskedChecksum.plain([UInt8](0..<32)) == 0x46dd_794e)
    #expect(MaskedChecksum.plain((0..<32).reversed().map { UInt8($0) }) == 0x113f_db5c)
    #expect(MaskedChecksum.plain(Array("123456789".utf8)) == 0xe306_9283)
  }

  // The first bytes of every file of TensorBoard: a record of 24 bytes with the file's version.
  @Test("a file begins as TensorBoard's own do: a wall time and brain.Event:2, framed")
  func begin() throws {
    let run = TrainingRun(
      configuration: TrainingConfiguration(
        model: "m", architecture: "", parameters: 1, steps: 1, batch: 1, optimizer: "", seed: 0,
        measureEvery: 1, localEvery: 0),
      reference: PolicyRun(policy: policy("fp64")), policies: [])
    let bytes = EventFile.bytes(of: run)
    #expect(bytes.prefix(12) == [24, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22])
    #expect(bytes[12...].prefix(11) == [0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a, 13])
    #expect(String(decoding: bytes[23...].prefix(13), as: UTF8.self) == "brain.Event:2")
    #expect(bytes.count == 12 + 24 + 4)
  }

  // event.proto: step is field 2, summary field 5; summary.proto: value field 1 with tag 1 and
  // simple_value 2.
  @Test("a step's event holds its number and a scalar for each figure that exists")
  func step() {
    var own = PolicyRun(policy: policy("own"))
    own.append(StepRecord(step: 300, loss: 2, exactLoss: 2, lossScale: nil, skipped: false))
    let run = TrainingRun(
      configuration: TrainingConfiguration(
        model: "m", architecture: "", parameters: 1, steps: 1, batch: 1, optimizer: "", seed: 0,
        measureEvery: 1, localEvery: 0),
      reference: PolicyRun(policy: policy("fp64")), policies: [own])
    let data = EventFile.bytes(of: run).dropFirst(40 + 12).dropLast(4)
    let loss = [0x0a, 8] + Array("loss/run".utf8) + [0x15, 0, 0, 0, 0x40]
    let skipped = [0x0a, 7] + Array("skipped".utf8) + [0x15, 0, 0, 0, 0]
    let values = [0x0a, UInt8(loss.count)] + loss + [0x0a, UInt8(skipped.count)] + skipped
    // 300 = 0b10_0101100, seven bits a byte.
    let expected: [UInt8] =
      [0x09] + bytes(of: 300) + [0x10, 0xac, 0x02, 0x2a, UInt8(values.count)] + values
    #expect(Array(data) == expected)
  }

  private func bytes(of number: Double) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt64($0))) }
  }

  private func policy(_ name: String) -> PolicyDescription {
    PolicyDescription(
      name: name, summary: "", operands: "fp32", accumulator: "fp32", weights: "fp32",
      optimizer: "fp32", lossScaling: nil)
  }
}
