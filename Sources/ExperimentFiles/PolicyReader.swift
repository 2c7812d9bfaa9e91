// SPDX-License-Identifier: Apache-2.0
import JSON5
import Policies
import Words

/// A policy as a file has it.
struct PolicyEntry {
  /// The policy.
  var policy: Policy
  /// Where it stands.
  let value: JSON5Value
  /// Its entries about layers.
  var layers: [LayerEntry] = []
}

/// An entry about layers: several rules of a policy where it names no class.
struct LayerEntry {
  let pattern: String
  let operation: OperationClass?
  let place: JSON5Place

  /// The rules of the policy that it stands for.
  var ruleCount: Int { operation == nil ? OperationClass.allCases.count : 1 }
}

/// The reader of policies: names of presets, or objects.
struct PolicyReader {
  let problems: JSON5Problems

  static let keys =
    [
      "name", "base", "rule", "classes", "layers", "weights", "optimizer", "lossScaling", "workers",
    ] + StepFieldReader.keys
  /// Entries about layers: each is compared with every later one for every layer.
  private static let layerLimit = 256
  private static var allKeys: [String] { keys + RuleReader.sharedKeys }

  private static var preset: JSON5Reading<Policy> {
    .name(Policy.presets.map(\.name)) { Policy.preset(named: $0) }
  }

  /// The policy that a value is; nil, and problems, where it is none that can run.
  func read(_ value: JSON5Value) -> PolicyEntry? {
    if case .string(let name) = value.content {
      if let policy = Policy.preset(named: name) {
        return PolicyEntry(policy: policy, value: value)
      }
      let known = Policy.presets.map(\.name)
      let nearest = NearestNames.of(name, among: known)
      let hint = nearest.isEmpty ? "" : "; nearest: \(nearest.joined(separator: ", "))"
      problems.add(
        value.place,
        "\(Quoted.word(name)) is no policy\(hint); known: \(known.joined(separator: ", ")), or an "
          + "object with a name and a base")
      return nil
    }
    let count = problems.list.count
    guard let fields = JSON5Fields(value, of: "a policy", known: Self.allKeys, problems)
    else { return nil }
    var entry = PolicyEntry(policy: base(fields), value: value)
    change(&entry, fields)
    guard problems.list.count == count else { return nil }
    let places = PolicyPlaces(value)
    // A field that several classes inherit is wrong once.
    var told: Set<[String]> = []
    for contradiction in entry.policy.contradictions(layerEntries: entry.layers)
    where told.insert(places.cause(of: contradiction)).inserted {
      problems.add(places.place(of: contradiction), places.text(of: contradiction))
    }
    return problems.list.count == count ? entry : nil
  }

  private func base(_ fields: JSON5Fields) -> Policy {
    if let policy = fields.read("base", Self.preset) { return policy }
    guard fields.value("base") == nil else { return .fp32 }
    for key in ["rule", "weights", "optimizer"] where fields.value(key) == nil {
      fields.demandKey(key, "or a 'base' that has it, such as fp16-amp")
    }
    return Policy(
      name: "", rule: OperationRule(), weights: .fp32,
      optimizer: OptimizerRule(compute: .fp32, state: .fp32))
  }

  private func change(_ entry: inout PolicyEntry, _ fields: JSON5Fields) {
    let name = fields.demand("name", .text(String.shortNameRule) { $0.isShortName })
    entry.policy.name = name ?? ""
    RuleReader.changeShared(&entry.policy.rule, fields, problems)
    for operation in entry.policy.classes.keys {
      var rule = entry.policy.classes[operation] ?? entry.policy.rule
      // The same problem need not be told for every class.
      RuleReader.changeShared(&rule, fields, JSON5Problems(path: problems.path))
      entry.policy.classes[operation] = rule
    }
    if let value = fields.value("rule"),
      let rule = JSON5Fields(value, of: "a rule", known: RuleReader.keys, problems)
    {
      entry.policy.rule = RuleReader.changed(entry.policy.rule, rule, problems)
    }
    if let value = fields.value("classes") { changeClasses(&entry.policy, value) }
    if let value = fields.value("layers") { changeLayers(&entry, value) }
    fields.set("weights", &entry.policy.weights, .precision)
    if let value = fields.value("optimizer") { changeOptimizer(&entry.policy.optimizer, value) }
    entry.policy.lossScaling = LossScalingReader.read(
      fields, "lossScaling", base: entry.policy.lossScaling, problems)
    keepRoundingsThatRound(&entry, fields)
    if let value = fields.value("workers") {
      entry.policy.workers = value.isNull ? nil : workers(value)
    }
    StepFieldReader(problems: problems).change(&entry.policy, fields)
  }

  /// A rounding for all operations means those that round: a class or a layer that stores FP32 has
  /// none unless its own object says so, which is then told.
  private func keepRoundingsThatRound(_ entry: inout PolicyEntry, _ fields: JSON5Fields) {
    func names(_ value: JSON5Value?) -> Bool {
      if case .object(let object)? = value?.content { object["rounding"] != nil } else { false }
    }
    var classes: JSON5Object?
    if case .object(let object)? = fields.value("classes")?.content { classes = object }
    let policy = entry.policy
    for (operation, rule) in policy.classes
    where !policy.rounds(rule) && !names(classes?[operation.rawValue]?.value) {
      entry.policy.classes[operation]?.rounding = .nearestEven
    }
    guard case .array(let values)? = fields.value("layers")?.content,
      values.count == entry.layers.count
    else { return }
    let owners = entry.layers.enumerated().flatMap { index, layer in
      [Int](repeating: index, count: layer.ruleCount)
    }
    for (index, owner) in owners.enumerated()
    where !policy.rounds(policy.layers[index].rule) && !names(values[owner]) {
      entry.policy.layers[index].rule.rounding = .nearestEven
    }
  }

  private func changeClasses(_ policy: inout Policy, _ value: JSON5Value) {
    let known = OperationClass.allCases.map(\.rawValue)
    guard let fields = JSON5Fields(value, of: "the classes", known: known, problems) else { return }
    for member in fields.object.members {
      guard let operation = OperationClass(rawValue: member.key),
        let rule = JSON5Fields(member.value, of: "a rule", known: RuleReader.keys, problems)
      else { continue }
      policy.classes[operation] = RuleReader.changed(
        policy.classes[operation] ?? policy.rule, rule, problems)
    }
  }

  private func changeLayers(_ entry: inout PolicyEntry, _ value: JSON5Value) {
    guard case .array(let values) = value.content else {
      problems.add(value.place, "'layers' is a list of objects, not \(value.kind)")
      return
    }
    guard values.count <= Self.layerLimit else {
      problems.add(
        value.place, "'layers' has \(values.count) entries; at most \(Self.layerLimit) are read")
      return
    }
    for value in values {
      let known = ["pattern", "operation"] + RuleReader.keys
      guard let fields = JSON5Fields(value, of: "a layer's rule", known: known, problems)
      else { continue }
      let wanted = "a layer's name, * for any characters, of at most 128 characters"
      let pattern = fields.demand(
        "pattern", .text(wanted) { !$0.isEmpty && $0.utf8.count <= 128 })
      var operation: OperationClass?
      fields.set("operation", &operation, orNull: .name)
      if !fields.object.members.contains(where: { RuleReader.keys.contains($0.key) }) {
        fields.refuse(
          "pattern",
          "the layer's rule changes nothing: name one of "
            + RuleReader.keys.joined(separator: ", "))
      }
      let list = JSON5Problems(path: problems.path)
      let classes = operation.map { [$0] } ?? OperationClass.allCases
      for (index, operation) in classes.enumerated() {
        let base = entry.policy.classes[operation] ?? entry.policy.rule
        // Each class keeps what the entry does not change; a mistake is told once.
        let rule = RuleReader.changed(base, fields, index == 0 ? problems : list)
        entry.policy.layers.append(
          LayerRule(pattern: pattern ?? "", operation: operation, rule: rule))
      }
      entry.layers.append(
        LayerEntry(
          pattern: pattern ?? "", operation: operation,
          place: fields.object["pattern"]?.value.place ?? value.place))
    }
  }

  private func changeOptimizer(_ rule: inout OptimizerRule, _ value: JSON5Value) {
    let known = ["compute", "state", "stateRounding", "update", "hyperparameters"]
    guard let fields = JSON5Fields(value, of: "a policy's optimizer", known: known, problems)
    else { return }
    fields.set("compute", &rule.compute, .arithmetic)
    fields.set("state", &rule.state, .precision)
    fields.set("stateRounding", &rule.stateRounding, .rounding)
    fields.set("update", &rule.update, .name)
    fields.set("hyperparameters", &rule.hyperparameters, .hyperparameters)
  }

  private func workers(_ value: JSON5Value) -> DataParallelism? {
    let known = ["count", "allReduce", "format"]
    guard let fields = JSON5Fields(value, of: "the workers", known: known, problems)
    else { return nil }
    var workers = DataParallelism(count: 1)
    if let count = fields.demand("count", .whole(DataParallelism.counts)) { workers.count = count }
    fields.set("allReduce", &workers.allReduce, .name)
    fields.set("format", &workers.format, .precision)
    return workers
  }
}
