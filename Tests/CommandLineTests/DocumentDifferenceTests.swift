// SPDX-License-Identifier: Apache-2.0
import Conditions
import Foundation
import TensorFiles
import Testing

@testable import halfway

@Suite("What compare makes of two documents")
struct DocumentDifferenceTests {
  private func difference(
    _ schema: String, _ before: String, _ after: String
  ) throws -> DocumentDifference {
    let values = try [before, after].map {
      try DocumentReader.read(FileContents(path: "d.json", bytes: Array($0.utf8)))
    }
    return DocumentDifference(values[0], values[1], form: DocumentForm.of(schema))
  }

  /// `judgement path` of each change.
  private func told(_ schema: String, _ before: String, _ after: String) throws -> [String] {
    try difference(schema, before, after).changes.map { "\($0.judgement) \($0.path)" }
  }

  @Test("Rates within 5 % are the same and others not judged; what is not a rate is")
  func rates() throws {
    func bench(_ nanoseconds: Double, _ ratio: Double?, bytes: Int = 1) -> String {
      let peer = ratio.map { ", \"timesMPFR\": \($0)" } ?? ""
      return """
        {"environment": {"cpu": "a", "libc": "b"}, "run": {"seconds": \(nanoseconds)},
        "results": [{"form": "batch", "nanoseconds": \(nanoseconds)\(peer)}],
        "training": [{"model": "mlp", "peakTensorBytes": \(bytes), "twoApart": \(bytes)}]}
        """
    }
    let form = "halfway/bench/1"
    #expect(
      try told(form, bench(100, nil), bench(105, nil)) == ["withinNoise results[0].nanoseconds"])
    #expect(
      try told(form, bench(100, nil), bench(105.1, nil)) == ["changed results[0].nanoseconds"])
    #expect(
      try told(form, bench(100, 2), bench(200, 1.8))
        == ["changed results[0].nanoseconds", "changed results[0].timesMPFR"])
    #expect(try told(form, bench(100, 2), bench(100, nil)) == ["worse results[0].timesMPFR"])
    #expect(
      try told(form, bench(100, nil), bench(100, nil, bytes: 2))
        == ["worse training[0].peakTensorBytes", "changed training[0].twoApart"])
    let moved = bench(100, nil, bytes: 2).replacing("\"cpu\": \"a\"", with: "\"cpu\": \"c\"")
    let other = try difference(form, bench(100, nil), moved)
    #expect(other.configurationDifferences == ["environment.cpu"])
    #expect(other.changes.map(\.judgement) == [.undecidable, .changed])
    let library = moved.replacing("\"libc\": \"b\"", with: "\"libc\": \"c\"")
      .replacing("\"cpu\": \"c\"", with: "\"cpu\": \"a\"")
    #expect(
      try told(form, bench(100, nil), library)
        == ["worse training[0].peakTensorBytes", "changed training[0].twoApart"])
  }

  @Test("Products of several shapes are paired by them; rows that are gone are worse")
  func products() throws {
    func document(_ rows: [([Int], Double)]) -> String {
      let texts = rows.map {
        #"{"format": "fp32", "shape": \#($0.0), "timesLoop": \#($0.1)}"#
      }
      return #"{"products": [\#(texts.joined(separator: ","))]}"#
    }
    let form = "halfway/bench/1"
    let both = document([([512, 512, 512], 9), ([32, 256, 128], 3)])
    let turned = document([([32, 256, 128], 3), ([512, 512, 512], 9)])
    #expect(try told(form, both, turned) == [])
    let place = "worse products[shape=32 x 256 x 128]"
    let changes = try difference(form, both, document([([512, 512, 512], 9)])).changes
    #expect(changes.map(\.judgement) == [.worse], "\(changes.map(\.path)), not \(place)")
    #expect(try difference(form, both, #"{"products": []}"#).count(.worse) == 2)
    // Rows that nothing tells apart: fewer of them are worse, too.
    let twins =
      #"{"results": [{"operation": "add", "tested": 1}, {"operation": "add", "tested": 1}]}"#
    let one = #"{"results": [{"operation": "add", "tested": 1}]}"#
    #expect(try told("halfway/verification/1", twins, one) == ["worse results.count"])
  }

  @Test("What was no figure and is one is new, where its absence did not say that it is worst")
  func appearing() throws {
    func check(_ key: String, _ value: String?) -> String {
      #"{"summary": {\#(value.map { "\"\(key)\": \($0)" } ?? "")}}"#
    }
    let form = "halfway/check/1"
    #expect(
      try told(form, check("largestError", nil), check("largestError", "3"))
        == ["better summary.largestError"])
    #expect(
      try told(form, check("misrounded", nil), check("misrounded", "3"))
        == ["changed summary.misrounded"])
    for other in ["[1]", "\"many\"", "{}"] {
      #expect(
        try told(form, check("misrounded", "1"), check("misrounded", other))
          == ["worse summary.misrounded"], "\(other)")
    }
    #expect(
      try told(form, #"{"summary": {"misrounded": 1}}"#, #"{"summary": [1]}"#) == ["worse summary"])
  }

  @Test("Trainings beside another reference, and a status that becomes worse by one, are told")
  func trainings() throws {
    func training(_ status: String, reference: String = "fp64") -> String {
      #"{"results": {"reference": {"policy": {"name": "\#(reference)"}}, "#
        + #""outcomes": [{"policy": "p", "status": "\#(status)"}]}}"#
    }
    let form = "halfway/training-run/1"
    let other = try difference(form, training("close"), training("atRisk", reference: "mpfr:60"))
    #expect(other.configurationDifferences == ["results.reference.policy"])
    for (before, after) in [
      ("close", "undecided"), ("undecided", "atRisk"), ("unsafe", "diverged"),
    ] {
      #expect(try difference(form, training(before), training(after)).count(.worse) == 1)
      #expect(try difference(form, training(after), training(before)).count(.better) == 1)
    }
  }

  @Test("Losses are judged by what another seed makes, and not without further seeds")
  func losses() throws {
    func training(_ loss: String, floor: String?) -> String {
      let bound = floor.map { ", \"lossFloor\": \($0)" } ?? ""
      return #"{"results": {"outcomes": [{"policy": "p"\#(loss)\#(bound)}]}}"#
    }
    let form = "halfway/training-run/1"
    let path = "results.outcomes[0].finalLoss"
    for (after, floors, judgement) in [
      ("2.4", ["0.5", "0.6"], "withinNoise"), ("2.6", ["0.5", "0.9"], "worse"),
      ("2.6", ["0.9", "0.5"], "worse"), ("1.4", ["0.5", "0.5"], "better"),
      ("2.6", [], "changed"), ("2.6", ["0.5"], "changed"),
    ] {
      let before = training(", \"finalLoss\": 2", floor: floors.first)
      let floor = floors.count > 1 ? floors[1] : nil
      let changes = try told(form, before, training(", \"finalLoss\": \(after)", floor: floor))
      #expect(changes.contains("\(judgement) \(path)"), "\(after) \(floors): \(changes)")
    }
    let gone = try told(form, training(", \"finalLoss\": 2", floor: nil), training("", floor: nil))
    #expect(gone == ["worse \(path)"])
    let back = try told(form, training("", floor: nil), training(", \"finalLoss\": 2", floor: nil))
    #expect(back == ["better \(path)"])
  }

  @Test("Lost progress is judged by the interval of the difference of two means")
  func progress() throws {
    // Each half width is 2 standard errors of 0.3: that of the difference is 2 * 0.3 * sqrt 2.
    func training(_ estimate: Double) -> String {
      """
      {"results": {"outcomes": [{"policy": "p", "lostProgress": \(estimate),
      "lostProgressInterval": {"estimate": \(estimate), "standardError": 0.3,
      "upper": \(estimate + 0.6), "lower": \(estimate - 0.6), "degreesOfFreedom": 60}}]}}
      """
    }
    for (estimate, judgement) in [(0.84, "withinNoise"), (0.86, "worse"), (-0.86, "better")] {
      let changes = try told("halfway/training-run/1", training(0), training(estimate))
      #expect(changes.contains("\(judgement) results.outcomes[0].lostProgress"), "\(changes)")
    }
  }

  @Test("Rows are paired by what they are of; one with figures that is gone is worse")
  func rows() throws {
    func document(_ rows: [(String, String, Int)]) -> String {
      let texts = rows.map {
        #"{"operation": "\#($0.0)", "format": "\#($0.1)", "tested": 5, "mismatches": \#($0.2)}"#
      }
      return #"{"results": [\#(texts.joined(separator: ","))]}"#
    }
    let form = "halfway/verification/1"
    let before = document([("add", "fp16", 1), ("add", "bf16", 2), ("mul", "fp16", 3)])
    let turned = document([("mul", "fp16", 3), ("add", "bf16", 2), ("add", "fp16", 1)])
    #expect(try told(form, before, turned) == [])
    let other = document([("mul", "fp16", 9), ("add", "bf16", 1), ("div", "fp16", 0)])
    #expect(
      try told(form, before, other)
        == [
          "worse results[operation=mul,format=fp16].mismatches",
          "better results[operation=add,format=bf16].mismatches",
          "changed results[operation=div,format=fp16]",
          "worse results[operation=add,format=fp16]",
        ])
    // What others have and a row lacks does not select it.
    let units = [(1, 1), (2, 3)].map { first, second in
      #"{"results": [{"unit": "a", "differing": \#(first)}, "#
        + #"{"unit": "a", "shape": "s", "differing": \#(second)}, {"unit": "b"}]}"#
    }
    #expect(
      try told("halfway/units/1", units[0], units[1])
        == ["worse results[0].differing", "worse results[unit=a,shape=s].differing"])
    // Rows that their values do not tell apart are paired in order.
    let twins = document([("add", "fp16", 1), ("add", "fp16", 2)])
    let changed = document([("add", "fp16", 1), ("add", "fp16", 3)])
    #expect(try told(form, twins, changed) == ["worse results[1].mismatches"])
  }

  @Test("Fewer cases are no improvement, and counts above 2^53 are not equal to their neighbours")
  func equal() throws {
    let (many, fewer) = ("9007199254740993", "9007199254740992")
    for (before, after) in [(many, fewer), (fewer, many)] {
      let changes = try difference(
        "halfway/audit/1", #"{"summary": {"tested": \#(before)}}"#,
        #"{"summary": {"tested": \#(after)}}"#
      ).changes
      #expect(changes.map(\.judgement) == [.worse] && changes[0].note == "has to be equal")
      #expect(changes[0].difference?.double.magnitude == 1)
    }
  }

  @Test("What passes is not compared, and unknown schemas have no figures")
  func passing() throws {
    let before = """
      {"run": {"seconds": 1}, "timing": 1, "environment": {"cpu": "a"}, "deep": [{"started": "x"}],
      "list": [1, 2], "a": null, "mismatches": 1}
      """
    let after = """
      {"run": 2, "timing": {"b": 1}, "environment": {}, "deep": [{"started": "y", "seconds": 1}],
      "list": [1, 3, 4], "b": "nan", "mismatches": 2}
      """
    #expect(
      try told("halfway/unknown/1", before, after)
        == ["changed list.count", "changed list[1]", "changed mismatches"])
  }
}

@Suite("What is known of documents is what their schemas say")
struct DocumentFormTests {
  private static func schema(_ form: DocumentForm) throws -> JSONValue? {
    let name = form.schema.replacing("halfway/", with: "").replacing("/", with: "-")
    let url = JSONSchema.folder.appendingPathComponent("\(name).json")
    return try? JSONValue(String(contentsOf: url, encoding: .utf8))
  }

  @Test("Every figure, every key that tells rows apart, and every indifferent key is one of them")
  func places() throws {
    var count = 0
    for form in DocumentForm.all {
      guard let root = try Self.schema(form) else { continue }
      func resolved(_ schema: JSONValue?) -> JSONValue? {
        guard let name = schema?["$ref"]?.text?.split(separator: "/").last else { return schema }
        return root["$defs"]?[String(name)]
      }
      func below(_ schema: JSONValue?, _ key: String) -> JSONValue? {
        resolved(key == "[]" ? resolved(schema)?["items"] : resolved(schema)?["properties"]?[key])
      }
      func check(_ node: DocumentForm.Node, _ schema: JSONValue?, _ path: String) {
        #expect(schema != nil, "\(form.schema): \(path)")
        for keys in node.identity {
          let element = below(schema, "[]")
          #expect(keys.reduce(element, below) != nil, "\(form.schema): \(path) \(keys)")
        }
        count += 1
        for (key, child) in node.children { check(child, below(schema, key), "\(path).\(key)") }
      }
      check(form.root, root, "$")
      for key in form.indifferent {
        #expect(below(below(root, "configuration"), key) != nil, "\(form.schema): \(key)")
      }
      for keys in form.determining {
        #expect(keys.reduce(root, below) != nil, "\(form.schema): \(keys)")
      }
    }
    #expect(count > 60)
  }

  @Test("The keys that may be left out are those that a schema does not require")
  func keysLeftOut() throws {
    for form in DocumentForm.all {
      guard let root = try Self.schema(form) else { continue }
      var optional: Set<String> = []
      var walked: Set<String> = []
      // Each behind the key of the object, or of the list of objects, that it is missing from.
      func walk(_ schema: JSONValue, _ key: String) {
        if let name = schema["$ref"]?.text?.split(separator: "/").last {
          guard walked.insert("\(name) \(key)").inserted, let target = root["$defs"]?[String(name)]
          else { return }
          return walk(target, key)
        }
        for choice in schema["anyOf"]?.elements ?? [] { walk(choice, key) }
        for below in [schema["items"], schema["additionalProperties"]] {
          if let below { walk(below, key) }
        }
        guard case .object(let properties)? = schema["properties"] else { return }
        let required = schema["required"]?.elements.compactMap(\.text) ?? []
        for name in Set(properties.keys).subtracting(required) {
          optional.insert(key.isEmpty ? name : "\(key).\(name)")
        }
        for (name, property) in properties { walk(property, name) }
      }
      walk(root, "")
      #expect(form.keysLeftOut == optional, "\(form.schema)")
    }
  }
}
