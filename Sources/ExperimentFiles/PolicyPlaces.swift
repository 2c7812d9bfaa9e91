// SPDX-License-Identifier: Apache-2.0
import JSON5
import Policies

/// Where the fields of a policy stand in its object.
struct PolicyPlaces {
  private let value: JSON5Value

  init(_ value: JSON5Value) { self.value = value }

  /// The later of the places of two fields: the one that was written against the other.
  func place(of contradiction: PolicyContradiction) -> JSON5Place {
    contradiction.fields.compactMap { place(of: $0.path) }.max() ?? value.place
  }

  /// What classes that inherit the same two fields share: the places, the last keys, the values and
  /// the reason.
  func cause(of contradiction: PolicyContradiction) -> [String] {
    contradiction.fields.flatMap { field in
      let place = place(of: field.path).map { "\($0.line):\($0.column)" } ?? ""
      return [place, field.path.last ?? "", field.value ?? ""]
    } + [contradiction.reason]
  }

  /// The contradiction in words, each field with its line or with where it comes from.
  func text(of contradiction: PolicyContradiction) -> String {
    let fields = contradiction.fields.map { field in
      let origin = place(of: field.path).map { "line \($0.line)" } ?? origin(of: field.path)
      return "'\(field.path.joined(separator: "."))' is \(field.value ?? "null") (\(origin))"
    }
    return fields.joined(separator: " and ") + ": " + contradiction.reason
  }

  /// Where a field comes from that the object does not have.
  private func origin(of path: [String]) -> String {
    for parent in path.count > 1 && path[0] == "lossScaling" ? [["lossScaling"], []] : [[]] {
      if case .string(let name)? = member(parent + ["base"])?.value.content { return "of \(name)" }
    }
    return "by default"
  }

  /// The place of a field: its own, or that of the policy's field for all operations; nil where the
  /// object has neither.
  private func place(of path: [String]) -> JSON5Place? {
    if let place = find(path, in: value) { return place }
    let isOfRule = ["rule", "classes", "layers"].contains(path[0])
    guard isOfRule, let shared = path.first(where: { RuleReader.sharedKeys.contains($0) })
    else { return nil }
    let rest = Array(path.drop { $0 != shared })
    return find(rest, in: value) ?? (path[0] == "rule" ? nil : find(["rule"] + rest, in: value))
  }

  private func find(_ path: [String], in start: JSON5Value) -> JSON5Place? {
    var value = start
    var place: JSON5Place?
    for key in path {
      switch value.content {
      case .object(let object):
        guard let member = object[key] else { return nil }
        (value, place) = (member.value, member.place)
      case .array(let values):
        guard let index = Int(key), values.indices.contains(index) else { return nil }
        (value, place) = (values[index], values[index].place)
      // A name stands for all its fields.
      default: return place
      }
    }
    return place
  }

  private func member(_ path: [String]) -> JSON5Object.Member? {
    var value = value
    var member: JSON5Object.Member?
    for key in path {
      guard case .object(let object) = value.content, let next = object[key] else { return nil }
      (member, value) = (next, next.value)
    }
    return member
  }
}

extension Policy {
  /// The contradictions with entries of a file in place of the rules that they stand for.
  func contradictions(layerEntries: [LayerEntry]) -> [PolicyContradiction] {
    let entries = layerEntries.enumerated().flatMap { index, entry in
      [Int](repeating: index, count: entry.ruleCount)
    }
    var seen: Set<PolicyContradiction> = []
    return contradictions.map { contradiction in
      var contradiction = contradiction
      for i in contradiction.fields.indices where contradiction.fields[i].path[0] == "layers" {
        if let index = Int(contradiction.fields[i].path[1]), entries.indices.contains(index) {
          contradiction.fields[i].path[1] = "\(entries[index])"
        }
      }
      return contradiction
    }.filter { seen.insert($0).inserted }
  }
}
