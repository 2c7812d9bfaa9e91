// SPDX-License-Identifier: Apache-2.0
import Formats

/// The part of a campaign that one of several machines runs: the `index`-th of `of` equal parts of
/// the cases of every operation.
public struct Shard: Hashable, Sendable, Codable {
  /// The place of the shard, 1...of.
  public var index: Int
  /// The number of shards.
  public var of: Int

  /// The greatest number of shards.
  public static let largestCount = 1 << 20
  /// The whole campaign.
  public static let whole = Shard(index: 1, of: 1)

  /// The shard at a place; nil unless 1 <= index <= of.
  public init?(index: Int, count: Int) {
    guard count >= 1, count <= Shard.largestCount, (1...count).contains(index) else { return nil }
    self.init(index: index, of: count)
  }

  private init(index: Int, of count: Int) { (self.index, self.of) = (index, count) }

  private enum CodingKeys: CodingKey { case index, of }

  /// The shard in the decoder; throws unless 1 <= index <= of.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let (index, count) = (
      try container.decode(Int.self, forKey: .index), try container.decode(Int.self, forKey: .of)
    )
    guard let shard = Shard(index: index, count: count) else {
      throw DecodingError.dataCorruptedError(
        forKey: .index, in: container, debugDescription: "no shard \(index)/\(count)")
    }
    self = shard
  }

  /// The shard of `2/8`, nil for anything else.
  public init?(name: String) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1] else { return nil }
    self.init(index: index, count: count)
  }
}

/// Everything that determines a campaign's results. Nothing here depends on the machine.
public struct Configuration: Hashable, Sendable, Codable {
  /// The operations, in the order they run.
  public var operations: [ArithmeticOperation]
  /// The formats of the operands.
  public var formats: [Format]
  /// The destinations of `convert`.
  public var targets: [Format]
  /// The roundings of every case.
  public var roundings: [Rounding]
  /// When a result counts as tiny.
  public var tininess: Tininess
  /// What happens to subnormal numbers.
  public var subnormals: SubnormalMode
  /// Which NaN is delivered.
  public var nan: NaNPolicy
  /// What an overflow delivers.
  public var overflow: OverflowPolicy
  /// The case sets.
  public var cases: [CaseSelection]
  /// The seed of random and coverage cases.
  public var seed: UInt64
  /// The name of the implementation under test.
  public var subject: String
  /// The name of the reference that there is.
  public static let onlyReference = "mpfr"
  /// The name of the reference.
  public var reference: String
  /// The greatest number of mismatches recorded for each row.
  public var mismatchLimit: Int
  /// The version of the case generators: results of different versions are not comparable.
  public var generatorVersion = Configuration.currentGeneratorVersion

  /// Raised whenever a case set changes.
  public static let currentGeneratorVersion = 3
  /// The number of mismatches recorded for each row where none is named.
  public static let defaultMismatchLimit = 10

  /// The configuration of the given parts.
  public init(
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
  public var variants: [Semantics] {
    roundings.map {
      Semantics(
        rounding: $0, tininess: tininess, subnormals: subnormals, nan: nan, overflow: overflow)
    }
  }
}
