// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Formats
import SoftFloat
import Synchronization

/// The comparison of the products of matrix units with the units' definition, and of both with exact numbers
/// (`UnitOracle`), bit for bit.
public struct UnitCampaign: Sendable {
  /// A unit's function for operands of two formats.
  public struct Part: Hashable, Sendable, CustomStringConvertible {
    /// The unit.
    public var unit: MatrixUnit
    /// The format of the left operand, and of the right one.
    public var formats: [Format]
    /// The format of the sums.
    public var accumulator: Accumulation.SumFormat
    /// The shape of the instruction; nil of the unit's own.
    public var shape: MatrixInstructionShape?

    /// Such as `hopper fp16 x fp16 -> fp32`.
    public var description: String {
      let name = shape.map { "\(unit.rawValue) \($0.rawValue)" } ?? unit.rawValue
      return "\(name) \(formats[0].id) x \(formats[1].id) -> \(accumulator.rawValue)"
    }
  }

  /// A result that is not what it is compared with.
  public struct Difference: Hashable, Sendable {
    /// What differs.
    public enum Kind: String, Hashable, Sendable, Codable {
      /// The product differs from the walk of the definition.
      case product
      /// The definition's first differing step differs from exact numbers.
      case definition
    }

    /// What differs.
    public var kind: Kind
    /// The product, the row and the column.
    public var index: UInt64, row: Int, column: Int
    /// The operands, encodings in FP32, and what the sum begins with.
    public var a: [UInt32], b: [UInt32], c: UInt32
    /// The right result, and the one that came out.
    public var expected: UInt32, got: UInt32
  }

  /// The results of one part.
  public struct Row: Hashable, Sendable {
    /// The part.
    public var part: Part
    /// The results of products that were compared with the definition.
    public var results: UInt64 = 0
    /// How many of them are not finite, and how many are zero.
    public var nonFinite: UInt64 = 0, zero: UInt64 = 0
    /// The steps of the definition that were compared with exact numbers.
    public var steps: UInt64 = 0
    /// Results and steps that differ.
    public var differing: UInt64 = 0
    /// The first of them.
    public var first: Difference?

    mutating func merge(_ other: Row) {
      results += other.results
      nonFinite += other.nonFinite
      zero += other.zero
      steps += other.steps
      differing += other.differing
      if let own = other.first, own.index <= first?.index ?? .max { first = own }
    }
  }

  /// The parts in the order of the rows.
  public let parts: [Part]
  private let products: UInt64
  private let seed: UInt64
  private let oracle: @Sendable (Part) -> UnitOracle?

  /// The campaign.
  ///
  /// - Parameters:
  ///   - units: The units.
  ///   - formats: The formats of operands; all that a unit takes where it is empty.
  ///   - products: The number of products of each part.
  ///   - seed: The seed of their operands.
  public init(units: [MatrixUnit], formats: [Format], products: UInt64, seed: UInt64) {
    self.init(
      parts: units.flatMap { Self.parts($0, formats) }, products: products, seed: seed,
      oracle: { UnitOracle($0.unit, $0.formats[0], $0.formats[1], $0.accumulator, shape: $0.shape) }
    )
  }

  init(
    parts: [Part], products: UInt64, seed: UInt64,
    oracle: @escaping @Sendable (Part) -> UnitOracle?
  ) {
    self.parts = parts
    self.products = products
    self.seed = seed
    self.oracle = oracle
  }

  /// What a unit takes: each row with the operands for which it is the unit's.
  static func parts(_ unit: MatrixUnit, _ formats: [Format]) -> [Part] {
    var parts: [Part] = []
    for row in unit.rows {
      for a in row.inputs {
        for b in row.inputs where row.mixes || a == b {
          guard formats.isEmpty || (formats.contains(a) && formats.contains(b)) else { continue }
          let isOwn = unit.row(a, b, accumulator: row.accumulator) == row
          let part = Part(
            unit: unit, formats: [a, b], accumulator: row.accumulator,
            shape: isOwn ? nil : row.shapes.first)
          let found = unit.row(a, b, accumulator: row.accumulator, shape: part.shape)
          if found == row, !parts.contains(part) { parts.append(part) }
        }
      }
    }
    return parts
  }

  /// The number of products of all parts.
  public var productCount: UInt64 { UInt64(parts.count) * products }

  /// The rows in order; nil when the control cancelled. The same on any number of threads.
  public func run(control: CampaignControl = CampaignControl()) -> [Row]? {
    var rows: [Row] = []
    for part in parts {
      let done = UInt64(rows.count) * products
      guard let row = run(part, control, done: done) else { return nil }
      rows.append(row)
    }
    return rows
  }

  private func run(_ part: Part, _ control: CampaignControl, done: UInt64) -> Row? {
    guard
      let row = part.unit.row(
        part.formats[0], part.formats[1], accumulator: part.accumulator, shape: part.shape)
    else { return nil }
    let judge = UnitJudge(part: part, row: row, oracle: oracle(part), seed: seed)
    let shared = Mutex((next: UInt64(0), row: Row(part: part), done: UInt64(0)))
    DispatchQueue.concurrentPerform(iterations: max(1, control.threads)) { _ in
      while !control.isCancelled() {
        let index = shared.withLock { shared in
          defer { shared.next += 1 }
          return shared.next
        }
        guard index < products else { break }
        let own = judge.compare(index)
        let count = shared.withLock { shared in
          shared.row.merge(own)
          shared.done += 1
          return shared.done
        }
        control.report(done + count)
      }
    }
    return shared.withLock { $0.done == products ? $0.row : nil }
  }
}
