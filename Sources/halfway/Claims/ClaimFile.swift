// SPDX-License-Identifier: Apache-2.0
import Conditions
import Foundation
import JSON5
import TensorFiles

/// Claims that a machine can check: each a sentence with its source, a command of this tool, and what
/// its result has to be.
struct ClaimFile {
  /// What is to become of a claim.
  enum Expectation: String, CaseIterable {
    /// It holds.
    case reproduced
    /// It is said, and does not hold.
    case refuted
  }

  /// How a claim is put to the test.
  enum Test {
    /// The words of a command, and the conditions that all have to hold of its document. What they
    /// call `other` is the document of the command beside it, or of the same without one.
    case command([String], beside: [String]?, [Condition])
    /// It cannot be here, and why.
    case outOfReach(String)
  }

  /// One claim.
  struct Claim {
    var name: String
    /// What is claimed, in a sentence.
    var sentence: String
    /// Who says so.
    var source: String
    var expected: Expectation
    var test: Test
    /// What follows from it; empty where nothing is said.
    var finding: String
  }

  /// The file.
  let path: String
  /// The folder's name.
  let name: String
  /// What the claims are about.
  private(set) var question = ""
  /// The claims in the file's order.
  private(set) var claims: [Claim] = []

  /// The name of such a file in an experiment's folder.
  static let fileName = "claims.json5"

  /// The claims of a file; throws status 65 with everything that is wrong in it.
  init(ofFile path: String) throws(CommandExit) {
    self.path = path
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    name = folder.lastPathComponent
    let value: JSON5Value
    do {
      value = try JSON5Reader.read(try FileContents(ofFile: path).bytes, path: path)
    } catch {
      throw CommandExit(.badInput, "\(error)")
    }
    let problems = JSON5Problems(path: path)
    if let fields = JSON5Fields(
      value, of: "a file of claims", known: ["question", "claims"], problems)
    {
      fields.set("question", &question, .text("a text"))
      if case .object(let object)? = fields.value("claims")?.content {
        for member in object.members {
          if let claim = Self.claim(member.key, member.value, problems) { claims.append(claim) }
        }
      } else {
        fields.demandKey("claims", "an object of claims, each under its name")
      }
    }
    guard let first = problems.list.first else {
      if claims.isEmpty { throw CommandExit(.nothingSelected, "'\(path)' has no claims") }
      return
    }
    throw CommandExit(
      .badInput, first.description, details: problems.list.dropFirst().map(\.description))
  }

  private static let keys = [
    "claim", "source", "command", "beside", "holds", "expected", "outOfReach", "finding",
  ]

  private static func claim(
    _ name: String, _ value: JSON5Value, _ problems: JSON5Problems
  ) -> Claim? {
    guard let fields = JSON5Fields(value, of: "a claim", known: keys, problems) else { return nil }
    func text(_ key: String) -> String? {
      fields.read(key, JSON5Reading.text("a text that is not empty") { !$0.isEmpty })
    }
    for key in ["claim", "source"] where fields.value(key) == nil {
      fields.demandKey(key, "a text")
    }
    let words = fields.read("command", texts("a list of words, such as ['explain', '0.1']"))
    let beside = fields.read("beside", texts("a list of words, such as ['explain', '0.2']"))
    let conditions = fields.read(
      "holds", JSON5Reading<[String]>("a condition or a list of them", list))
    let test: Test
    if let reason = text("outOfReach") {
      if words != nil || beside != nil || conditions != nil {
        fields.refuse(
          "outOfReach", "a claim out of reach has no 'command', no 'beside' and no 'holds'")
      }
      test = .outOfReach(reason)
    } else {
      for (key, isThere) in [("command", words != nil), ("holds", conditions != nil)]
      where !isThere && fields.value(key) == nil {
        fields.demandKey(key, "or 'outOfReach' with the reason")
      }
      var read: [Condition] = []
      for condition in conditions ?? [] {
        do throws(ConditionProblem) {
          read.append(try Condition(condition))
        } catch {
          fields.refuse("holds", error.complaint(about: condition).message)
        }
      }
      for (key, list) in [("command", words), ("beside", beside)] {
        guard let first = list?.first, !commands.contains(first) else { continue }
        fields.refuse(
          key, "'\(first)' makes no result; known: \(commands.joined(separator: ", "))")
      }
      for (key, list) in [("command", words), ("beside", beside)]
      where list?.contains("--shard") ?? false && list?.first == "run" {
        fields.refuse(key, "'--shard' of a study makes no result: leave it out, and all is run")
      }
      for (key, list) in [("command", words), ("beside", beside)] {
        let files = ["--export", "--junit", "--output"]
        guard
          let word = list?.first(where: { word in
            files.contains { word == $0 || word.hasPrefix($0 + "=") }
          })
        else { continue }
        fields.refuse(key, "'\(word)': a claim's command writes no file; its result is read")
      }
      test = .command(words ?? [], beside: beside, read)
    }
    return Claim(
      name: name, sentence: text("claim") ?? "", source: text("source") ?? "",
      expected: fields.read("expected", .name) ?? .reproduced, test: test,
      finding: text("finding") ?? "")
  }

  /// The commands whose results claims may be about, those that write a report first.
  static let reporting = ["train", "run", "sweep", "attribute"]
  private static let commands =
    reporting + [
      "explain", "formats", "verify", "audit", "elementary", "units", "check", "scalers", "bench",
    ]

  private static func list(_ value: JSON5Value) -> [String]? {
    if case .string(let text) = value.content { return [text] }
    guard case .array(let values) = value.content, !values.isEmpty else { return nil }
    let texts = values.compactMap { if case .string(let text) = $0.content { text } else { nil } }
    return texts.count == values.count ? texts : nil
  }

  private static func texts(_ wanted: String) -> JSON5Reading<[String]> {
    JSON5Reading(wanted) { value in
      if case .string = value.content { nil } else { list(value) }
    }
  }
}
