// SPDX-License-Identifier: Apache-2.0

/// The dictionary of an npy header: exactly the keys `descr`, `fortran_order` and `shape`, in any
/// order, with values of one kind each.
struct NPYDictionary {
  private var cursor: HeaderCursor
  private let start: Int
  private let takesLongs: Bool

  private(set) var description: (text: String, offset: Int)?
  private(set) var isFortranOrder: Bool?
  private(set) var shape: (sizes: [Int], offset: Int)?

  /// - Parameter takesLongs: whether a whole number may end in Python 2's `L`.
  init(_ cursor: HeaderCursor, takesLongs: Bool) {
    self.cursor = cursor
    self.takesLongs = takesLongs
    start = cursor.offset
  }

  /// Reads all of the header; the rest of it may be nothing but space.
  mutating func read() throws(TensorFileProblem) {
    try cursor.expect("{")
    cursor.skipSpace()
    while !cursor.skip("}") {
      try readEntry()
      cursor.skipSpace()
      guard cursor.skip(",") || cursor.next == UInt8(ascii: "}") else {
        throw cursor.unexpected("',' or '}'")
      }
      cursor.skipSpace()
    }
    cursor.skipSpace()
    guard cursor.isAtEnd else { throw cursor.unexpected("the end of the header") }
  }

  /// The problem of a dictionary without a key.
  func lacks(_ key: String) -> TensorFileProblem {
    cursor.region.problem(at: start, "the header has no '\(key)'")
  }

  private mutating func readEntry() throws(TensorFileProblem) {
    let place = cursor.offset
    let key = try text("a key")
    try cursor.expect(":")
    cursor.skipSpace()
    let offset = cursor.offset
    let isRepeated: Bool
    switch key {
    case "descr":
      isRepeated = description != nil
      if let byte = cursor.next, [UInt8(ascii: "["), UInt8(ascii: "(")].contains(byte) {
        throw cursor.region.problem(
          at: offset, "elements are records, which are not read: save each field apart")
      }
      description = (try text("the type in quotes"), offset)
    case "fortran_order":
      isRepeated = isFortranOrder != nil
      isFortranOrder = try truth()
    case "shape":
      isRepeated = shape != nil
      shape = (try sizes(), offset)
    default:
      throw cursor.region.problem(
        at: place, "\(quoted(key)), and only descr, fortran_order and shape are npy's")
    }
    if isRepeated { throw cursor.region.problem(at: place, "a second '\(key)'") }
  }

  /// The characters between quotes of either kind; those of a key or of a type need no escapes.
  private mutating func text(_ what: String) throws(TensorFileProblem) -> String {
    guard let quote = cursor.next, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(quote) else {
      throw cursor.unexpected(what)
    }
    cursor.advance()
    let start = cursor.offset
    while let byte = cursor.next, byte != quote {
      guard (0x20..<0x7f).contains(byte), byte != UInt8(ascii: "\\") else {
        throw cursor.unexpected("a letter, a digit or the closing quote")
      }
      cursor.advance()
    }
    guard !cursor.isAtEnd else { throw cursor.unexpected("the closing quote") }
    let text = String(decoding: cursor.region[start..<cursor.offset], as: UTF8.self)
    cursor.advance()
    return text
  }

  private mutating func truth() throws(TensorFileProblem) -> Bool {
    if cursor.skip(word: "True") { return true }
    if cursor.skip(word: "False") { return false }
    throw cursor.unexpected("True or False")
  }

  /// A tuple of whole numbers; one of a single number has a comma.
  private mutating func sizes() throws(TensorFileProblem) -> [Int] {
    let place = cursor.offset
    try cursor.expect("(")
    cursor.skipSpace()
    var sizes: [Int] = []
    while !cursor.skip(")") {
      guard sizes.count < StoredTensor.rankLimit else {
        throw cursor.region.problem(
          at: cursor.offset,
          "more than \(StoredTensor.rankLimit) dimensions, which NumPy itself has not")
      }
      sizes.append(try cursor.wholeNumber("size \(sizes.count + 1)"))
      if takesLongs { _ = cursor.skip("L") }
      cursor.skipSpace()
      if cursor.skip(",") {
        cursor.skipSpace()
      } else if cursor.next != UInt8(ascii: ")") {
        throw cursor.unexpected("',' or ')'")
      } else if sizes.count == 1 {
        throw cursor.region.problem(
          at: place, "(\(sizes[0])) is a number; one dimension is (\(sizes[0]),)")
      }
    }
    return sizes
  }
}
