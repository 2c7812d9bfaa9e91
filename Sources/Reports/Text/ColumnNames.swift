// SPDX-License-Identifier: Apache-2.0

/// The names of a table's columns, read by pandas, by spreadsheets, by databases and by pgfplots.
enum ColumnNames {
  /// What a name without a single letter or digit becomes.
  private static let unnamed = "unnamed"

  /// A name for each text, in order, no two of them alike, also where case is not told apart, and
  /// none of them in `reserved`.
  ///
  /// A name is its text as `plain` has it. Where several come to the same, the one whose text is
  /// that name keeps it, otherwise the first, and the others get `_2`, `_3`, ... in their order,
  /// skipping numbers that another text has for itself.
  static func unique(_ texts: [String], reserved: [String] = []) -> [String] {
    let wanted = texts.map(plain)
    var owners: [String: Int] = [:]
    for isExact in [true, false] {
      for (index, name) in wanted.enumerated() where (texts[index] == name) == isExact {
        let key = name.lowercased()
        if owners[key] == nil { owners[key] = index }
      }
    }
    var used = Set(reserved.map { $0.lowercased() })
    let kept = wanted.indices.filter { index in
      let key = wanted[index].lowercased()
      return owners[key] == index && !used.contains(key)
    }
    used.formUnion(kept.map { wanted[$0].lowercased() })
    return wanted.indices.map { index in
      if kept.contains(index) { return wanted[index] }
      var number = 2
      while !used.insert("\(wanted[index])_\(number)".lowercased()).inserted { number += 1 }
      return "\(wanted[index])_\(number)"
    }
  }

  /// The text in lower_snake_case: `_` for every run of what is no ASCII letter, digit or `.`, and
  /// none at its ends: a spreadsheet takes a field that begins with `-` for a formula.
  private static func plain(_ text: String) -> String {
    let words = Escaping.identifier(text).lowercased().split(separator: "-")
    return words.isEmpty ? unnamed : words.joined(separator: "_")
  }
}
