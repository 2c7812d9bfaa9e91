// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Which folder uses types that another one defines, by the words of the source.
///
/// A name that several folders define is nobody's, so that no use is seen where there is none.
struct Folders {
  /// For each folder, the folders it uses with the names it uses of them.
  private(set) var uses: [String: [String: Set<String>]] = [:]

  /// - Parameters:
  ///   - files: the text of each file by its path below `Sources`.
  ///   - isNested: whether types within others count, too.
  init(_ files: [String: String], isNested: Bool) {
    let texts = files.mapValues(Self.code)
    var homes: [String: Set<String>] = [:]
    for (path, text) in texts {
      for name in Self.definitions(text, isNested: isNested) {
        homes[name, default: []].insert(Self.folder(path))
      }
    }
    for (path, text) in texts {
      let folder = Self.folder(path)
      for word in Set(text.matches(of: /\b[A-Z]\w*\b/).map { String($0.output) }) {
        guard let home = homes[word], home.count == 1, let other = home.first, other != folder
        else { continue }
        uses[folder, default: [:]][other, default: []].insert(word)
      }
    }
  }

  /// The pairs of folders that use each other.
  var pairs: [String] {
    uses.flatMap { folder, others in
      others.keys.filter { folder < $0 && uses[$0]?[folder] != nil }.map {
        "\(folder) and \($0): \(names(folder, $0)) and \(names($0, folder))"
      }
    }.sorted()
  }

  /// The uses among folders of which each uses the next one, and the last one the first.
  var cycles: [String] {
    var rest = uses.mapValues { Set($0.keys) }
    func isDone(_ folder: String) -> Bool {
      rest[folder, default: []].allSatisfy { rest[$0] == nil }
        || !rest.contains { $0.key != folder && $0.value.contains(folder) }
    }
    while let folder = rest.keys.first(where: isDone) { rest[folder] = nil }
    return rest.flatMap { folder, others in
      others.filter { rest[$0] != nil }.map { "\(folder) uses \($0): \(names(folder, $0))" }
    }.sorted()
  }

  private func names(_ folder: String, _ other: String) -> String {
    uses[folder]?[other]?.sorted().prefix(5).joined(separator: ", ") ?? ""
  }

  /// The text without comments and the words of strings.
  private static func code(_ text: String) -> String {
    text.replacing(/\/\/.*/, with: "").replacing(/"(?:\\.|[^"\\\n])*"/, with: "\"\"")
  }

  private static func definitions(_ text: String, isNested: Bool) -> [String] {
    let definition =
      /(?m)^(\s*)(?:@\w+(?:\([^)]*\))?\s+)*((?:(?:public|package|internal|fileprivate|private|final|indirect) )*)(?:struct|class|enum|protocol|actor|typealias)\s+([A-Z]\w*)/
    return text.matches(of: definition).compactMap { match in
      let isTop = match.output.1.allSatisfy { $0 == "\n" }
      return (isNested || isTop) && !match.output.2.contains("private")
        ? String(match.output.3) : nil
    }
  }

  /// The folder of a path below `Sources`.
  private static func folder(_ path: String) -> String {
    path.split(separator: "/").dropLast().joined(separator: "/")
  }
}

extension Folders {
  /// The top-level types that several modules define, each with those modules.
  static func homonyms(_ files: [String: String]) -> [String] {
    var homes: [String: Set<String>] = [:]
    for (path, text) in files {
      let module = String(path.prefix { $0 != "/" })
      for name in definitions(code(text), isNested: false) {
        homes[name, default: []].insert(module)
      }
    }
    return homes.filter { $0.value.count > 1 }
      .map { "\($0.key) in \($0.value.sorted().joined(separator: " and "))" }.sorted()
  }
}
