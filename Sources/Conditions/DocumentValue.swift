// SPDX-License-Identifier: Apache-2.0

/// A value of a JSON document.
package enum DocumentValue: Sendable {
  case null
  case flag(Bool)
  case number(DocumentNumber)
  case text(String)
  case list([DocumentValue])
  case object(DocumentObject)
}

/// The keys of an object with their values, in the order of the keys; no key occurs twice.
package struct DocumentObject: Sendable {
  /// A key with its value.
  package typealias Member = (key: String, value: DocumentValue)

  /// The keys and values, ascending by key.
  package let members: [Member]

  /// The object of members in any order; nil where a key occurs twice.
  init?(_ members: [Member]) {
    // The documents of this tool are sorted by themselves.
    let isSorted = zip(members, members.dropFirst()).allSatisfy { $0.key < $1.key }
    let sorted = isSorted ? members : members.sorted { $0.key < $1.key }
    guard isSorted || !zip(sorted, sorted.dropFirst()).contains(where: { $0.key == $1.key })
    else { return nil }
    self.members = sorted
  }

  /// The value of a key; nil without one.
  package subscript(_ key: String) -> DocumentValue? {
    var (first, end) = (0, members.count)
    while first < end {
      let middle = (first + end) / 2
      if members[middle].key < key { first = middle + 1 } else { end = middle }
    }
    return first < members.count && members[first].key == key ? members[first].value : nil
  }

  /// The keys, ascending.
  package var keys: [String] { members.map(\.key) }
}

extension DocumentValue {
  /// The members where it is an object.
  package var object: DocumentObject? { if case .object(let object) = self { object } else { nil } }

  /// The elements where it is a list.
  package var elements: [DocumentValue]? {
    if case .list(let elements) = self { elements } else { nil }
  }

  /// The truth value where it is one.
  package var flag: Bool? { if case .flag(let flag) = self { flag } else { nil } }

  /// The text where it is one.
  package var text: String? { if case .text(let text) = self { text } else { nil } }

  /// The number: also of the texts `nan`, `inf` and `-inf`, which stand for what JSON has no
  /// numbers for.
  package var number: DocumentNumber? {
    switch self {
    case .number(let number): number
    case .text("nan"): DocumentNumber(Double.nan)
    case .text("inf"): DocumentNumber(Double.infinity)
    case .text("-inf"): DocumentNumber(-Double.infinity)
    default: nil
    }
  }

  /// Whether there is nothing to compare: null, or a NaN.
  package var isMissing: Bool {
    if case .null = self { return true }
    return number?.isNaN ?? false
  }

  /// The value below keys one after the other; nil where one is not there.
  package subscript(_ keys: [String]) -> DocumentValue? {
    keys.reduce(Optional(self)) { $0?.object?[$1] }
  }

  /// The value as messages show it: a number's digits, a text in quotes, what a list or an object
  /// is.
  package var summary: String {
    switch self {
    case .null: "null"
    case .flag(let flag): flag.description
    case .number(let number): number.description
    case .text(let text): number?.description ?? "\"\(text)\""
    case .list(let elements): "a list of \(elements.count)"
    case .object(let object): "an object of \(object.members.count)"
    }
  }
}
