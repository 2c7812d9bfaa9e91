// SPDX-License-Identifier: Apache-2.0
import Formats
import ProductOracle
import Testing

@testable import SoftFloat
@testable import Verification

@Suite("Matrix units compute as the published descriptions say")
struct MatrixUnitTests {
  @Test("Every check value comes out, of the definition and of the oracle")
  func checkValues() throws {
    var count = 0
    for value in UnitCheckValue.all {
      for unit in value.units {
        let row = try #require(value.row(unit))
        let oracle = try #require(
          UnitOracle(unit, value.format, value.format, value.accumulator))
        let words = "\(unit) \(value.format.id) \(value.terms.prefix(4)) c \(value.c)"
        #expect(value.walk(row).bitPattern == value.result.bitPattern, "\(words)")
        let own = row.walk(
          value.terms.map(\.0), value.terms.map(\.1), value.c, (value.format, value.format),
          step: oracle.dotAdd)
        #expect(own.bitPattern == value.result.bitPattern, "oracle, \(words)")
        count += 1
      }
    }
    #expect(count > 60)
  }

  @Test("A row with one bit more or less, or another conversion, fails a check value")
  func mutatedRows() throws {
    for unit in [MatrixUnit.volta, .turing, .ampere, .ada, .hopper, .blackwell] {
      let row = try #require(unit.row(.fp16, .fp16, accumulator: .fp32))
      guard case .truncated(let sum) = row.method else {
        Issue.record("\(unit)")
        continue
      }
      for change in [-1, 1] {
        var (mutant, other) = (row, sum)
        other.fractionBits += change
        mutant.method = .truncated(other)
        #expect(failures(of: mutant, for: unit) > 0, "\(unit), F \(change)")
      }
      var (mutant, other) = (row, sum)
      other.terms = sum.terms == 4 ? 8 : sum.terms / 2
      mutant.method = .truncated(other)
      let narrow = unit.row(.fp16, .fp16, accumulator: .fp16)
      #expect(failures(of: mutant, for: unit) > 0 || narrow != nil, "\(unit), L")
    }
  }

  private func failures(of row: MatrixUnitRow, for unit: MatrixUnit) -> Int {
    UnitCheckValue.all.count {
      $0.units.contains(unit) && $0.accumulator == row.accumulator
        && row.inputs.contains($0.format) && $0.walk(row).bitPattern != $0.result.bitPattern
    }
  }

  @Test("The definition equals exact numbers on random and special vectors, all rows and formats")
  func oracle() throws {
    var nans = 0
    for (index, row) in MatrixUnit.rows.enumerated() {
      for a in row.inputs {
        for b in row.inputs where row.mixes || a == b {
          let unit = row.units[0]
          guard unit.row(a, b, accumulator: row.accumulator, shape: row.ownShape) == row else {
            continue
          }
          let oracle = try #require(
            UnitOracle(unit, a, b, row.accumulator, shape: row.ownShape),
            "\(unit) \(a.id) \(b.id)")
          #expect(oracle.rule.terms == row.terms)
          let isNVIDIA = [.fused, .throughFP16].contains(oracle.rule.function)
          var wrong = 0
          var compared = 0
          for seed in 0..<120 {
            let specials: UInt32 = seed % 3 == 0 ? 0 : seed % 3 == 1 ? 64 : 160
            let (x, y, c) = vectors(row, (a, b), seed: index * 1000 + seed, specials)
            let own = row.walk(x, y, c, (a, b))
            guard let agrees = oracle.agrees(own, x, y, c) else { continue }
            compared += 1
            nans += isNVIDIA && own.isNaN ? 1 : 0
            wrong += agrees ? 0 : 1
          }
          #expect(compared > 40)
          #expect(wrong == 0, "\(row.units) \(a.id) \(b.id) \(row.accumulator), of \(compared)")
        }
      }
    }
    #expect(nans > 200)
  }

  /// Operands, and a c that is a result of the row: of any size, often near the products.
  private func vectors(
    _ row: MatrixUnitRow, _ formats: (Format, Format), seed: Int, _ specials: UInt32
  ) -> ([Float], [Float], Float) {
    func values(_ format: Format, _ seed: Int, _ count: Int) -> [Float] {
      OperandSource(format: format, seed: UInt64(seed), specials: specials).values(count)
        .map { Float($0) }
    }
    let (x, y) = (
      values(formats.0, 2 * seed, row.terms), values(formats.1, 2 * seed + 1, row.terms)
    )
    let c = values(row.accumulator == .fp16 ? .fp16 : .fp32, seed + 77_000, 1)[0]
    return (x, y, seed % 5 == 0 ? row.walk(x, y, 0, formats) : c)
  }
}
