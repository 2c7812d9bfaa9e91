// SPDX-License-Identifier: Apache-2.0
import Formats

/// Everything that determines a campaign's results. Nothing here depends on the machine.
package struct Configuration: Hashable, Sendable, Codable {
  /// The operations, in the order they run.
  package var operations: [ArithmeticOperation]
  /// The formats of the operands.
  package var formats: [Format]
  /// The destinations of `convert`.
  package var targets: [Format]
  /// The roundings of every case.
  package var roundings: [Rounding]
  /// When a result counts as tiny.
  package var tininess: Tininess
  /// What happens to subnormal numbers.
  package var subnormals: SubnormalMode
  /// Which NaN is delivered.
  package var nan: NaNPolicy
  /// What an overflow delivers.
  package var overflow: OverflowPolicy
  /// The case sets.
  package var cases: [CaseSelection]
  /// The seed of random and coverage cases.
  package var seed: UInt64
  /// The name of the implementation under test.
  package var subject: String
  /// The name of the reference that there is.
  package static let onlyReference = "mpfr"
  /// The name of the reference.
  package var reference: String
  /// The greatest number of mismatches recorded for each row.
  package var mismatchLimit: Int
  /// The version of the case generators: results of different versions are not comparable.
  package var generatorVersion = Configuration.currentGeneratorVersion

  /// Raised whenever a case set changes.
  package static let currentGeneratorVersion = 4
  /// The number of mismatches recorded for each row where none is named.
  package static let defaultMismatchLimit = 10

  /// The configuration of the given parts.
  package init(
    operations: [ArithmeticOperation], formats: [Format], targets: [Format] = [],
    roundings: [Rounding] = [.nearestEven], semantics: Semantics = Semantics(),
    cases: [CaseSelection] = [.level1], seed: UInt64 = 1, subject: String = "soft",
    reference: String = Configuration.onlyReference,
    mismatchLimit: Int = Configuration.defaultMismatchLimit
  ) {
    self.operations = operations
    self.formats = formats
    self.targets = targets
    self.roundings = roundings
    tininess = semantics.tininess
    subnormals = semantics.subnormals
    nan = semantics.nan
    overflow = semantics.overflow
    self.cases = cases
    self.seed = seed
    self.subject = subject
    self.reference = reference
    self.mismatchLimit = mismatchLimit
  }

  /// The attributes of each rounding, in order.
  package var variants: [Semantics] {
    roundings.map {
      Semantics(
        rounding: $0, tininess: tininess, subnormals: subnormals, nan: nan, overflow: overflow)
    }
  }
}
