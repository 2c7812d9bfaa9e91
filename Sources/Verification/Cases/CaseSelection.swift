// SPDX-License-Identifier: Apache-2.0
import Formats

/// The name of a case set, as the command line and the results carry it.
package enum CaseSelection: Hashable, Sendable {
  /// Ends of the formats and powers of two with their neighbours; all cross products.
  case boundary
  /// Structured significands times exponents, about 10^5 pairs and 10^6 triples.
  case level1
  /// Denser ones, about 10^8 pairs and triples.
  case level2
  /// Coverage models: events at the rounding boundary, each met `repeats` times.
  case coverage(repeats: UInt64)
  /// Seeded random operands.
  case random(UInt64)
  /// Every operand, pair or triple, up to 2^32 cases.
  case exhaustive
  /// Every significand and alignment class of the fused multiply-add in binary16.
  case significands

  /// The names the command line knows.
  package static let names = [
    "boundary", "level1", "level2", "coverage", "random", "exhaustive", "significands",
  ]
  /// The number of times `coverage` meets each event where no number is given.
  package static let defaultRepeats: UInt64 = 4
  /// The number of times that `coverage` can meet each event: of 2^20 events and more, the cases
  /// still have 64-bit indices.
  package static let repeatLimit: UInt64 = 1 << 32
  /// The number of cases of `random` where no number is given.
  package static let defaultRandomCount: UInt64 = 1_000_000

  /// The selection of a name, nil when there is none: `level1`, `random:1000000`, `random:1e9`,
  /// `coverage:10`.
  package init?(name: String) {
    let parts = name.lowercased().split(separator: ":", omittingEmptySubsequences: false)
    let number = parts.count == 2 ? CaseSelection.count(String(parts[1])) : nil
    guard parts.count == 1 || (parts.count == 2 && number != nil) else { return nil }
    switch (parts.first, parts.count) {
    case ("boundary", 1): self = .boundary
    case ("level1", 1): self = .level1
    case ("level2", 1): self = .level2
    case ("exhaustive", 1): self = .exhaustive
    case ("significands", 1): self = .significands
    case ("coverage", _) where number ?? 0 < CaseSelection.repeatLimit:
      self = .coverage(repeats: number ?? CaseSelection.defaultRepeats)
    case ("random", _): self = .random(number ?? CaseSelection.defaultRandomCount)
    default: return nil
    }
  }

  /// The positive number of `1000000` or `1e6`, below 2^53.
  private static func count(_ text: String) -> UInt64? {
    if let plain = UInt64(text) { return plain > 0 && plain < 1 << 53 ? plain : nil }
    guard let scientific = Double(text), scientific >= 1, scientific < 0x1p53 else { return nil }
    return scientific == scientific.rounded() ? UInt64(scientific) : nil
  }

  /// The cases for an operation, or the reason why it has none.
  package func cases(
    operation: ArithmeticOperation, format: Format, to: Format, seed: UInt64
  ) -> Result<any CaseSet, Unavailable> {
    switch self {
    case .boundary: .success(structured(.boundary, operation, format))
    case .level1: .success(structured(.level1, operation, format))
    case .level2: .success(structured(.level2, operation, format))
    case .coverage(let repeats):
      .success(
        CoverageCases(
          operation: operation, format: format, to: to, repeats: repeats, seed: seed))
    case .random(let count):
      .success(RandomCases(count: count, seed: seed, operation: operation, format: format))
    case .exhaustive: exhaustive(operation, format)
    case .significands:
      operation == .fma && format == .fp16
        ? .success(SignificandCases())
        : .failure(Unavailable(reason: "significand classes exist for fma in fp16 only"))
    }
  }

  /// Why a combination has no cases or cannot be run.
  package struct Unavailable: Error, Hashable, Sendable {
    /// One clause.
    package var reason: String

    /// The reason as one clause.
    package init(reason: String) { self.reason = reason }
  }

  private func structured(
    _ density: OperandDensity, _ operation: ArithmeticOperation, _ format: Format
  ) -> CrossProductCases {
    let kinds = operation.operandKinds(format)
    var lists = kinds.map { density.values($0, arity: kinds.count) }
    if operation == .scaleB { lists[1] = density.scales(format) }
    return CrossProductCases(lists)
  }

  private func exhaustive(
    _ operation: ArithmeticOperation, _ format: Format
  ) -> Result<any CaseSet, Unavailable> {
    if operation == .scaleB, format.bitWidth <= 16 {
      let encodings = Array(0..<format.encodingCount)
      return .success(CrossProductCases([encodings, scaleExponents(format, step: 1)]))
    }
    let kinds = operation.operandKinds(format)
    if let cases = ExhaustiveCases.cases(kinds) { return .success(cases) }
    let bits = kinds.map(\.bitWidth).reduce(0, +)
    return .failure(Unavailable(reason: "2^\(bits) cases are too many to enumerate"))
  }
}

extension CaseSelection: Codable, CustomStringConvertible {
  /// The name with its number.
  package var description: String {
    switch self {
    case .boundary: "boundary"
    case .level1: "level1"
    case .level2: "level2"
    case .coverage(let repeats): "coverage:\(repeats)"
    case .random(let count): "random:\(count)"
    case .exhaustive: "exhaustive"
    case .significands: "significands"
    }
  }

  /// The selection whose name the decoder holds.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let selection = CaseSelection(name: name) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "no case set '\(name)'")
    }
    self = selection
  }

  /// Encodes the name.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
