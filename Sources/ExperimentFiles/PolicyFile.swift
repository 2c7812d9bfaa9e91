// SPDX-License-Identifier: Apache-2.0
import JSON5
import Models
import Policies

/// Policies as a file has them.
package struct PolicyFile {
  /// The path of the file, as messages name it.
  package let path: String
  private let entries: [PolicyEntry]

  /// The policies.
  package var policies: [Policy] { entries.map(\.policy) }

  /// The policies of a text that holds one, a list of them, or an experiment with its list.
  ///
  /// - Throws: `ExperimentProblems` with everything that is wrong.
  package init(_ bytes: [UInt8], path: String) throws(ExperimentProblems) {
    let value = try ExperimentProblems.read(bytes, path: path)
    let problems = JSON5Problems(path: path)
    var list = value
    if case .object(let object) = value.content {
      if let policies = object["policies"] {
        list = policies.value
      } else {
        list.content = .array([value])
      }
    }
    self.init(list, problems)
    guard problems.list.isEmpty else { throw ExperimentProblems(problems) }
  }

  /// The policies of a list; none of a value that is missing.
  init(_ value: JSON5Value?, _ problems: JSON5Problems) {
    path = problems.path
    entries = value.map { Self.entries($0, problems) } ?? []
    checkDivision(problems)
  }

  /// Throws where an entry has no effect on a model: none of its operations is meant by an entry
  /// about layers, or later ones are meant for all of them, or no attention reads a tile.
  package func checkEffect(on task: TrainingTask) throws(ExperimentProblems) {
    guard entries.contains(where: { !$0.layers.isEmpty || $0.tilePlace != nil }) else { return }
    let operations = task.operations
    let problems = JSON5Problems(path: path)
    for entry in entries { entry.checkLayers(operations, problems) }
    if !operations.contains(where: { $0.operation == .attention }) {
      for place in entries.compactMap(\.tilePlace) {
        problems.add(place, "'attentionTile', and the model has no attention")
      }
    }
    guard problems.list.isEmpty else { throw ExperimentProblems(problems) }
  }

  private static func entries(
    _ value: JSON5Value, _ problems: JSON5Problems
  ) -> [PolicyEntry] {
    guard case .array(let values) = value.content else {
      problems.add(value.place, "the policies are a list of names and objects, not \(value.kind)")
      return []
    }
    guard (1...ExperimentDescription.policyLimit).contains(values.count) else {
      problems.add(
        value.place,
        "\(values.count) policies; 1...\(ExperimentDescription.policyLimit) can be compared")
      return []
    }
    let reader = PolicyReader(problems: problems)
    var entries: [PolicyEntry] = []
    for value in values {
      guard let entry = reader.read(value) else { continue }
      if let other = entries.first(where: { $0.policy.name == entry.policy.name }) {
        problems.add(
          value.place,
          "a second policy '\(entry.policy.name)', the first on line \(other.value.place.line)")
      }
      entries.append(entry)
    }
    return entries
  }

  /// All twins of a run split the batch alike.
  private func checkDivision(_ problems: JSON5Problems) {
    for field in DivisionField.allCases {
      var first: (entry: PolicyEntry, count: Int)?
      for entry in entries {
        guard let count = field.count(of: entry.policy) else { continue }
        if let first, first.count != count {
          let (place, other) = (entry.place(of: field), first.entry.place(of: field))
          problems.add(
            place,
            "'\(field.rawValue).count' is \(count) in '\(entry.policy.name)' (line \(place.line)) "
              + "and \(first.count) in '\(first.entry.policy.name)' (line \(other.line)): "
              + "the twins of a run split the batch alike")
        }
        if first == nil { first = (entry, count) }
      }
    }
  }

  /// Tells that a policy has the reference's name.
  func refuse(_ policy: Policy, _ problems: JSON5Problems) {
    guard let entry = entries.first(where: { $0.policy == policy }) else { return }
    problems.add(
      entry.value.place,
      "\(Quoted.word(policy.name)) \(ExperimentDescription.namesakeProblem)")
  }

  /// Tells workers and micro-batches among which a batch cannot be split in equal parts: a worker
  /// takes its part in micro-batches.
  func checkBatch(_ batch: Int, _ fields: JSON5Fields, _ problems: JSON5Problems) {
    let origin = fields.object["batch"].map { "line \($0.place.line)" } ?? "the model's own"
    let workers = entries.lazy.compactMap { $0.policy.workers?.count }.first
    for field in DivisionField.allCases {
      for entry in entries {
        let others = field == .microBatches ? workers ?? 1 : 1
        guard let count = field.count(of: entry.policy), batch % (others * count) != 0,
          field == .workers || batch % others == 0
        else { continue }
        let place = entry.place(of: field)
        problems.add(
          place,
          "'\(field.rawValue).count' is \(count) (line \(place.line)) and 'batch' is \(batch) "
            + "(\(origin)): "
            + (others == 1 ? "the batch" : "a worker's part, \(batch / others),")
            + " cannot be split in equal parts")
      }
    }
  }

  /// Tells policies that say how gradients are clipped where none are.
  func checkClipping(_ clipNorm: Double?, _ problems: JSON5Problems) {
    guard clipNorm == nil else { return }
    for entry in entries where entry.policy.clipping != nil {
      problems.add(
        entry.member("clipping")?.place ?? entry.value.place,
        "'clipping' of \(Quoted.word(entry.policy.name)), and the optimizer has no 'clipNorm': no "
          + "gradient is clipped")
    }
  }
}

/// A field by which a policy divides a batch.
private enum DivisionField: String, CaseIterable {
  case workers, microBatches

  func count(of policy: Policy) -> Int? {
    switch self {
    case .workers: policy.workers?.count
    case .microBatches: policy.microBatches?.count
    }
  }
}

extension PolicyEntry {
  fileprivate func member(_ key: String) -> JSON5Object.Member? {
    if case .object(let policy) = value.content { policy[key] } else { nil }
  }

  /// Where the number of parts stands.
  fileprivate func place(of field: DivisionField) -> JSON5Place {
    guard let parts = member(field.rawValue), case .object(let object) = parts.value.content
    else { return value.place }
    return object["count"]?.place ?? parts.place
  }

  /// Where a tile of attention stands; nil where none does.
  fileprivate var tilePlace: JSON5Place? {
    func place(_ value: JSON5Value) -> JSON5Place? {
      if case .array(let values) = value.content { return values.lazy.compactMap(place).first }
      guard case .object(let object) = value.content else { return nil }
      if let tile = object["attentionTile"], case .number = tile.value.content { return tile.place }
      return ["rule", "classes", OperationClass.attention.rawValue, "layers"].lazy
        .compactMap { object[$0].flatMap { place($0.value) } }.first
    }
    return place(value)
  }

  /// Tells entries about layers that have no effect on operations.
  fileprivate func checkLayers(_ operations: [LayerOperation], _ problems: JSON5Problems) {
    for (index, entry) in layers.enumerated() {
      let meant = operations.filter { entry.matches($0) }
      if meant.isEmpty {
        var names: [String] = []
        for operation in operations where !names.contains(operation.layer) {
          if let wanted = entry.operation, wanted != operation.operation { continue }
          names.append(operation.layer)
        }
        let kind = entry.operation.map { " with the operation \($0.rawValue)" } ?? ""
        problems.add(
          entry.place,
          "the pattern \(Quoted.word(entry.pattern)) matches no layer\(kind) of the model; "
            + (names.isEmpty ? "it has none" : "known: " + names.joined(separator: ", ")))
        continue
      }
      let later = layers[(index + 1)...]
      if meant.allSatisfy({ place in later.contains { $0.matches(place) } }),
        let last = later.last(where: { $0.matches(meant[0]) })
      {
        problems.add(
          entry.place,
          "the pattern \(Quoted.word(entry.pattern)) (line \(entry.place.line)) has no effect beside "
            + "\(Quoted.word(last.pattern)) (line \(last.place.line)): the last that matches holds")
      }
    }
  }
}

extension LayerEntry {
  func matches(_ place: LayerOperation) -> Bool {
    LayerRule(pattern: pattern, operation: operation, rule: OperationRule()).matches(place)
  }
}
