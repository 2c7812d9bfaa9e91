// SPDX-License-Identifier: Apache-2.0
import Words

/// A value of a document and its place, spelled as a path that leads to it alone.
struct PlacedValue {
  var place: String
  var value: DocumentValue
  /// The last key on the way; empty at the top.
  var key = ""
}

/// The values that a path leads to.
struct PathResolver {
  let document: ConditionDocument

  /// How deep, and among how many elements of a list, a key is looked for that stands elsewhere.
  private static let searchDepth = 5

  /// The values in the order of the document: none where every element of an empty list is asked
  /// for. Below a value that is missing, everything is.
  ///
  /// - Throws: `ConditionProblem` at the first step that leads nowhere, with the nearest names of
  ///   those that are there.
  func values(_ path: ConditionPath) throws(ConditionProblem) -> [PlacedValue] {
    var found = [PlacedValue(place: "", value: document.value)]
    for step in path.steps {
      var next: [PlacedValue] = []
      for origin in found { next += try values(step, from: origin) }
      found = next
    }
    return found
  }

  private func values(
    _ step: ConditionPath.Step, from origin: PlacedValue
  ) throws(ConditionProblem) -> [PlacedValue] {
    if case .key(let key) = step.kind {
      return [try value(of: key, from: origin, at: step.offset)]
    }
    if case .null = origin.value { return [origin] }
    guard let elements = origin.value.elements else {
      throw ConditionProblem(
        reason: "\(name(origin)) is \(kind(origin.value)), and no list to take elements of",
        offset: step.offset)
    }
    if elements.isEmpty, document.isExample { return [] }
    func placed(_ index: Int) -> PlacedValue {
      PlacedValue(
        place: PathText.appending(element: index, to: origin.place), value: elements[index],
        key: origin.key)
    }
    switch step.kind {
    case .key: return []
    case .every: return elements.indices.map(placed)
    case .element(let index):
      guard index < elements.count else {
        throw ConditionProblem(
          reason: "\(name(origin)) has \(elements.count) element\(elements.count == 1 ? "" : "s")"
            + (elements.isEmpty ? "" : ", of which [\(elements.count - 1)] is the last"),
          offset: step.offset)
      }
      return [placed(index)]
    case .having(let selections):
      var indices = Array(elements.indices)
      for selection in selections {
        let matching = indices.filter { Self.matches(elements[$0], selection) }
        guard !matching.isEmpty else {
          throw problem(selection, indices.map { elements[$0] }, origin)
        }
        indices = matching
      }
      guard indices.count == 1 else { return indices.map(placed) }
      let words = selections.map { (keys: $0.keys, value: $0.value) }
      let place = PathText.appending(selection: words, to: origin.place)
      return [PlacedValue(place: place, value: elements[indices[0]], key: origin.key)]
    }
  }

  private func value(
    of key: String, from origin: PlacedValue, at offset: Int
  ) throws(ConditionProblem) -> PlacedValue {
    let place = PathText.appending(key, to: origin.place)
    switch origin.value {
    case .null: return PlacedValue(place: place, value: .null, key: key)
    case .list(let elements) where key == "count":
      return PlacedValue(
        place: place, value: .number(DocumentNumber(UInt64(elements.count))), key: key)
    case .list:
      throw ConditionProblem(
        reason: "\(name(origin)) is a list: [0], [*] or [key=value] takes elements of it, .count "
          + "is its length", offset: offset)
    case .object(let object):
      if let value = object[key] { return PlacedValue(place: place, value: value, key: key) }
      if document.keysLeftOut.contains(origin.key.isEmpty ? key : "\(origin.key).\(key)") {
        return PlacedValue(place: place, value: .null, key: key)
      }
      throw problem(unknown: key, in: object, origin, at: offset)
    default:
      throw ConditionProblem(
        reason: "\(name(origin)) is \(kind(origin.value)), and has no keys", offset: offset)
    }
  }

  private static func matches(
    _ element: DocumentValue, _ selection: ConditionPath.Selection
  ) -> Bool {
    switch element[selection.keys] {
    case .text(let text)?: text == selection.value
    case .flag(let flag)?: flag.description == selection.value
    case .null?: selection.value == "null"
    case .number(let number)?:
      DocumentNumber(selection.value).map { number.isEqual(to: $0) } ?? false
    default: false
    }
  }
}

// MARK: - Messages

extension PathResolver {
  private func name(_ place: PlacedValue) -> String {
    place.place.isEmpty ? "the document" : "'\(Echo.path(place.place))'"
  }

  private func kind(_ value: DocumentValue) -> String {
    switch value {
    case .null: "null"
    case .flag: "true or false"
    case .number: "a number"
    case .text: "a text"
    case .list: "a list"
    case .object: "an object"
    }
  }

  private func problem(
    unknown key: String, in object: DocumentObject, _ origin: PlacedValue, at offset: Int
  ) -> ConditionProblem {
    let elsewhere =
      places(of: key, in: document.value, at: "", depth: Self.searchDepth).first
      .map { "; there is '\(Echo.path($0))'" } ?? ""
    let level = origin.place.isEmpty ? "" : " (keys of \(name(origin)))"
    return ConditionProblem(
      reason: NearestNames.complaint(
        kind: "key", name: key, known: object.keys.map { Echo.word($0) }, also: level + elsewhere),
      offset: offset)
  }

  private func problem(
    _ selection: ConditionPath.Selection, _ elements: [DocumentValue], _ origin: PlacedValue
  ) -> ConditionProblem {
    let keys = selection.keys.joined(separator: ".")
    var seen: Set<String> = []
    let values = elements.compactMap { element -> String? in
      guard let value = element[selection.keys], value.object == nil, value.elements == nil
      else { return nil }
      return value.text ?? value.summary
    }.filter { seen.insert($0).inserted }
    if values.isEmpty {
      let known = (elements.first?.object?.keys ?? []).prefix(20).map { Echo.word($0) }
      return ConditionProblem(
        reason: "no element of \(name(origin)) has a value '\(Echo.word(keys))'"
          + (known.isEmpty ? "" : "; known: \(known.joined(separator: ", "))"),
        offset: selection.offset)
    }
    return ConditionProblem(
      reason: NearestNames.complaint(
        kind: "\(keys) of \(name(origin))", name: selection.value,
        known: values.map { Echo.word($0) }),
      offset: selection.offset)
  }

  /// Where a key stands, the first elements of lists standing for all.
  private func places(
    of key: String, in value: DocumentValue, at place: String, depth: Int
  ) -> [String] {
    guard depth > 0 else { return [] }
    switch value {
    case .object(let object):
      let here = object[key] == nil ? [] : [PathText.appending(key, to: place)]
      return here
        + object.members.flatMap { member in
          places(
            of: key, in: member.value, at: PathText.appending(member.key, to: place),
            depth: depth - 1)
        }
    case .list(let elements):
      return elements.first.map { places(of: key, in: $0, at: place + "[*]", depth: depth - 1) }
        ?? []
    default: return []
    }
  }
}
