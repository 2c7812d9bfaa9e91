// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Any JSON value.
enum JSONValue: Decodable, Equatable {
  case null
  case boolean(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// The value of a text.
  init(_ text: String) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  }

  /// The member of an object.
  subscript(_ name: String) -> JSONValue? {
    if case .object(let members) = self { members[name] } else { nil }
  }
  var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
  var text: String? { if case .string(let text) = self { text } else { nil } }

  /// Whether JSON Schema counts the value to a type.
  func has(type: String) -> Bool {
    switch (self, type) {
    case (.null, "null"), (.boolean, "boolean"), (.number, "number"), (.string, "string"),
      (.array, "array"), (.object, "object"):
      true
    case (.number(let value), "integer"): value == value.rounded()
    default: false
    }
  }
}

/// The part of JSON Schema (draft 2020-12) that docs/schema uses: type, const, enum, minimum,
/// pattern, properties, required, additionalProperties, items, anyOf and references to $defs.
struct JSONSchema {
  private let root: JSONValue

  /// The folder docs/schema.
  static let folder = Repository.root.appendingPathComponent("docs/schema")

  /// The schema of a name in docs/schema.
  init(named name: String) throws {
    let url = JSONSchema.folder.appendingPathComponent("\(name).json")
    root = try JSONValue(String(contentsOf: url, encoding: .utf8))
  }

  /// The places of objects that admit any key.
  var openObjects: [String] { openObjects(in: root, "$") }

  private func openObjects(in schema: JSONValue, _ path: String) -> [String] {
    guard case .object(let members) = schema else {
      return schema.elements.flatMap { openObjects(in: $0, path) }
    }
    let isOpen =
      schema["type"]?.text == "object"
      && [nil, .boolean(true)].contains(schema["additionalProperties"])
    return (isOpen ? [path] : [])
      + members.sorted { $0.key < $1.key }.flatMap {
        openObjects(in: $0.value, "\(path).\($0.key)")
      }
  }

  /// Where a document breaks the schema, each as `path: what`.
  func violations(in text: String) throws -> [String] {
    try check(JSONValue(text), root, "$")
  }

  private func check(_ value: JSONValue, _ schema: JSONValue, _ path: String) throws -> [String] {
    if let name = schema["$ref"]?.text?.split(separator: "/").last {
      guard let target = root["$defs"]?[String(name)] else { return ["\(path): no \(name)"] }
      return try check(value, target, path)
    }
    var found: [String] = []
    if let choices = schema["anyOf"]?.elements {
      let violations = try choices.map { try check(value, $0, path) }
      if !violations.contains([]) { found += violations.min { $0.count < $1.count } ?? [] }
    }
    if let type = schema["type"] {
      let types = type.text.map { [$0] } ?? type.elements.compactMap(\.text)
      if !types.contains(where: value.has(type:)) { found.append("\(path): not \(types)") }
    }
    if let constant = schema["const"], value != constant { found.append("\(path): not the const") }
    if let allowed = schema["enum"], !allowed.elements.contains(value) {
      found.append("\(path): not in the enum")
    }
    if case .number(let least)? = schema["minimum"], case .number(let number) = value,
      number < least
    {
      found.append("\(path): below \(least)")
    }
    if let pattern = schema["pattern"]?.text, let text = value.text,
      try !text.contains(Regex(pattern))
    {
      found.append("\(path): '\(text)' does not match \(pattern)")
    }
    if case .object(let members) = value { found += try check(members, schema, path) }
    if let items = schema["items"] {
      for (index, element) in value.elements.enumerated() {
        found += try check(element, items, "\(path)[\(index)]")
      }
    }
    return found
  }

  private func check(
    _ members: [String: JSONValue], _ schema: JSONValue, _ path: String
  ) throws -> [String] {
    let required = schema["required"]?.elements.compactMap(\.text) ?? []
    var found = required.filter { members[$0] == nil }.map { "\(path): no \($0)" }
    for (name, member) in members.sorted(by: { $0.key < $1.key }) {
      let others = schema["additionalProperties"]
      if let property = schema["properties"]?[name] {
        found += try check(member, property, "\(path).\(name)")
      } else if others == .boolean(false) {
        found.append("\(path): unknown \(name)")
      } else if let others, case .object = others {
        found += try check(member, others, "\(path).\(name)")
      }
    }
    return found
  }
}
