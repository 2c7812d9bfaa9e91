// SPDX-License-Identifier: Apache-2.0
import Formats

/// One operation in one format over one case set, under all roundings of the campaign.
public struct Unit: Sendable {
  /// The operation.
  public let operation: ArithmeticOperation
  /// The format of the operands.
  public let format: Format
  /// The format of the result.
  public let to: Format
  /// The name of the case set.
  public let selection: CaseSelection
  /// The attributes that are tested, in the order of the results: those of the campaign that the
  /// subject has.
  public let variants: [Semantics]
  let cases: any CaseSet
}

/// A combination that was asked for and is not run, and why.
public struct Skipped: Hashable, Sendable, Codable {
  /// The operation.
  public var operation: ArithmeticOperation
  /// The format of the operands.
  public var format: Format
  /// The format of the result.
  public var to: Format
  /// The roundings that are left out.
  public var roundings: [Rounding]
  /// One clause.
  public var reason: String
}

/// A campaign laid out as units of work, which shards divide.
public struct Plan: Sendable {
  /// The cases of a chunk. A checkpoint counts whole chunks, so this bounds what a kill loses.
  public static let chunkSize: UInt64 = 1 << 16

  /// What determines the results.
  public let configuration: Configuration
  /// The units in the order of the results.
  public let units: [Unit]
  /// What is left out.
  public let skipped: [Skipped]

  /// The plan of a configuration for a subject.
  public init(_ configuration: Configuration, subject: any Subject) {
    var units: [Unit] = []
    var skipped: [Skipped] = []
    for operation in configuration.operations {
      for format in configuration.formats {
        for to in operation == .convert ? configuration.targets : [format] {
          let (variants, refused) = Plan.variants(
            configuration, subject: subject, operation: operation, format: format, to: to)
          skipped += refused
          guard !variants.isEmpty else { continue }
          for selection in configuration.cases {
            switch selection.cases(
              operation: operation, format: format, to: to, seed: configuration.seed)
            {
            case .success(let cases):
              units.append(
                Unit(
                  operation: operation, format: format, to: to, selection: selection,
                  variants: variants, cases: cases))
            case .failure(let unavailable):
              skipped.append(
                Skipped(
                  operation: operation, format: format, to: to,
                  roundings: variants.map(\.rounding),
                  reason: "\(selection): \(unavailable.reason)"))
            }
          }
        }
      }
    }
    self.configuration = configuration
    self.units = units
    self.skipped = skipped
  }

  /// The attributes the subject has, and the others grouped by reason.
  private static func variants(
    _ configuration: Configuration, subject: any Subject, operation: ArithmeticOperation,
    format: Format,
    to: Format
  ) -> ([Semantics], [Skipped]) {
    var kept: [Semantics] = []
    var refused: [Skipped] = []
    for semantics in configuration.variants {
      let evaluation = Evaluation(
        operation: operation, format: format, to: to, semantics: semantics)
      switch subject.function(for: evaluation) {
      case .success: kept.append(semantics)
      case .failure(let unavailable):
        if let place = refused.firstIndex(where: { $0.reason == unavailable.reason }) {
          refused[place].roundings.append(semantics.rounding)
        } else {
          refused.append(
            Skipped(
              operation: operation, format: format, to: to, roundings: [semantics.rounding],
              reason: unavailable.reason))
        }
      }
    }
    return (kept, refused)
  }

  /// The number of cases of all units, each counted once for all roundings; 2^64 - 1 for more.
  public var caseCount: UInt64 {
    units.reduce(0) { sum, unit in
      let (total, isTooLarge) = sum.addingReportingOverflow(unit.cases.count)
      return isTooLarge ? .max : total
    }
  }

  /// The number of cases of a shard.
  public func caseCount(of shard: Shard) -> UInt64 { portions(of: shard).caseCount }

  /// The cases of a shard.
  func portions(of shard: Shard) -> Portions {
    Portions(units.map(\.cases.count), shard: shard)
  }
}
