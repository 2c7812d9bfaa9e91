// SPDX-License-Identifier: Apache-2.0
import Words

/// The problems of one text, in the order in which they were found.
///
/// A class, because readers of parts of the text add to the same list.
package final class JSON5Problems {
  /// The file's path as it was given.
  package let path: String
  /// The problems.
  package private(set) var list: [JSON5Problem] = []

  /// No problems so far.
  package init(path: String) { self.path = path }

  /// Adds what is wrong at a place.
  package func add(_ place: JSON5Place?, _ reason: String) {
    list.append(JSON5Problem(path: path, place: place, reason: reason))
  }

  /// Adds a problem.
  package func add(_ problem: JSON5Problem) { list.append(problem) }
}

/// How a value of a type is read, and in which words it is wanted.
package struct JSON5Reading<Value> {
  /// What is wanted, as a noun.
  let wanted: String
  /// The names that a mistyped one may be meant for.
  let names: [String]
  let read: (JSON5Value) -> Value?

  /// The reading.
  package init(_ wanted: String, names: [String] = [], _ read: @escaping (JSON5Value) -> Value?) {
    self.wanted = wanted
    self.names = names
    self.read = read
  }
}

extension JSON5Reading {
  /// A name that `value` understands; `also` tells names beyond the known ones.
  package static func name(
    _ names: [String], also: String = "", _ value: @escaping (String) -> Value?
  ) -> Self {
    Self(names.joined(separator: ", ") + also, names: names) {
      if case .string(let text) = $0.content { value(text) } else { nil }
    }
  }
}

extension JSON5Reading where Value: CaseIterable & RawRepresentable<String> {
  /// The name of a case.
  package static var name: Self { .name(Value.allCases.map(\.rawValue)) { Value(rawValue: $0) } }
}

extension JSON5Reading where Value: FixedWidthInteger {
  /// A whole number of a range.
  package static func whole(_ range: ClosedRange<Value>) -> Self {
    Self("a whole number in \(range.lowerBound)...\(range.upperBound)") {
      guard case .number(let number) = $0.content, let value = number.whole(as: Value.self)
      else { return nil }
      return range.contains(value) ? value : nil
    }
  }
}

extension JSON5Reading where Value == Double {
  /// A finite number of a property that `wanted` tells.
  package static func number(
    _ wanted: String, _ holds: @escaping (Double) -> Bool = { _ in true }
  ) -> Self {
    Self(wanted) {
      guard case .number(let number) = $0.content else { return nil }
      let value = number.double
      return value.isFinite && holds(value) ? value : nil
    }
  }
}

extension JSON5Reading where Value == Bool {
  /// true or false.
  package static var flag: Self {
    Self("true or false") { if case .flag(let flag) = $0.content { flag } else { nil } }
  }
}

extension JSON5Reading where Value == String {
  /// A string of a property that `wanted` tells.
  package static func text(
    _ wanted: String, _ holds: @escaping (String) -> Bool = { _ in true }
  ) -> Self {
    Self(wanted) {
      guard case .string(let text) = $0.content, holds(text) else { return nil }
      return text
    }
  }
}

/// An object whose keys are known.
package struct JSON5Fields {
  /// The object.
  package let object: JSON5Object
  /// Where it begins.
  package let place: JSON5Place
  private let what: String
  private let problems: JSON5Problems

  /// The keys of a value that is to be `what`, such as `a rule`; nil, and a problem, where it is no
  /// object. Every key that is not known is a problem.
  package init?(_ value: JSON5Value, of what: String, known: [String], _ problems: JSON5Problems) {
    guard case .object(let object) = value.content else {
      problems.add(
        value.place, "\(what) is an object of \(known.joined(separator: ", ")), not \(value.kind)")
      return nil
    }
    self.object = object
    place = value.place
    self.what = what
    self.problems = problems
    for member in object.members where !known.contains(member.key) {
      let nearest = NearestNames.of(member.key, among: known)
      let hint = nearest.isEmpty ? "" : " nearest: \(nearest.joined(separator: ", "));"
      problems.add(
        member.place,
        "\(Quoted.word(member.key)) is no key of \(what);\(hint) known: "
          + known.joined(separator: ", "))
    }
  }

  /// The value of a key; nil without one.
  package func value(_ key: String) -> JSON5Value? { object[key]?.value }

  /// Where a key stands, and where the object begins without it.
  package func place(of key: String) -> JSON5Place { object[key]?.place ?? place }

  /// Reports what is wrong with a key.
  package func refuse(_ key: String, _ reason: String) { problems.add(place(of: key), reason) }

  /// The value of a key; nil without the key, and, with a problem, where the value is wrong.
  package func read<Value>(_ key: String, _ reading: JSON5Reading<Value>) -> Value? {
    guard let member = object[key] else { return nil }
    return read(member, reading, isNullable: false)
  }

  /// Changes a variable where the key is there and its value right.
  package func set<Value>(
    _ key: String, _ variable: inout Value, _ reading: JSON5Reading<Value>
  ) {
    if let value = read(key, reading) { variable = value }
  }

  /// The same for a key that may be null, which stands for nothing.
  package func set<Value>(
    _ key: String, _ variable: inout Value?, orNull reading: JSON5Reading<Value>
  ) {
    guard let member = object[key] else { return }
    if member.value.isNull {
      variable = nil
    } else if let value = read(member, reading, isNullable: true) {
      variable = value
    }
  }

  /// The value of a key that must be there.
  package func demand<Value>(_ key: String, _ reading: JSON5Reading<Value>) -> Value? {
    if object[key] == nil { demandKey(key, reading.wanted) }
    return read(key, reading)
  }

  /// Reports that a key is missing.
  package func demandKey(_ key: String, _ wanted: String) {
    problems.add(place, "'\(key)' of \(what) is missing: \(wanted)")
  }

  private func read<Value>(
    _ member: JSON5Object.Member, _ reading: JSON5Reading<Value>, isNullable: Bool
  ) -> Value? {
    if let value = reading.read(member.value) { return value }
    let alternative = isNullable ? " or null" : ""
    var reason = "'\(member.key)' is \(member.value.echo); "
    if reading.names.isEmpty {
      reason += "wanted: \(reading.wanted)\(alternative)"
    } else {
      if case .string(let text) = member.value.content {
        let nearest = NearestNames.of(text, among: reading.names)
        if !nearest.isEmpty { reason += "nearest: \(nearest.joined(separator: ", ")); " }
      }
      reason += "known: \(reading.wanted)\(alternative)"
    }
    problems.add(member.value.place, reason)
    return nil
  }
}

extension JSON5Value {
  /// The value as a message repeats it.
  var echo: String {
    switch content {
    case .string(let text): Quoted.word(text)
    case .number(let number): Quoted.shortened((number.isNegative ? "-" : "") + number.digits)
    case .flag(let flag): "\(flag)"
    default: kind
    }
  }
}
