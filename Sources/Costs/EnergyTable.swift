// SPDX-License-Identifier: Apache-2.0

/// The energy of one operation and of one access, in pJ, of a generation of chips.
package struct EnergyTable: Codable, Sendable, Hashable {
  /// The energy of an addition and of a multiplication in pJ.
  package struct Row: Codable, Sendable, Hashable {
    package var add: Double
    package var multiply: Double
  }

  /// The generation, such as `7 nm`.
  package let process: String
  /// The kinds of arithmetic that the table has.
  package let rows: [ArithmeticKind: Row]
  /// The energy of moving 64 bits from or to the memory of the machine: between which numbers of
  /// pJ.
  package let memory: ClosedRange<Double>
  /// Where the numbers come from.
  package let source: CostSource

  /// The middle of the range of a memory access, in pJ a byte.
  package var picojoulesPerByte: Double { (memory.lowerBound + memory.upperBound) / 2 / 8 }

  /// The energy of a multiplication of operands of one kind and an addition to a sum of another, in
  /// pJ; nil where the table has no row for one of them.
  package func multiplyAdd(_ operands: ArithmeticKind, sum: ArithmeticKind) -> Double? {
    guard let multiply = rows[operands]?.multiply, let add = rows[sum]?.add else { return nil }
    return multiply + add
  }

  private static let source = CostSource(
    "Jouppi et al., Ten Lessons From Three Generations Shaped Google's TPUv4i, ISCA 2021, table 2",
    date: "2021-06")
  /// 64 bits from HBM2.
  private static let hbm2 = 250.0...450

  /// At 7 nm. FP8, TF32 and FP64 have no row.
  package static let nm7 = EnergyTable(
    process: "7 nm",
    rows: [
      .bf16: Row(add: 0.11, multiply: 0.21), .fp16: Row(add: 0.16, multiply: 0.34),
      .fp32: Row(add: 0.38, multiply: 1.31),
    ], memory: hbm2, source: source)

  /// At 45 nm. BF16, FP8, TF32 and FP64 have no row.
  package static let nm45 = EnergyTable(
    process: "45 nm",
    rows: [
      .fp16: Row(add: 0.4, multiply: 1.1), .fp32: Row(add: 0.9, multiply: 3.7),
    ], memory: hbm2, source: source)
}
