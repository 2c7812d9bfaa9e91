// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// FNV-1a over words.
struct Digest {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325
  mutating func add(_ word: UInt64) { value = (value ^ word) &* 0x0000_0100_0000_01b3 }
  /// A number; of NaNs, whose payloads no formula states, one stands for all.
  mutating func add(_ x: Float) { add(UInt64(x.isNaN ? Float.nan.bitPattern : x.bitPattern)) }
  /// Likewise.
  mutating func add(_ x: Double) { add(x.isNaN ? Double.nan.bitPattern : x.bitPattern) }
}

/// Results that must be the same bytes in every build, whatever the instructions: `make
/// test-builds` holds those that a machine can run to the same table.
public enum Digests {
  /// The digests by what they are of.
  public static func all() -> [(name: String, value: UInt64)] {
    operations.flatMap { format, id in
      [
        ("\(id), scalar", OperationDigests.value(format, scalar: true)),
        ("\(id), batch", OperationDigests.value(format, scalar: false)),
      ]
    } + [
      ("casts", CastDigests.value), ("elementary", ElementaryDigests.value),
      ("products", ProductDigests.sums), ("matrix units", ProductDigests.units),
    ]
  }

  /// What differs from the committed table, a line for each; none where all is as it should be.
  public static func differences() -> [String] {
    all().compactMap { name, value in
      let expected = expected[name]
      return value == expected
        ? nil
        : "\(name): \(hex(value)) instead of \(expected.map(hex) ?? "none")"
    }
  }

  private static let operations = [
    (Format.fp16, "fp16"), (.bf16, "bf16"), (.fp32, "fp32"), (.tf32, "tf32"), (.e4m3, "e4m3"),
    (.e5m2, "e5m2"), (Format(exponentBits: 5, fractionBits: 7), "e5m7"),
  ]

  private static func hex(_ x: UInt64) -> String { "0x" + String(x, radix: 16) }

  private static let expected: [String: UInt64] = [
    "fp16, scalar": 0x6bf1_bc7a_44f9_7a05, "fp16, batch": 0x6bf1_bc7a_44f9_7a05,
    "bf16, scalar": 0x72e7_36e2_249d_c55a, "bf16, batch": 0x72e7_36e2_249d_c55a,
    "fp32, scalar": 0xaa1d_a775_a686_ed28, "fp32, batch": 0xaa1d_a775_a686_ed28,
    "tf32, scalar": 0x61a1_f810_5ea1_4247, "tf32, batch": 0x61a1_f810_5ea1_4247,
    "e4m3, scalar": 0xb7b9_9de3_80f3_ab59, "e4m3, batch": 0xb7b9_9de3_80f3_ab59,
    "e5m2, scalar": 0x6ded_bddc_efa1_f7dd, "e5m2, batch": 0x6ded_bddc_efa1_f7dd,
    "e5m7, scalar": 0x0065_d815_f649_1ee5, "e5m7, batch": 0x0065_d815_f649_1ee5,
    "casts": 0x83b9_8ad3_7240_3ec9, "elementary": 0xa141_73fd_ecf4_f39c,
    "products": 0xe22e_bd97_9293_4dbe, "matrix units": 0x9dd7_3012_147f_092a,
  ]
}
