// SPDX-License-Identifier: Apache-2.0
import Formats
import Words

/// A list as it is written: numbers, each as often as it stands there, and files of numbers.
package struct NumberList: Equatable {
  enum Item: Equatable {
    /// A literal or an encoding, `count` times.
    case number(Expression, count: Int)
    case file(path: String)
    /// The numbers of a file, each with its text.
    case loaded(path: String, [NumberFile.Entry])
  }
  var items: [Item]

  /// The most numbers that a list may have.
  static let longest = 10_000_000

  /// The list as a title shows it.
  var text: String {
    items.map { item in
      switch item {
      case .file(let path), .loaded(let path, _): return "@" + Echo.word(path)
      case .number(let number, let count):
        let text = number.literalText
        return count == 1 ? text : "repeat(\(text), \(count))"
      }
    }.joined(separator: ", ")
  }
}

extension Expression {
  /// The text of a literal or an encoding.
  var literalText: String {
    switch self {
    case .literal(_, let text), .encoding(_, let text): text
    default: ""
    }
  }
}

extension Reduction.Kind {
  /// The call as a title shows it.
  func text(_ lists: [NumberList]) -> String {
    let texts = lists.map { self == .dot ? "[\($0.text)]" : $0.text }
    return "\(rawValue)(\(texts.joined(separator: ", ")))"
  }
}

/// Lists:
///
///     list = item { "," item } | "[" item { "," item } "]"
///     item = number | "@" path | "repeat" "(" number "," count ")"
///
/// Those of a dot product have brackets or are one item.
extension ExpressionParser {
  /// The lists of a reduction, to the closing parenthesis.
  mutating func lists(of kind: Reduction.Kind) throws(MalformedExpression) -> [NumberList] {
    guard format.hasZero else { throw malformed("a sum starts at 0, which \(format) has not") }
    var lists: [NumberList] = []
    if kind == .dot {
      lists.append(try bracketed())
      try expect(",")
      lists.append(try bracketed())
    } else if current.text == "[", current.kind == .symbol {
      lists.append(try bracketed())
    } else {
      lists.append(NumberList(items: try items()))
    }
    try expect(")")
    return lists
  }

  private mutating func bracketed() throws(MalformedExpression) -> NumberList {
    guard take("[") else { return NumberList(items: [try item()]) }
    let items = try items()
    try expect("]")
    return NumberList(items: items)
  }

  private mutating func items() throws(MalformedExpression) -> [NumberList.Item] {
    var items = [try item()]
    var length = 0
    while true {
      if case .number(_, let count) = items[items.count - 1] { length += count }
      guard length <= NumberList.longest else {
        throw malformed("a list of more than \(NumberList.longest) numbers")
      }
      guard take(",") else { return items }
      items.append(try item())
    }
  }

  private mutating func item() throws(MalformedExpression) -> NumberList.Item {
    if current.kind == .file {
      let path = current.text
      position += 1
      return .file(path: path)
    }
    guard current.kind == .name, current.text.lowercased() == "repeat" else {
      return .number(try element(), count: 1)
    }
    position += 1
    try expect("(")
    let number = try element()
    try expect(",")
    let token = current
    let count = Int(try integer())
    guard 1...NumberList.longest ~= count else {
      throw malformed("repeat takes a count of 1...\(NumberList.longest)", at: token)
    }
    try expect(")")
    return .number(number, count: count)
  }

  /// A number with its sign.
  private mutating func element() throws(MalformedExpression) -> Expression {
    let sign = take("-") ? "-" : ""
    if sign.isEmpty { _ = take("+") }
    if current.kind == .symbol, current.text == "]" || current.text == ")" {
      throw malformed("an empty list has no sum")
    }
    guard current.kind == .number || current.kind == .name && isSpecial(current.text) else {
      throw malformed("a list takes numbers, repeat(x, n) and @files")
    }
    return try number(sign: sign)
  }
}
