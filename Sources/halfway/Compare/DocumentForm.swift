// SPDX-License-Identifier: Apache-2.0

/// What is known of the documents of one schema.
struct DocumentForm: Sendable {
  /// What stands at a place of a document, elements of a list under the key `[]`.
  final class Node: Sendable {
    let children: [String: Node]
    /// What the value means; nil where it has no better and no worse.
    let meaning: FigureMeaning?
    /// The keys whose values tell the elements of a list apart, each the way to one.
    let identity: [[String]]
    /// Whether it, or something below it, has a better and a worse.
    let hasFigures: Bool

    fileprivate init(_ branch: Branch) {
      children = branch.children.mapValues(Node.init)
      (meaning, identity) = (branch.meaning, branch.identity)
      hasFigures = meaning != nil || children.values.contains(where: \.hasFigures)
    }

    /// What is known of the elements of a list.
    var element: Node? { children[DocumentForm.elementKey] }
  }

  /// A node that is being made.
  fileprivate final class Branch {
    var children: [String: Branch] = [:]
    var meaning: FigureMeaning?
    var identity: [[String]] = []

    /// The branch at the end of a path such as `results[].tested`.
    func at(_ path: String) -> Branch {
      let keys = path.replacing("[]", with: "." + DocumentForm.elementKey)
        .split(separator: ".").map(String.init)
      return keys.reduce(self) { branch, key in
        let next = branch.children[key] ?? Branch()
        branch.children[key] = next
        return next
      }
    }
  }

  fileprivate static let elementKey = "[]"

  /// The name and version, such as `halfway/check/1`.
  let schema: String
  /// The top of the document.
  let root: Node
  /// The keys of `configuration` that determine no count: two kernels are compared on the same
  /// cases.
  let indifferent: Set<String>
  /// What determines the figures beside the configuration, each the way to it.
  let determining: [[String]]
  /// The keys that documents leave out where there is nothing to say.
  let keysLeftOut: Set<String>

  /// - Parameters:
  ///   - figures: What values mean, by path, elements of a list as `[]`.
  ///   - identities: The keys that tell the elements of a list apart, by the list's path, in words.
  init(
    _ schema: String, figures: [String: FigureMeaning], identities: [String: String],
    indifferent: Set<String> = [], determining: [String] = ["shard"], keysLeftOut: String
  ) {
    self.schema = schema
    self.indifferent = indifferent
    self.determining = determining.map { $0.split(separator: ".").map(String.init) }
    self.keysLeftOut = Set(keysLeftOut.split(whereSeparator: \.isWhitespace).map(String.init))
    let branch = Branch()
    for (path, meaning) in figures { branch.at(path).meaning = meaning }
    for (path, keys) in identities {
      branch.at(path).identity = keys.split(separator: " ").map {
        $0.split(separator: ".").map(String.init)
      }
    }
    root = Node(branch)
  }

  /// What is known of a schema; of an unknown one, that its values can differ.
  static func of(_ schema: String) -> DocumentForm {
    all.first { $0.schema == schema }
      ?? DocumentForm(schema, figures: [:], identities: [:], keysLeftOut: "")
  }

  /// The schemas with figures that can be judged.
  static let all = [
    verification, audit, elementary, units, check, arrayCheck, bench, trainingRun, lossScaleSweep,
    attribution, scalers, tuning, study, scan, scanDumps,
  ]
}
