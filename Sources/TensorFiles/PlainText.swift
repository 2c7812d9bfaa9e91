// SPDX-License-Identifier: Apache-2.0

/// A text as Unicode scalars.
public struct PlainText: Sendable, Hashable {
  /// The scalars in order; a byte order mark is one of them.
  public let scalars: [Unicode.Scalar]

  /// The scalars of a file in UTF-8.
  ///
  /// - Throws: `TensorFileProblem` with the first byte that begins no character.
  public init(_ file: FileContents) throws(TensorFileProblem) {
    try file.refuseForeign()
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(file.bytes.count)
    var decoder = Unicode.UTF8()
    var bytes = file.bytes.makeIterator()
    var offset = 0
    decoding: while true {
      switch decoder.decode(&bytes) {
      case .scalarValue(let scalar):
        scalars.append(scalar)
        offset += UTF8.width(scalar)
      case .emptyInput: break decoding
      case .error:
        throw file.problem(
          at: offset, "\(hexadecimal(file.bytes[offset])) begins no character: not UTF-8 text")
      }
    }
    self.scalars = scalars
  }
}
