// SPDX-License-Identifier: Apache-2.0

/// One result and its error.
package struct KernelError: Hashable, Sendable, Codable {
  package var operands: [UInt64]
  package var result: UInt64
  /// In ulp at the exact value; infinite for a wrong special or a wrong sign.
  package var ulps: Double

  /// The worse first; of equal ones the lesser operands.
  static func precede(_ a: KernelError, _ b: KernelError) -> Bool {
    a.ulps > b.ulps
      || (a.ulps == b.ulps && a.operands.lexicographicallyPrecedes(b.operands))
  }

  private enum CodingKeys: String, CodingKey { case operands, result, ulps }

  init(operands: [UInt64], result: UInt64, ulps: Double) {
    (self.operands, self.result, self.ulps) = (operands, result, ulps)
  }

  /// The error in the decoder; an infinite one is null.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    operands = try values.decode([UInt64].self, forKey: .operands)
    result = try values.decode(UInt64.self, forKey: .result)
    ulps = try values.decode(Double?.self, forKey: .ulps) ?? .infinity
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(operands, forKey: .operands)
    try values.encode(result, forKey: .result)
    try values.encode(ulps.isFinite ? ulps : nil, forKey: .ulps)
  }
}
