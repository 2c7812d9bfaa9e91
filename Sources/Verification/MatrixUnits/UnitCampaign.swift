// SPDX-License-Identifier: Apache-2.0
import Formats
import ProductOracle
import SoftFloat
import Work

/// The comparison of the products of matrix units with the units' definition, and of both with
/// exact numbers (`UnitOracle`), bit for bit.
package struct UnitCampaign: Sendable {
  /// A unit's function for operands of two formats.
  package struct Part: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The unit.
    package var unit: MatrixUnit
    /// The format of the left operand, and of the right one.
    package var formats: [Format]
    /// The format of the sums.
    package var accumulator: Accumulation.SumFormat
    /// The shape of the instruction; nil of the unit's own.
    package var shape: MatrixInstructionShape?

    /// Such as `hopper fp16 x fp16 -> fp32`.
    package var description: String {
      let name = shape.map { "\(unit.rawValue) \($0.rawValue)" } ?? unit.rawValue
      return "\(name) \(formats[0].id) x \(formats[1].id) -> \(accumulator.rawValue)"
    }
  }

  /// A result that is not what it is compared with.
  package struct Difference: Hashable, Sendable, Codable {
    /// What differs.
    package enum Kind: String, Hashable, Sendable, Codable {
      /// The product differs from the walk of the definition.
      case product
      /// The definition's first differing step differs from exact numbers.
      case definition
    }

    /// What differs.
    package var kind: Kind
    /// The product, the row and the column.
    package var index: UInt64, row: Int, column: Int
    /// The operands, encodings in FP32, and what the sum begins with.
    package var a: [UInt32], b: [UInt32], c: UInt32
    /// The right result, and the one that came out.
    package var expected: UInt32, got: UInt32
  }

  /// The results of one part.
  package struct Row: Hashable, Sendable, Codable {
    /// The part.
    package var part: Part
    /// The results of products that were compared with the definition.
    package var results: UInt64 = 0
    /// How many of them are not finite, and how many are zero.
    package var nonFinite: UInt64 = 0, zero: UInt64 = 0
    /// The steps of the definition that were compared with exact numbers.
    package var steps: UInt64 = 0
    /// Results and steps that differ.
    package var differing: UInt64 = 0
    /// The first of them.
    package var first: Difference?

    mutating func merge(_ other: Row) {
      results += other.results
      nonFinite += other.nonFinite
      zero += other.zero
      steps += other.steps
      differing += other.differing
      if let own = other.first, own.index <= first?.index ?? .max { first = own }
    }
  }

  /// What determines the counts.
  package struct Configuration: Codable, Hashable, Sendable {
    /// The units.
    package var units: [MatrixUnit]
    /// The formats of operands; all that a unit takes where it is empty.
    package var formats: [Format]
    /// The number of products of each part.
    package var products: UInt64
    /// The seed of their operands.
    package var seed: UInt64
  }

  /// The parts in the order of the rows.
  package let parts: [Part]
  package let configuration: Configuration
  private let oracle: @Sendable (Part) -> UnitOracle?

  /// The campaign.
  ///
  /// - Parameters:
  ///   - units: The units.
  ///   - formats: The formats of operands; all that a unit takes where it is empty.
  ///   - products: The number of products of each part.
  ///   - seed: The seed of their operands.
  package init(units: [MatrixUnit], formats: [Format], products: UInt64, seed: UInt64) {
    self.init(
      Configuration(units: units, formats: formats, products: products, seed: seed),
      oracle: { UnitOracle($0.unit, $0.formats[0], $0.formats[1], $0.accumulator, shape: $0.shape) }
    )
  }

  /// The campaign of a configuration; nil where units lack, units or formats stand twice, or there
  /// are too many products.
  package init?(_ configuration: Configuration) {
    guard 1...Self.mostProducts ~= configuration.products, !configuration.units.isEmpty,
      Set(configuration.units).count == configuration.units.count,
      Set(configuration.formats).count == configuration.formats.count
    else { return nil }
    self.init(
      units: configuration.units, formats: configuration.formats,
      products: configuration.products, seed: configuration.seed)
  }

  init(_ configuration: Configuration, oracle: @escaping @Sendable (Part) -> UnitOracle?) {
    self.configuration = configuration
    parts = configuration.units.flatMap { Self.parts($0, configuration.formats) }
    self.oracle = oracle
  }

  /// The most products of a part.
  package static let mostProducts: UInt64 = 1 << 32

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
}

/// An item is a product.
extension UnitCampaign: NamedWork {
  package static let name = "units"
  package static let form = "halfway/units-shard/1"

  package var itemCounts: [UInt64] { parts.map { _ in configuration.products } }
  package var chunkSize: UInt64 { 16 }

  package func nothing(ofUnit unit: Int) -> Row { Row(part: parts[unit]) }
  package func add(_ row: Row, to sum: inout Row) { sum.merge(row) }

  package func worker(listsLines: Bool) -> any CountingWorker<Row> {
    UnitWorker(
      parts: parts,
      judges: parts.map(judge))
  }

  private func judge(_ part: Part) -> UnitJudge? {
    part.unit.row(
      part.formats[0], part.formats[1], accumulator: part.accumulator, shape: part.shape
    ).map { UnitJudge(part: part, row: $0, oracle: oracle(part), seed: configuration.seed) }
  }

  package func contradiction(_ row: Row, unit: Int, of items: DoneItems) -> String? {
    guard row.part == parts[unit] else { return "it is of \(row.part)" }
    let most = items.count * UInt64(UnitOperands.mostResults)
    guard items.count...most ~= row.results,
      row.steps <= row.results * UInt64(UnitOperands.mostSteps),
      row.nonFinite <= row.results, row.zero <= row.results - row.nonFinite,
      row.differing <= row.results, (row.first == nil) == (row.differing == 0)
    else { return "counts that no products have" }
    guard let first = row.first else { return nil }
    guard items.contains(first.index), judge(parts[unit])?.compare(first.index).first == first
    else {
      return "a difference that its product has not"
    }
    return nil
  }
}

private struct UnitWorker: CountingWorker {
  let parts: [UnitCampaign.Part]
  let judges: [UnitJudge?]

  func count(
    ofUnit unit: Int, start: UInt64, count: Int, isCancelled: () -> Bool
  ) -> (count: UnitCampaign.Row, lines: [UInt8])? {
    guard let judge = judges[unit] else { return nil }
    var row = UnitCampaign.Row(part: parts[unit])
    for index in start..<start + UInt64(count) {
      if isCancelled() { return nil }
      row.merge(judge.compare(index))
    }
    return (row, [])
  }
}
