// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import ExperimentFiles

@Suite("Studies: the grids that lists in an experiment's file span")
struct StudyFileTests {
  private func text(_ fields: String, policies: String = "['fp16-amp']") -> String {
    "{\nkind: 'training', name: 'grid',\npolicies: \(policies),\n\(fields)\n}"
  }

  private func study(_ text: String) throws -> StudyFile? {
    try StudyFile(Array(text.utf8), path: "grid.json5")
  }

  @Test("Points stand in the lists' order, the last fastest, each named by its values alone")
  func order() throws {
    let study = try #require(
      try study(text("model: { name: 'mlp', width: [32, 64] }, seed: [2, 1],")))
    #expect(study.axes.map(\.name) == ["width", "seed"])
    #expect(study.axes.map(\.isSeed) == [false, true])
    #expect(
      study.points.map(\.name) == [
        "width-32_seed-2", "width-32_seed-1", "width-64_seed-2", "width-64_seed-1",
      ])
    let descriptions = study.points.map(\.file.description)
    #expect(descriptions.map(\.sizes.width) == [32, 32, 64, 64])
    #expect(descriptions.map(\.seed) == [2, 1, 2, 1])
    // A grown grid keeps the names of its points.
    let grown = try #require(
      try self.study(text("model: { name: 'mlp', width: [16, 32, 64] }, seed: [2, 1, 3],")))
    #expect(Set(study.points.map(\.name)).isSubset(of: grown.points.map(\.name)))
  }

  @Test("A file without lists is one experiment")
  func experiment() throws {
    #expect(try study(text("model: 'mlp', seed: 1")) == nil)
    #expect(
      try study(
        text(
          "model: 'mlp'",
          policies: "[{ name: 'a', base: 'fp32', layers: [{ pattern: 'x', output: 'bf16' }] }]"))
        == nil)
  }

  @Test("Any field that an experiment has can be a list: numbers, names, objects, null")
  func anyField() throws {
    let lists = [
      "steps: [1, 2]": "steps", "batch: [null, 8]": "batch", "measureEvery: [1, 5]": "measureEvery",
      "reference: ['fp64', 'mpfr:60']": "reference",
      "optimizer: ['sgd', { method: 'adamw', epsilon: 1e-3 }]": "optimizer",
      "optimizer: { method: ['sgd', 'adam'] }": "optimizer",
      "optimizer: { method: 'adam', learningRate: [1e-2, 0.1] }": "learningRate",
      "optimizer: { schedule: { warmup: [0, 3] } }": "warmup",
    ]
    for (list, name) in lists {
      let study = try #require(try study(text("model: 'mlp', \(list)")), "\(list)")
      #expect(study.axes.map(\.name) == [name], "\(list)")
      #expect(study.points.count == 2 && Set(study.points.map(\.file.description)).count == 2)
    }
    let models = try #require(
      try study(text("model: ['mlp', { name: 'transformer', depth: 2 }]")))
    #expect(models.points.map(\.name) == ["model-mlp", "model-transformer-depth-2"])
    #expect(models.axes[0].numbers == nil)
  }

  @Test("Lists under one key of several policies are one axis; a static scale is a number")
  func policies() throws {
    let scales = "lossScaling: ['fixed:1', 'fixed:1024']"
    let study = try #require(
      try study(
        text(
          "model: 'mlp'",
          policies: "['fp32', { name: 'a', base: 'fp16-amp', \(scales) }, "
            + "{ name: 'b', base: 'fp16-o2', \(scales) }]")))
    #expect(study.axes.map(\.numbers) == [[1, 1024]])
    #expect(study.points.map(\.name) == ["lossScaling-fixed-1", "lossScaling-fixed-1024"])
    for (point, scale) in zip(study.points, [Float(1), 1024]) {
      #expect(
        point.file.description.policies.map { $0.lossScaling?.initial } == [nil, scale, scale])
    }
    let workers = try #require(
      try self.study(
        text("model: 'mlp'", policies: "[{ name: 'a', base: 'fp32', workers: { count: [2, 8] } }]")
      ))
    #expect(workers.axes.map(\.name) == ["workers"])
  }

  @Test("The file of a point is the experiment of that point, and no study")
  func pointFile() throws {
    let study = try #require(
      try study(
        text(
          "question: 'q\"\\'?', model: { name: 'mlp', width: [32, 64] }, seed: 0xffffffffffffffff,",
          policies: "[{ name: 'a', base: 'fp16-amp', lossScaling: [null, 'torch'], "
            + "layers: [{ pattern: 'output', output: 'fp32' }] }]")))
    #expect(study.points.count == 4)
    for point in study.points {
      let text = study.text(of: point, data: "../a text")
      #expect(try self.study(text) == nil)
      var again = try ExperimentFile(Array(text.utf8), path: "point").description
      #expect(again.name == "grid_\(point.name)" && again.data == "../a text")
      (again.name, again.data) = (point.file.description.name, nil)
      #expect(again == point.file.description)
    }
  }

  private static let bad: [(fields: String, policies: String, line: Int, reason: String)] = [
    ("model: 'mlp',\nseed: []", "['fp32']", 5, "'seed' is an empty list"),
    ("model: 'mlp',\nseed: [1,\n2, 0x1]", "['fp32']", 6, "'seed' has '1' twice, first on line 5"),
    ("model: 'mlp',\nbatch: [64, 64.0]", "['fp32']", 5, "'batch' has '64' twice"),
    ("model: 'mlp',\nquestion: ['a', 'b']", "['fp32']", 5, "'question' is a list"),
    ("model: 'mlp'", "[{\nname: ['a', 'b'], base: 'fp32' }]", 4, "'name' is a list"),
    ("model: 'mlp',\nseed: [[1], 2]", "['fp32']", 5, "lists do not nest"),
    ("model:\n[{ name: 'mlp', width: [8] }, 'lstm']", "['fp32']", 5, "lists do not nest"),
    ("model: 'mlp',\nseed: [1,\n-2]", "['fp32']", 6, "'seed' is -2"),
    ("model: 'mlp',\nsede: [1, 2]", "['fp32']", 5, "'sede' is no key"),
    (
      "model: 'mlp'",
      "[{ name: 'a', base: 'fp16-amp', lossScaling: ['torch'] },\n"
        + "{ name: 'b', base: 'fp16-amp', lossScaling: ['keras'] }]",
      4, "another list than on line 3"
    ),
    (
      "model: 'mlp',\nseed: [\(list(40))],\nsteps: [\(list(40))]", "['fp32']", 6,
      "the lists span 1600 points; at most 1000"
    ),
  ]

  private static func list(_ count: Int) -> String {
    (1...count).map(String.init).joined(separator: ",")
  }

  @Test("A list where none may stand, an empty one, a value twice, too many: the line and why")
  func badInput() {
    for (fields, policies, line, reason) in Self.bad {
      do {
        _ = try study(text(fields, policies: policies))
        Issue.record("accepted: \(fields) \(policies)")
      } catch let problems as ExperimentProblems {
        #expect(problems.list.count == 1, "\(problems.list)")
        let told = problems.list[0].description
        #expect(told.contains("line \(line)") && told.contains(reason), "\(told)")
      } catch {
        Issue.record("\(error)")
      }
    }
  }
}
