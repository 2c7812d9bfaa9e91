// SPDX-License-Identifier: Apache-2.0
import Conditions

/// What differs between two documents of one schema, value by value.
struct DocumentDifference {
  /// The most changes of each judgement that are kept: a long training differs everywhere.
  static let mostKept = 100_000

  private let form: DocumentForm
  /// The configuration's keys, and whatever else determines the figures, that differ; where there
  /// are some no figure is judged.
  let configurationDifferences: [String]
  /// The changes in the order of the document.
  private(set) var changes: [LeafChange] = []
  /// The number of changes of each judgement, kept or not.
  private(set) var counts: [LeafJudgement: Int] = [:]
  /// The number of figures with a better and a worse that both documents have, equal ones included.
  private(set) var figures = 0

  /// What differs from run to run whatever is compared.
  private static let passing: Set<String> = [
    "timing", "run", "environment", "started", "seconds",
  ]

  init(_ before: DocumentValue, _ after: DocumentValue, form: DocumentForm) {
    self.form = form
    configurationDifferences = Self.configurationDifferences(before, after, form)
    compare(before, after, at: "", form.root, beside: nil)
  }

  /// The number of changes of a judgement.
  func count(_ judgement: LeafJudgement) -> Int { counts[judgement, default: 0] }

  private static func configurationDifferences(
    _ before: DocumentValue, _ after: DocumentValue, _ form: DocumentForm
  ) -> [String] {
    let keys = [before, after].flatMap { $0.object?["configuration"]?.object?.keys ?? [] }
    let own = Set(keys).subtracting(form.indifferent).sorted().map { ["configuration", $0] }
    return (own + form.determining).filter {
      !isEqual(before[$0], after[$0])
    }.map { $0.reduce("") { PathText.appending($1, to: $0) } }
  }

  /// Whether two values are the same; a NaN and null are both nothing.
  private static func isEqual(_ a: DocumentValue?, _ b: DocumentValue?) -> Bool {
    guard let a, !a.isMissing else { return b?.isMissing ?? true }
    guard let b, !b.isMissing else { return false }
    switch (a, b) {
    case (.flag(let a), .flag(let b)): return a == b
    case (.number(let a), .number(let b)): return a.isEqual(to: b)
    // Equal as JSON has them: `==` would take é and e with an accent for one.
    case (.text(let a), .text(let b)): return a.utf8.elementsEqual(b.utf8)
    case (.list(let a), .list(let b)):
      return a.count == b.count && zip(a, b).allSatisfy { isEqual($0, $1) }
    case (.object(let a), .object(let b)):
      return Set(a.keys + b.keys).allSatisfy { isEqual(a[$0], b[$0]) }
    default: return false
    }
  }
}

// MARK: - The walk

extension DocumentDifference {
  /// The objects that a value stands in.
  private typealias Surroundings = (before: DocumentObject, after: DocumentObject)

  private mutating func compare(
    _ before: DocumentValue?, _ after: DocumentValue?, at path: @autoclosure () -> String,
    _ node: DocumentForm.Node?, beside: Surroundings?
  ) {
    switch (before, after) {
    case (.object(let old)?, .object(let new)?): compare(old, new, at: path(), node)
    case (.list(let old)?, .list(let new)?): compare(old, new, at: path(), node)
    default:
      if node?.meaning != nil { figures += 1 }
      guard !Self.isEqual(before, after) else { return }
      note(before, after, at: path, node, beside: beside)
    }
  }

  private mutating func compare(
    _ before: DocumentObject, _ after: DocumentObject, at path: String, _ node: DocumentForm.Node?
  ) {
    let added = after.keys.filter { before[$0] == nil }
    for key in added.isEmpty ? before.keys : (before.keys + added).sorted() {
      let child = node?.children[key]
      guard !Self.passing.contains(key) || child?.meaning != nil else { continue }
      compare(
        before[key], after[key], at: PathText.appending(key, to: path), child,
        beside: (before, after))
    }
  }

  private mutating func compare(
    _ before: [DocumentValue], _ after: [DocumentValue], at path: String,
    _ node: DocumentForm.Node?
  ) {
    if let node, !node.identity.isEmpty,
      let rows = RowPairs(before, after, identity: node.identity)
    {
      for row in rows.pairs {
        let place = rows.place(row, path)
        compare(row.before, row.after, at: place, node.element, beside: nil)
      }
      return
    }
    if before.count != after.count {
      let counts = [before, after].map {
        DocumentValue.number(DocumentNumber(UInt64($0.count)))
      }
      let areGone = after.count < before.count && node?.hasFigures ?? false
      note(
        counts[0], counts[1], at: { PathText.appending("count", to: path) }, nil, beside: nil,
        areFiguresGone: areGone)
    }
    for (index, pair) in zip(before, after).enumerated() {
      compare(
        pair.0, pair.1, at: PathText.appending(element: index, to: path), node?.element,
        beside: nil)
    }
  }

  private mutating func note(
    _ before: DocumentValue?, _ after: DocumentValue?, at path: () -> String,
    _ node: DocumentForm.Node?, beside: Surroundings?, areFiguresGone: Bool = false
  ) {
    var judgement = LeafJudgement.changed
    var note: String?
    if let meaning = node?.meaning, let beside {
      (judgement, note) = meaning.judged(before, after, beside: beside)
    } else if areFiguresGone || node?.hasFigures ?? false && !(before?.isMissing ?? true) {
      // No gate passes because what it looks at is gone, or is something else.
      (judgement, note) = (.worse, "its figures are gone")
    } else if after?.isMissing ?? true {
      note = "gone"
    } else if before?.isMissing ?? true {
      note = "new"
    }
    if judgement != .changed, !configurationDifferences.isEmpty {
      (judgement, note) = (.undecidable, nil)
    }
    counts[judgement, default: 0] += 1
    guard count(judgement) <= Self.mostKept else { return }
    changes.append(
      LeafChange(judgement, path: path(), before: before, after: after, note: note))
  }
}
