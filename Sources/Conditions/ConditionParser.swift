// SPDX-License-Identifier: Apache-2.0
import Words

/// A reader of conditions by recursive descent without recursion: nothing nests.
///
///     condition  = comparison { "and" comparison }
///     comparison = path relation limit
///     path       = key { "." key | "[" index "]" | "[*]" | "[" selection { "," selection } "]" }
///     selection  = key { "." key } "=" value
///     limit      = number | text | "true" | "false" | "null"
///                | [ number "*" ] place [ "*" number ] [ ( "+" | "-" ) number ]
///     place      = "other" [ "." path ]
struct ConditionParser {
  private static let longest = 2000

  private var cursor: ConditionCursor

  init(_ text: String) { cursor = ConditionCursor(text) }

  mutating func comparisons() throws(ConditionProblem) -> [Condition.Comparison] {
    guard cursor.count <= Self.longest else {
      throw cursor.problem("\(cursor.count) characters; a condition has at most \(Self.longest)")
    }
    var comparisons: [Condition.Comparison] = []
    repeat {
      comparisons.append(try comparison())
    } while try takesAnd()
    return comparisons
  }

  /// Whether another comparison follows.
  private mutating func takesAnd() throws(ConditionProblem) -> Bool {
    cursor.skipSpace()
    let start = cursor.offset
    guard cursor.current != nil else { return false }
    switch cursor.word() {
    case "and": return true
    case "or":
      throw cursor.problem(
        at: start, "'or' is a further --fail-on: give each side one of its own")
    default: throw cursor.problem(at: start, "'and' or the end is expected")
    }
  }

  private mutating func comparison() throws(ConditionProblem) -> Condition.Comparison {
    cursor.skipSpace()
    let path = try path()
    cursor.skipSpace()
    let relation = try relation()
    cursor.skipSpace()
    let offset = cursor.offset
    let limit = try limit()
    if relation.needsOrder {
      switch limit {
      case .number, .other: break
      case .text(let text):
        throw cursor.problem(
          at: offset, "'\(Echo.word(text))' is a text, which has no order: == and != take texts")
      case .flag, .missing:
        throw cursor.problem(at: offset, "true, false and null have no order: == and != take them")
      }
    }
    return Condition.Comparison(path: path, relation: relation, limit: limit, limitOffset: offset)
  }

  private mutating func relation() throws(ConditionProblem) -> Condition.Relation {
    // The longer ones first: < begins <=.
    let relations = Condition.Relation.allCases.sorted { $0.rawValue.count > $1.rawValue.count }
    for relation in relations where cursor.take(relation.rawValue) { return relation }
    throw cursor.problem("one of < <= > >= == != is expected, found \(cursor.found)")
  }
}

// MARK: - Paths

extension ConditionParser {
  private mutating func path() throws(ConditionProblem) -> ConditionPath {
    var steps = [try keyStep()]
    while true {
      if cursor.take(".") {
        steps.append(try keyStep())
      } else if cursor.take("[") {
        steps.append(try elementStep())
      } else {
        return ConditionPath(steps: steps)
      }
    }
  }

  private mutating func keyStep() throws(ConditionProblem) -> ConditionPath.Step {
    let offset = cursor.offset
    return ConditionPath.Step(kind: .key(try key()), offset: offset)
  }

  private mutating func key() throws(ConditionProblem) -> String {
    if cursor.current == "\"" { return try cursor.quoted() }
    let word = cursor.word()
    guard !word.isEmpty else { throw cursor.problem("a key is expected, found \(cursor.found)") }
    return word
  }

  /// What stands in brackets, behind the first of them.
  private mutating func elementStep() throws(ConditionProblem) -> ConditionPath.Step {
    let offset = cursor.offset
    cursor.skipSpace()
    let kind: ConditionPath.Kind
    if cursor.take("*") {
      kind = .every
    } else if let digit = cursor.current, digit.isASCII, digit.isNumber {
      let start = cursor.offset
      let word = cursor.word()
      guard let index = Int(word) else {
        throw cursor.problem(at: start, "'\(Echo.word(word))' is no index: 0 is the first element")
      }
      kind = .element(index)
    } else {
      var selections = [try selection()]
      while cursor.take(",") { selections.append(try selection()) }
      kind = .having(selections)
    }
    cursor.skipSpace()
    guard cursor.take("]") else {
      throw cursor.problem("']' is expected, found \(cursor.found)")
    }
    return ConditionPath.Step(kind: kind, offset: offset)
  }

  private mutating func selection() throws(ConditionProblem) -> ConditionPath.Selection {
    cursor.skipSpace()
    guard cursor.current?.isOfConditionWord ?? false || cursor.current == "\"" else {
      throw cursor.problem(
        "an index, * or key=value is expected in brackets, found \(cursor.found)")
    }
    var keys = [try key()]
    while cursor.take(".") { keys.append(try key()) }
    cursor.skipSpace()
    guard cursor.take("=") else {
      throw cursor.problem("'=' and a value are expected, found \(cursor.found)")
    }
    _ = cursor.take("=")
    cursor.skipSpace()
    let offset = cursor.offset
    let isQuoted = cursor.current == "\""
    let value = isQuoted ? try cursor.quoted() : cursor.text(before: ",]")
    guard isQuoted || !value.isEmpty else {
      throw cursor.problem("a value is expected, found \(cursor.found)")
    }
    cursor.skipSpace()
    return ConditionPath.Selection(keys: keys, value: value, offset: offset)
  }
}

// MARK: - Limits

extension ConditionParser {
  private mutating func limit() throws(ConditionProblem) -> Condition.Limit {
    if cursor.current == "\"" { return .text(try cursor.quoted()) }
    if let number = try signedNumber() {
      cursor.skipSpace()
      guard cursor.take("*") else { return .number(number) }
      cursor.skipSpace()
      let start = cursor.offset
      guard takesOther() else {
        throw cursor.problem(at: start, "'other' is expected: numbers alone are not computed with")
      }
      return try other(factor: number)
    }
    if takesOther() { return try other(factor: nil) }
    let start = cursor.offset
    switch cursor.word() {
    case "": throw cursor.problem("a number, a text or 'other' is expected, found \(cursor.found)")
    case "true": return .flag(true)
    case "false": return .flag(false)
    case "null": return .missing
    case "inf": return .number(DocumentNumber(Double.infinity))
    case "nan":
      throw cursor.problem(at: start, "nothing equals a NaN: null asks for a value that is missing")
    case let word: return .text(word)
    }
  }

  /// A number with its sign; nil where none stands at the place.
  private mutating func signedNumber() throws(ConditionProblem) -> DocumentNumber? {
    let start = cursor
    let isNegative = cursor.take("-")
    if isNegative, cursor.take("inf") { return DocumentNumber(-Double.infinity) }
    guard let digit = cursor.current, digit.isASCII, digit.isNumber || digit == "." else {
      cursor = start
      return nil
    }
    let number = try cursor.number()
    return isNegative ? number.negated : number
  }

  /// Whether the word `other` stands at the place, which is gone behind then.
  private mutating func takesOther() -> Bool {
    let start = cursor
    if cursor.word() == "other" { return true }
    cursor = start
    return false
  }

  /// What follows the word `other`.
  private mutating func other(factor: DocumentNumber?) throws(ConditionProblem) -> Condition.Limit {
    var factor = factor
    let path = cursor.take(".") ? try path() : nil
    cursor.skipSpace()
    if factor == nil, cursor.take("*") { factor = try operand() }
    cursor.skipSpace()
    var addend: DocumentNumber?
    if cursor.take("+") {
      addend = try operand()
    } else if cursor.take("-") {
      addend = try operand().negated
    }
    return .other(factor: factor, path: path, addend: addend)
  }

  private mutating func operand() throws(ConditionProblem) -> DocumentNumber {
    cursor.skipSpace()
    guard let number = try signedNumber() else {
      throw cursor.problem("a number is expected, found \(cursor.found)")
    }
    return number
  }
}
