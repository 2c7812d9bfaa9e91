// SPDX-License-Identifier: Apache-2.0
import JSON5

/// Lists in the values of a text.
enum StudyLists {
  /// The axes of an experiment's value in the order of the text. Lists under one key of several
  /// policies, or of several layers' rules, are one axis.
  static func axes(of value: JSON5Value, _ problems: JSON5Problems) -> [StudyAxis] {
    var found: [StudyAxis] = []
    collect(value, [], &found, problems)
    return StudyAxis.named(found)
  }

  private static func collect(
    _ value: JSON5Value, _ path: [String], _ found: inout [StudyAxis], _ problems: JSON5Problems
  ) {
    guard case .object(let object) = value.content else { return }
    for member in object.members {
      let path = path + [member.key]
      guard case .array(let values) = member.value.content else {
        collect(member.value, path, &found, problems)
        continue
      }
      if StudyAxis.lists.contains(path) {
        for value in values { collect(value, path, &found, problems) }
        continue
      }
      let name = Quoted.word(member.key)
      if StudyAxis.single.contains(member.key), path.count == 1 || path.first == "policies" {
        problems.add(member.value.place, "\(name) is a list; a study has one")
        continue
      }
      guard check(values, name, member.value.place, problems) else { continue }
      let axis = StudyAxis(path: path, values: values, place: member.value.place)
      if let other = found.first(where: { $0.path == path }) {
        if other.values.map(\.canonical) != axis.values.map(\.canonical) {
          problems.add(
            member.value.place,
            "\(name) is another list than on line \(other.place.line): the policies of a point "
              + "are trained together, and lists under one key are to be the same")
        }
        continue
      }
      found.append(axis)
    }
  }

  private static func check(
    _ values: [JSON5Value], _ name: String, _ place: JSON5Place, _ problems: JSON5Problems
  ) -> Bool {
    guard !values.isEmpty else {
      problems.add(place, "\(name) is an empty list; name the values that the study runs")
      return false
    }
    if let nested = values.lazy.compactMap(list).first {
      problems.add(nested, "a list within a value of \(name); a study's lists do not nest")
      return false
    }
    var seen: [String: StudyAxis.Choice] = [:]
    for value in values.map(StudyAxis.Choice.init) {
      if let first = seen[value.canonical] {
        problems.add(
          value.value.place,
          "\(name) has \(Quoted.word(value.label)) twice, first on line \(first.value.place.line)")
        return false
      }
      seen[value.canonical] = value
    }
    return true
  }

  /// Where a value has a list that would be an axis.
  private static func list(_ value: JSON5Value) -> JSON5Place? {
    switch value.content {
    case .array: return value.place
    case .object(let object):
      return object.members.lazy.compactMap { list($0.value) }.first
    default: return nil
    }
  }

  /// The value with one value in the place of each list that a path leads to.
  ///
  /// - Parameter way: the keys that lead to the value.
  static func filled(
    _ value: JSON5Value, _ chosen: [(path: [String], value: JSON5Value)], at way: [String] = []
  ) -> JSON5Value {
    guard case .object(let object) = value.content else { return value }
    var filled = JSON5Object()
    for member in object.members {
      let path = way + [member.key]
      var value = member.value
      if case .array(let values) = value.content {
        if StudyAxis.lists.contains(path) {
          value.content = .array(values.map { self.filled($0, chosen, at: path) })
        } else if let own = chosen.first(where: { $0.path == path }) {
          value = own.value
        }
      } else {
        value = self.filled(value, chosen, at: path)
      }
      filled.append(member.key, at: member.place, value)
    }
    return JSON5Value(content: .object(filled), place: value.place)
  }

  /// The value with another under a key, which is added where it is missing.
  static func with(
    _ key: String, _ content: JSON5Value.Content, in value: JSON5Value
  ) -> JSON5Value {
    guard case .object(let object) = value.content else { return value }
    var changed = JSON5Object()
    for member in object.members {
      let isMeant = member.key == key
      changed.append(
        member.key, at: member.place,
        isMeant ? JSON5Value(content: content, place: member.value.place) : member.value)
    }
    changed.append(key, at: value.place, JSON5Value(content: content, place: value.place))
    return JSON5Value(content: .object(changed), place: value.place)
  }
}
