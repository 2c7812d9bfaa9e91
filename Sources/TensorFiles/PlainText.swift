// SPDX-License-Identifier: Apache-2.0

/// A text in UTF-8 as Unicode scalars, a byte order mark being one of them. They are told one after
/// the other: kept, they would take four times the file.
package struct PlainText: Sendable {
  /// The number of scalars.
  package let count: Int
  /// The distinct scalars, ascending.
  package let vocabulary: [Unicode.Scalar]
  private let bytes: [UInt8]

  /// The text of a file.
  ///
  /// - Throws: `TensorFileProblem` with the first byte that begins no character.
  package init(_ file: FileContents) throws(TensorFileProblem) {
    try file.refuseForeign()
    bytes = file.bytes
    var isUsed = [Bool](repeating: false, count: Int(Self.largestScalar) + 1)
    var count = 0
    let problem = Self.decode(bytes) {
      isUsed[Int($0.value)] = true
      count += 1
    }
    if let offset = problem {
      throw file.problem(
        at: offset, "\(hexadecimal(file.bytes[offset])) begins no character: not UTF-8 text")
    }
    self.count = count
    vocabulary = isUsed.indices.compactMap { isUsed[$0] ? Unicode.Scalar(UInt32($0)) : nil }
  }

  private static let largestScalar: UInt32 = 0x10ffff

  /// Calls `body` with every scalar in order.
  package func forEach(_ body: (Unicode.Scalar) -> Void) { _ = Self.decode(bytes, body) }

  /// Calls `body` with every scalar; the first byte that begins none, nil where all do.
  private static func decode(_ bytes: [UInt8], _ body: (Unicode.Scalar) -> Void) -> Int? {
    var decoder = Unicode.UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar):
        body(scalar)
        offset += UTF8.width(scalar)
      case .emptyInput: return nil
      case .error: return offset
      }
    }
  }
}
