// SPDX-License-Identifier: Apache-2.0
import Formats

/// What is known of a function's errors on some of its operands; shards merge in any order.
package struct ElementaryErrors: Hashable, Sendable {
  /// The number of operands.
  package private(set) var tested: UInt64 = 0
  /// How many results are not the exact value rounded to nearest even; nil where that is not asked.
  package private(set) var misrounded: UInt64?
  /// The largest error in ulp at the exact value, infinite for a wrong special or a wrong sign.
  package private(set) var largest: Double = 0
  /// The operand of the largest error, the least encoding of several; nil before the first.
  package private(set) var operand: UInt64?
  /// The result there.
  package private(set) var result: UInt64?

  /// The errors on no operand.
  package init(countsMisrounded: Bool) { misrounded = countsMisrounded ? 0 : nil }

  /// Adds operands whose results need no further look.
  mutating func pass(_ count: Int) { tested += UInt64(count) }

  /// Adds one operand's error.
  mutating func add(_ error: Double, operand: UInt64, result: UInt64, isNearest: Bool = true) {
    tested += 1
    if !isNearest { misrounded? += 1 }
    replace(error, operand, result)
  }

  /// Adds results whose error is known not to be the largest.
  mutating func addMisrounded(_ count: Int) { misrounded? += UInt64(count) }

  /// Adds another shard's operands.
  package mutating func merge(_ other: ElementaryErrors) {
    tested += other.tested
    if let theirs = other.misrounded { misrounded? += theirs }
    if let operand = other.operand, let result = other.result {
      replace(other.largest, operand, result)
    }
  }

  private mutating func replace(_ error: Double, _ operand: UInt64, _ result: UInt64) {
    guard let current = self.operand else {
      (largest, self.operand, self.result) = (error, operand, result)
      return
    }
    guard error > largest || (error == largest && operand < current) else { return }
    (largest, self.operand, self.result) = (error, operand, result)
  }
}

extension ElementaryErrors: Codable {
  private enum CodingKeys: String, CodingKey {
    case tested, misrounded, largest, operand, result
  }

  /// The errors in the decoder; an infinite one is null.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    tested = try values.decode(UInt64.self, forKey: .tested)
    misrounded = try values.decodeIfPresent(UInt64.self, forKey: .misrounded)
    largest = try values.decode(Double?.self, forKey: .largest) ?? .infinity
    operand = try values.decodeIfPresent(UInt64.self, forKey: .operand)
    result = try values.decodeIfPresent(UInt64.self, forKey: .result)
  }

  /// Encodes the errors.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(tested, forKey: .tested)
    try values.encodeIfPresent(misrounded, forKey: .misrounded)
    try values.encode(largest.isFinite ? largest : nil, forKey: .largest)
    try values.encodeIfPresent(operand, forKey: .operand)
    try values.encodeIfPresent(result, forKey: .result)
  }
}
