// SPDX-License-Identifier: Apache-2.0
import Words

/// A place in a header that is text: what JSON and Python's literals have in common. Neither reader
/// calls itself, so no nesting of brackets, however deep, takes memory.
struct HeaderCursor {
  /// The file, or the member of an archive.
  let region: FileRegion
  /// The offset of the next byte.
  private(set) var offset: Int
  /// The offset at which the header ends.
  let end: Int

  /// The start of a header.
  ///
  /// - Precondition: the region has these bytes.
  init(_ region: FileRegion, header: Range<Int>) {
    self.region = region
    offset = header.lowerBound
    end = header.upperBound
  }

  /// The next byte, nil at the end.
  var next: UInt8? { offset < end ? region[offset] : nil }

  /// Whether nothing is left.
  var isAtEnd: Bool { offset >= end }

  /// Steps over the next byte.
  mutating func advance(by count: Int = 1) { offset += count }

  /// Steps over spaces, tabulators and ends of lines.
  mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { offset += 1 }
  }

  /// Steps over a character and says whether it was there.
  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  /// Steps over a word and says whether it was there.
  mutating func skip(word: String) -> Bool {
    guard offset + word.utf8.count <= end, region.holds(word.utf8, at: offset) else { return false }
    offset += word.utf8.count
    return true
  }

  /// Steps over space and a character, or throws what is there instead.
  mutating func expect(_ character: Unicode.Scalar) throws(TensorFileProblem) {
    skipSpace()
    guard skip(character) else { throw unexpected("'\(character)'") }
  }

  /// A whole number from 0 to 2^63 - 1 in decimal digits, without a sign, a fraction, an exponent
  /// or zeros before it, which neither JSON nor Python knows.
  mutating func wholeNumber(_ what: String) throws(TensorFileProblem) -> Int {
    skipSpace()
    let start = offset
    var value = 0
    while let byte = next, (0x30...0x39).contains(byte) {
      let (product, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, exceeds) = product.addingReportingOverflow(Int(byte) - 0x30)
      guard !overflows, !exceeds else {
        throw region.problem(at: start, "\(what) is above 2^63 - 1")
      }
      value = sum
      offset += 1
    }
    guard offset > start else { throw unexpected("\(what), a whole number,") }
    if offset - start > 1, region[start] == 0x30 {
      throw region.problem(at: start, "\(what) begins with 0")
    }
    if let byte = next, [0x2e, 0x45, 0x65, 0x5f, 0x78].contains(byte) {
      throw unexpected("the end of a whole number")
    }
    return value
  }

  /// The problem of a byte that is not what it has to be.
  func unexpected(_ expected: String) -> TensorFileProblem {
    guard let byte = next else {
      return region.problem(at: end, "the header ends where \(expected) is due")
    }
    let found =
      (0x20..<0x7f).contains(byte) ? "'\(Unicode.Scalar(byte))'" : hexadecimal(byte)
    return region.problem(at: offset, "\(found), where \(expected) is due")
  }
}

/// A name out of a file, short and visible.
func quoted(_ name: String) -> String { "'\(Echo.word(name))'" }
