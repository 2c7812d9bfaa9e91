// SPDX-License-Identifier: Apache-2.0
import Conditions

/// The elements of two lists that stand for the same, by values of their own.
struct RowPairs {
  /// An element of either list, or of one alone.
  struct Row {
    var before: DocumentValue?
    var after: DocumentValue?
    /// Its place in the second list, or in the first where that alone has it.
    fileprivate var index: Int
    /// The values that tell it apart; nil for a key that it lacks.
    fileprivate var names: [String?]
  }

  /// The rows in the order of the second list, then those of the first alone.
  let pairs: [Row]
  private let identity: [[String]]
  /// Which of the keys do not have the same value everywhere.
  private let telling: [Int]

  /// The pairs; nil where elements are no objects, or several have the same values.
  init?(_ before: [DocumentValue], _ after: [DocumentValue], identity: [[String]]) {
    func named(_ values: [DocumentValue]) -> [[String?]: DocumentValue]? {
      let rows = values.compactMap { value in
        value.object == nil ? nil : (Self.names(value, identity), value)
      }
      let named = Dictionary(rows) { first, _ in first }
      return named.count == values.count ? named : nil
    }
    guard let old = named(before), let new = named(after) else { return nil }
    pairs =
      after.enumerated().map { index, value in
        let names = Self.names(value, identity)
        return Row(before: old[names], after: value, index: index, names: names)
      }
      + before.enumerated().compactMap { index, value in
        let names = Self.names(value, identity)
        guard new[names] == nil else { return nil }
        return Row(before: value, after: nil, index: index, names: names)
      }
    self.identity = identity
    let rows = pairs
    telling = identity.indices.filter { key in
      rows.contains { $0.names[key] != rows[0].names[key] }
    }
  }

  /// The path to a row, by the values that tell it from the others.
  func place(_ row: Row, _ list: String) -> String {
    let selection = telling.compactMap { key in
      row.names[key].map { (keys: identity[key], value: $0) }
    }
    // What a row lacks cannot be selected by: others may have the rest, too.
    let present = telling.filter { row.names[$0] != nil }
    let isAlone =
      present.count == telling.count
      || pairs.count { other in present.allSatisfy { other.names[$0] == row.names[$0] } } == 1
    guard !selection.isEmpty, isAlone else {
      return PathText.appending(element: row.index, to: list)
    }
    return PathText.appending(selection: selection, to: list)
  }

  private static func names(_ value: DocumentValue, _ identity: [[String]]) -> [String?] {
    identity.map { value[$0].flatMap(name) }
  }

  /// A value that tells rows apart, as text: of a list, such as a shape, all of it.
  private static func name(_ value: DocumentValue) -> String? {
    switch value {
    case .text(let text): text
    case .number(let number): number.description
    case .flag(let flag): flag.description
    case .list(let elements): elements.map { name($0) ?? "" }.joined(separator: " x ")
    default: nil
    }
  }
}
