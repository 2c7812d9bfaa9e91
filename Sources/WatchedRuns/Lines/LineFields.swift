// SPDX-License-Identifier: Apache-2.0
import Conditions
import Formats
import TensorFiles
import Words

/// The keys of one line of a recording, each read once and strictly.
struct LineFields {
  private let object: DocumentObject
  private let path: String
  private let line: Int
  private let prefix: String

  /// The keys of a line.
  init(_ value: DocumentValue, path: String, line: Int) throws(TensorFileProblem) {
    try self.init(value, path: path, line: line, prefix: "")
  }

  private init(
    _ value: DocumentValue, path: String, line: Int, prefix: String
  ) throws(TensorFileProblem) {
    guard let object = value.object else {
      throw Self.problem(path, line, "\(prefix.isEmpty ? "a line" : prefix) is no object")
    }
    self.object = object
    self.path = path
    self.line = line
    self.prefix = prefix
  }

  /// What is wrong with the line.
  func problem(_ reason: String) -> TensorFileProblem { Self.problem(path, line, reason) }

  static func problem(_ path: String, _ line: Int, _ reason: String) -> TensorFileProblem {
    TensorFileProblem(path: path, reason: "line \(line): \(reason)")
  }

  /// Throws where there is a key that is none of these.
  func allow(_ known: [String]) throws(TensorFileProblem) {
    for key in object.keys where !known.contains(key) {
      let nearest = NearestNames.of(key, among: known)
      let hint = nearest.isEmpty ? "" : "; nearest: \(nearest.joined(separator: ", "))"
      throw problem("\(name(key)) is no key of such a line\(hint)")
    }
  }

  /// Whether the key is there.
  func has(_ key: String) -> Bool { object[key] != nil }

  /// The object of a key; nil without the key.
  func fields(_ key: String) throws(TensorFileProblem) -> LineFields? {
    guard let value = object[key] else { return nil }
    return try LineFields(value, path: path, line: line, prefix: name(key))
  }

  /// The text of a key; nil without the key.
  func text(_ key: String) throws(TensorFileProblem) -> String? {
    guard let value = object[key] else { return nil }
    guard let text = value.text else { throw wrong(key, value, "a text") }
    return text
  }

  /// The texts of a key; nil without the key.
  func texts(_ key: String) throws(TensorFileProblem) -> [String]? {
    guard let value = object[key] else { return nil }
    let texts = (value.elements ?? []).compactMap(\.text)
    guard let elements = value.elements, texts.count == elements.count else {
      throw wrong(key, value, "a list of texts")
    }
    return texts
  }

  /// The truth value of a key; nil without the key.
  func flag(_ key: String) throws(TensorFileProblem) -> Bool? {
    guard let value = object[key] else { return nil }
    guard let flag = value.flag else { throw wrong(key, value, "true or false") }
    return flag
  }

  /// The number of a key, which may be an infinity or a NaN; nil without the key.
  func number(_ key: String) throws(TensorFileProblem) -> Double? {
    guard let value = object[key] else { return nil }
    guard let number = value.number else { throw wrong(key, value, "a number") }
    return number.double
  }

  /// The whole number of a key; nil without the key.
  func whole(
    _ key: String, in range: ClosedRange<Int> = 0...1 << 48
  ) throws(TensorFileProblem) -> Int? {
    guard let value = object[key] else { return nil }
    guard let number = value.number?.whole, let whole = Int(exactly: number), range.contains(whole)
    else { throw wrong(key, value, "a whole number in \(range.lowerBound)...\(range.upperBound)") }
    return whole
  }

  /// The whole numbers of a key; nil without the key.
  func wholes(
    _ key: String, _ count: Int? = nil, in range: ClosedRange<Int> = 0...1 << 48
  ) throws(TensorFileProblem) -> [Int]? {
    guard let value = object[key] else { return nil }
    let numbers = (value.elements ?? []).compactMap { $0.number?.whole }
      .compactMap { Int(exactly: $0) }.filter(range.contains)
    guard let elements = value.elements, numbers.count == elements.count,
      count.map({ $0 == numbers.count }) ?? true
    else { throw wrong(key, value, count.map { "\($0) counts" } ?? "a list of counts") }
    return numbers
  }

  /// The numbers of a key; nil without the key.
  func numbers(
    _ key: String, _ counts: ClosedRange<Int>
  ) throws(TensorFileProblem) -> [Double]? {
    guard let value = object[key] else { return nil }
    let numbers = (value.elements ?? []).compactMap(\.number?.double)
    guard let elements = value.elements, numbers.count == elements.count,
      counts.contains(numbers.count)
    else {
      let wanted =
        counts.count == 1
        ? "\(counts.lowerBound)" : "\(counts.lowerBound) to \(counts.upperBound)"
      throw wrong(key, value, "\(wanted) numbers")
    }
    return numbers
  }

  /// A value that must be there.
  func demand<Value>(
    _ key: String, _ value: Value?
  ) throws(TensorFileProblem) -> Value {
    guard let value else { throw problem("\(name(key)) is missing") }
    return value
  }

  private func name(_ key: String) -> String {
    "'\(Echo.word(prefix.isEmpty ? key : "\(prefix).\(key)"))'".replacing("''", with: "'")
  }

  private func wrong(_ key: String, _ value: DocumentValue, _ wanted: String) -> TensorFileProblem {
    problem("\(name(key)) is \(Echo.word(value.summary)); wanted: \(wanted)")
  }
}
