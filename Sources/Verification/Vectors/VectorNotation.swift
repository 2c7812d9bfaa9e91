// SPDX-License-Identifier: Apache-2.0

/// How lines of test vectors are written.
package enum VectorNotation: String, Hashable, Sendable, Codable, CaseIterable {
  /// Berkeley TestFloat's: operands, result and exceptions in hexadecimal, blanks between them.
  case testfloat
  /// IBM FPgen's (.fptest): `b32+ =0 i +1.000000P0 +1.000000P0 -> +1.000000P1`.
  case fpgen
  /// Comma-separated values under a header.
  case csv

  /// The notation of a text by its first telling line; nil where none tells.
  package init?(detectedIn bytes: UnsafeBufferPointer<UInt8>) {
    for line in bytes.split(separator: 0x0a).lazy.map(Array.init).prefix(200) {
      let text = String(decoding: line, as: UTF8.self)
      let words = text.split { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
      guard let first = words.first, !VectorNotation.isComment(first) else { continue }
      if words.contains("->"), first.hasPrefix("b") || first.hasPrefix("d") {
        self = .fpgen
        return
      }
      if text.contains(",") {
        self = .csv
        return
      }
      if words.count > 1, words.allSatisfy({ $0.allSatisfy(\.isHexDigit) }) {
        self = .testfloat
        return
      }
    }
    return nil
  }

  static func isComment(_ word: some StringProtocol) -> Bool {
    word.hasPrefix("#") || word.hasPrefix("//")
  }
}

/// What a comparison is asked for where its result is true or false.
package enum VectorPredicate: String, Hashable, Sendable, Codable, CaseIterable {
  case eq, lt, le, gt, ge, unordered

  /// 1 where a relation satisfies the predicate, else 0.
  func value(of relation: UInt64) -> UInt64 {
    let (less, equal, greater): (UInt64, UInt64, UInt64) = (0, 1, 2)
    let holds =
      switch self {
      case .eq: relation == equal
      case .lt: relation == less
      case .le: relation == less || relation == equal
      case .gt: relation == greater
      case .ge: relation == greater || relation == equal
      case .unordered: relation > greater
      }
    return holds ? 1 : 0
  }
}
