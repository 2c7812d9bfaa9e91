// SPDX-License-Identifier: Apache-2.0
import Formats
import TensorFiles
import Words

/// Numbers that cannot be read for an expression.
package struct NumberFileProblem: Error {
  /// Whether the file is to blame, and not what the expression does with it.
  package var isOfFile: Bool
  /// What is wrong and where.
  package var reason: String

  init(isOfFile: Bool = true, _ reason: String) {
    self.isOfFile = isOfFile
    self.reason = reason
  }
}

/// A text of numbers, apart by white space, commas or semicolons; what follows a # is a remark.
enum NumberFile {
  /// A number and its text.
  struct Entry: Equatable {
    var number: NumberText
    var text: String
  }

  /// The longest file in bytes.
  private static let sizeLimit = 1 << 28

  /// The numbers of a file, none of which a format would have to drop bits of.
  static func read(_ path: String, for format: ValueFormat) throws(NumberFileProblem) -> [Entry] {
    let bytes: [UInt8]
    do {
      let contents = try FileContents(ofFile: path, sizeLimit: sizeLimit)
      try contents.refuseForeign()
      bytes = contents.bytes
    } catch {
      throw NumberFileProblem("\(error)")
    }
    var entries: [Entry] = []
    var line = 1
    var position = 0
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "#") {
        position = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      } else if isSeparator(byte) {
        line += byte == UInt8(ascii: "\n") ? 1 : 0
        position += 1
      } else {
        let end = bytes[position...].firstIndex { isSeparator($0) || $0 == UInt8(ascii: "#") }
        let word = bytes[position..<(end ?? bytes.count)]
        entries.append(try entry(word, "\(Echo.word(path)), line \(line)", format))
        position = word.endIndex
      }
      guard entries.count <= NumberList.longest else {
        throw NumberFileProblem(
          "\(Echo.word(path)): more than \(NumberList.longest) numbers; take a part of it")
      }
    }
    if entries.isEmpty { throw NumberFileProblem("\(Echo.word(path)): no number in it") }
    return entries
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";")
  }

  private static func entry(
    _ bytes: ArraySlice<UInt8>, _ place: String, _ format: ValueFormat
  ) throws(NumberFileProblem) -> Entry {
    let text = String(decoding: bytes, as: UTF8.self)
    guard bytes.count <= ExpressionParser.longestNumber else {
      throw NumberFileProblem(
        "\(place): a number of \(bytes.count) bytes; at most \(ExpressionParser.longestNumber) are read"
      )
    }
    do throws(NumberText.Malformed) {
      let number = try NumberText(text)
      if case .narrow(let narrow) = format, let reason = number.misfit(in: narrow) {
        throw NumberText.Malformed(reason: reason, offset: 0)
      }
      return Entry(number: number, text: text)
    } catch {
      throw NumberFileProblem("\(place): '\(Echo.word(text))' is no number: \(error.reason)")
    }
  }
}

extension Expression {
  /// The expression with the numbers of its files, each read for the format around it.
  package func loadingFiles(in format: ValueFormat) throws(NumberFileProblem) -> Expression {
    func load(_ arguments: [Expression]) throws(NumberFileProblem) -> [Expression] {
      var loaded: [Expression] = []
      for argument in arguments { loaded.append(try argument.loadingFiles(in: format)) }
      return loaded
    }
    switch self {
    case .literal, .encoding: return self
    case .operation(let operation, let arguments): return .operation(operation, try load(arguments))
    case .function(let function, let arguments): return .function(function, try load(arguments))
    case .scale(let argument, let n): return .scale(try argument.loadingFiles(in: format), by: n)
    case .negation(let argument): return .negation(try argument.loadingFiles(in: format))
    case .within(let inner, let argument):
      return .within(inner, try argument.loadingFiles(in: inner))
    case .through(let inner, let argument):
      return .through(inner, try argument.loadingFiles(in: format))
    case .reduction(let kind, let lists, let text):
      var loaded = lists
      for list in lists.indices {
        for (place, item) in lists[list].items.enumerated() {
          guard case .file(let path) = item else { continue }
          loaded[list].items[place] = .loaded(
            path: path, try NumberFile.read(path, for: format))
        }
      }
      let counts = loaded.map(\.count)
      if counts.count == 2, counts[0] != counts[1] {
        throw NumberFileProblem(
          isOfFile: false, "dot takes two lists of one length, not of \(counts[0]) and \(counts[1])"
        )
      }
      return .reduction(kind, loaded, text: text)
    }
  }
}

extension NumberList {
  /// The number of its numbers.
  var count: Int {
    items.reduce(0) { sum, item in
      switch item {
      case .number(_, let count): sum + count
      case .loaded(_, let entries): sum + entries.count
      case .file: sum
      }
    }
  }
}
