// SPDX-License-Identifier: Apache-2.0
import Formats
import JSON5
import Policies
import TensorFiles

/// A field of an experiment that a study varies: a list where an experiment has one value.
package struct StudyAxis: Sendable {
  /// One of the values.
  package struct Choice: Sendable {
    /// The value in words: `64`, `fixed:16`, `adamw learningRate 0.01`.
    package let label: String
    /// The number that stands for it on an axis; nil where there is none.
    package let number: Double?
    /// The label as a part of a file's name, other than every other value's.
    package fileprivate(set) var stem: String
    /// What stands in the file.
    let value: JSON5Value
    /// The same text for the same value, however it is written.
    let canonical: String

    init(_ value: JSON5Value) {
      self.value = value
      canonical = value.canonical
      label = value.label
      number = value.axisNumber
      stem = Self.stem(of: value.label)
    }

    private static let longestStem = 40

    /// The characters that every file system and shell takes as they are; a long one is shortened
    /// and told apart by its digest.
    private static func stem(of label: String) -> String {
      let plain = String(
        String.UnicodeScalarView(
          label.unicodeScalars.map { scalar in
            let isPlain =
              scalar.isASCII
              && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isPlain || "._+-".unicodeScalars.contains(scalar) ? scalar : "-"
          }))
      guard plain.utf8.count > longestStem || plain.isEmpty else { return plain }
      return plain.prefix(longestStem - 10) + "-" + Self.digest(label)
    }

    /// Eight hexadecimal digits of a text.
    static func digest(_ text: String) -> String {
      String(FNV1a.digest(Array(text.utf8)).prefix(8))
    }
  }

  /// The keys that lead to it; those of policies and of layers stand without their places in the
  /// list.
  package let path: [String]
  /// The short name, which no other axis of the study has: `width`.
  package fileprivate(set) var name: String
  /// The values in the file's order, no two the same.
  package let values: [Choice]
  /// Where the list stands; one of several that move together.
  let place: JSON5Place

  /// The ways to lists of experiments that are no axes: policies and layers' rules are lists.
  static let lists: Set<[String]> = [["policies"], ["policies", "layers"]]
  /// The keys under which a study has one value.
  static let single: Set<String> = ["kind", "name", "question"]

  init(path: [String], values: [JSON5Value], place: JSON5Place) {
    self.path = path
    self.place = place
    name = path.last ?? ""
    var list = values.map(Choice.init)
    for index in list.indices
    where list[..<index].contains(where: { $0.stem == list[index].stem }) {
      list[index].stem += "-" + Choice.digest(list[index].canonical)
    }
    self.values = list
  }

  /// Whether it is the seed of weights and batches: what error bars are over.
  package var isSeed: Bool { path == ["seed"] }

  /// Its values as numbers; nil where one is none.
  package var numbers: [Double]? {
    let numbers = values.compactMap(\.number)
    return numbers.count == values.count ? numbers : nil
  }

  /// The axes with the shortest names that tell them apart: the last key, or where that says
  /// nothing by itself the one before, and as many before it as it takes.
  static func named(_ axes: [StudyAxis]) -> [StudyAxis] {
    var axes = axes
    let generic: Set<String> = ["name", "method", "count", "base"]
    let paths = axes.map { axis in
      axis.path.count > 1 && generic.contains(axis.path.last ?? "")
        ? Array(axis.path.dropLast()) : axis.path
    }
    for index in axes.indices {
      let path = paths[index]
      let isTaken = { (count: Int) in
        paths.indices.contains {
          $0 != index && paths[$0].suffix(count) == path.suffix(count)
        }
      }
      let count = (1...max(1, path.count)).first { !isTaken($0) }
      axes[index].name = (count.map { Array(path.suffix($0)) } ?? axes[index].path)
        .joined(separator: ".")
    }
    return axes
  }
}

extension JSON5Value {
  /// The value in words.
  fileprivate var label: String {
    switch content {
    case .null: "null"
    case .flag(let flag): "\(flag)"
    case .number(let number): number.label
    case .string(let text): text
    case .array(let values): values.map(\.label).joined(separator: " ")
    case .object(let object):
      object.members.map { member in
        ["name", "method", "base"].contains(member.key)
          ? member.value.label : "\(member.key) \(member.value.label)"
      }.joined(separator: " ")
    }
  }

  /// The same text for the same value.
  fileprivate var canonical: String {
    switch content {
    case .null, .flag, .number: label
    case .string(let text): "\"\(text)\""
    case .array(let values): "[" + values.map(\.canonical).joined(separator: ",") + "]"
    case .object(let object):
      "{"
        + object.members.sorted { $0.key < $1.key }
        .map { "\($0.key):\($0.value.canonical)" }.joined(separator: ",") + "}"
    }
  }

  /// A number, or the scale of a static loss scaling.
  fileprivate var axisNumber: Double? {
    switch content {
    case .number(let number): number.double.isFinite ? number.double : nil
    case .string(let text):
      LossScaling(named: text).flatMap { $0.interval == nil ? Double($0.initial) : nil }
    default: nil
    }
  }
}

extension JSON5Number {
  /// The number as people write it, the same for the same number.
  fileprivate var label: String {
    if let whole = whole(as: UInt64.self) { return "\(whole)" }
    if let whole = whole(as: Int64.self) { return "\(whole)" }
    let value = double
    return "\(value)"
  }
}
