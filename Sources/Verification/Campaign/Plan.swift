// SPDX-License-Identifier: Apache-2.0
import Formats

/// One operation in one format over one case set, under all roundings of the campaign.
package struct Unit: Sendable {
  /// The operation.
  package let operation: ArithmeticOperation
  /// The format of the operands.
  package let format: Format
  /// The format of the result.
  package let to: Format
  /// The name of the case set.
  package let selection: CaseSelection
  /// The attributes that are tested, in the order of the results: those of the campaign that the
  /// subject has.
  package let variants: [Semantics]
  /// What the subject answered for each of them.
  let functions: [BlockFunction]
  let cases: any CaseSet
}

/// A combination that was asked for and is not run, and why.
package struct Skipped: Hashable, Sendable, Codable {
  /// The operation.
  package var operation: ArithmeticOperation
  /// The format of the operands.
  package var format: Format
  /// The format of the result.
  package var to: Format
  /// The roundings that are left out.
  package var roundings: [Rounding]
  /// One clause.
  package var reason: String
}

/// A campaign laid out as units of work, which shards divide.
package struct Plan: Sendable {
  /// The cases of a chunk.
  package static let chunkSize: UInt64 = 1 << 16

  /// What determines the results.
  package let configuration: Configuration
  /// The units in the order of the results.
  package let units: [Unit]
  /// What is left out.
  package let skipped: [Skipped]

  /// The plan of a configuration for a subject.
  package init(_ configuration: Configuration, subject: any Subject) {
    var units: [Unit] = []
    var skipped: [Skipped] = []
    for operation in configuration.operations {
      for format in configuration.formats {
        for to in operation == .convert ? configuration.targets : [format] {
          let (functions, refused) = Plan.functions(
            configuration, subject: subject, operation: operation, format: format, to: to)
          skipped += refused
          guard !functions.isEmpty else { continue }
          let variants = functions.map(\.semantics)
          for selection in configuration.cases {
            switch selection.cases(
              operation: operation, format: format, to: to, seed: configuration.seed)
            {
            case .success(let cases):
              units.append(
                Unit(
                  operation: operation, format: format, to: to, selection: selection,
                  variants: variants, functions: functions.map(\.function), cases: cases))
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

  /// The attributes the subject has, each with its function, and the others grouped by reason.
  private static func functions(
    _ configuration: Configuration, subject: any Subject, operation: ArithmeticOperation,
    format: Format,
    to: Format
  ) -> ([(semantics: Semantics, function: BlockFunction)], [Skipped]) {
    var kept: [(semantics: Semantics, function: BlockFunction)] = []
    var refused: [Skipped] = []
    for semantics in configuration.variants {
      let evaluation = Evaluation(
        operation: operation, format: format, to: to, semantics: semantics)
      switch subject.function(for: evaluation) {
      case .success(let function): kept.append((semantics, function))
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
  package var caseCount: UInt64 {
    units.reduce(0) { sum, unit in
      let (total, isTooLarge) = sum.addingReportingOverflow(unit.cases.count)
      return isTooLarge ? .max : total
    }
  }
}
