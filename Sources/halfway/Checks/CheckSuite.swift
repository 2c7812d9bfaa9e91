// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON5
import TensorFiles

/// Checks with names, as a file has them: `{checks: {expf: {library: 'libm.so.6', ...}}}`.
struct CheckSuite {
  /// The checks in the file's order.
  private(set) var checks: [(name: String, request: CheckRequest)] = []

  private static let keys = [
    "function", "library", "symbol", "signature", "python", "worker", "format", "cases", "samples",
    "seed", "criterion", "timeLimit", "baseline", "resultFormat", "arguments",
    "identify", "accumulates", "inputs", "outputs", "own", "reference", "properties", "requires",
  ]

  /// The checks of a file; throws status 65 with everything that is wrong in it.
  init(ofFile path: String) throws(CommandExit) {
    let bytes: [UInt8]
    let value: JSON5Value
    do {
      bytes = try FileContents(ofFile: path).bytes
    } catch {
      throw CommandExit(.badInput, error.description)
    }
    do {
      value = try JSON5Reader.read(bytes, path: path)
    } catch {
      throw CommandExit(.badInput, error.description)
    }
    let problems = JSON5Problems(path: path)
    if let fields = JSON5Fields(value, of: "a file of checks", known: ["checks"], problems) {
      if let list = fields.value("checks") {
        read(list, problems)
      } else {
        fields.demandKey("checks", "an object of checks, each under its name")
      }
    }
    guard let first = problems.list.first else {
      if checks.isEmpty {
        throw CommandExit(.nothingSelected, "'\(path)' has no checks")
      }
      return
    }
    throw CommandExit(
      .badInput, first.description, details: problems.list.dropFirst().map(\.description))
  }

  private mutating func read(_ list: JSON5Value, _ problems: JSON5Problems) {
    guard case .object(let object) = list.content else {
      return problems.add(list.place, "the checks are an object, each under its name")
    }
    for member in object.members {
      guard Self.isName(member.key) else {
        problems.add(
          member.place,
          "a check's name has letters, digits, '.', '-' and '_': it names its baseline's file")
        continue
      }
      guard
        let fields = JSON5Fields(member.value, of: "a check", known: Self.keys, problems)
      else { continue }
      checks.append((member.key, Self.request(fields, problems)))
    }
  }

  private static func request(
    _ fields: JSON5Fields, _ problems: JSON5Problems
  ) -> CheckRequest {
    func text(_ key: String) -> String? {
      fields.read(key, JSON5Reading.text("a text that is not empty") { !$0.isEmpty })
    }
    return CheckRequest(
      function: text("function"), library: text("library"), symbol: text("symbol"),
      signature: text("signature"), python: text("python"), worker: text("worker"),
      format: text("format"), cases: text("cases"),
      samples: fields.read("samples", .whole(1...1 << 40)),
      seed: fields.read("seed", .whole(0...UInt64.max)), criterion: text("criterion"),
      timeLimit: fields.read("timeLimit", .whole(1...86400)), baseline: text("baseline"),
      resultFormat: text("resultFormat"), arguments: arguments(fields),
      identify: fields.read("identify", .whole(1...65536)), accumulates: text("accumulates"),
      inputs: texts(fields, "inputs", "a list of files"), outputs: text("outputs"),
      own: text("own"), reference: reference(fields, problems),
      properties: fields.read("properties", .flag) ?? false,
      requires: texts(fields, "requires", "a list of properties"))
  }

  /// `{python: 'torch:exp', format: 'fp64'}` as the options `--reference-python` and so on.
  private static func reference(
    _ fields: JSON5Fields, _ problems: JSON5Problems
  ) -> ReferenceRequest {
    guard let value = fields.value("reference"),
      let keys = JSON5Fields(
        value, of: "a reference",
        known: ["library", "symbol", "signature", "python", "worker", "format", "arguments"],
        problems)
    else { return ReferenceRequest() }
    if keys.object.members.isEmpty {
      fields.refuse("reference", "a reference names a kernel, such as { python: 'torch:exp' }")
    }
    func text(_ key: String) -> String? {
      keys.read(key, JSON5Reading.text("a text that is not empty") { !$0.isEmpty })
    }
    return ReferenceRequest(
      library: text("library"), symbol: text("symbol"), signature: text("signature"),
      python: text("python"), worker: text("worker"), format: text("format"),
      arguments: arguments(keys))
  }

  private static func texts(
    _ fields: JSON5Fields, _ key: String, _ expectation: String
  ) -> [String] {
    let reading = JSON5Reading<[String]>(expectation) { value in
      guard case .array(let values) = value.content else { return nil }
      let texts = values.compactMap { if case .string(let text) = $0.content { text } else { nil } }
      return texts.count == values.count ? texts : nil
    }
    return fields.read(key, reading) ?? []
  }

  /// `{dim: -1, reduction: 'none'}` as the option's texts.
  private static func arguments(_ fields: JSON5Fields) -> [String] {
    let reading = JSON5Reading<[String]>("an object of numbers, texts, true and false") { value in
      guard case .object(let object) = value.content else { return nil }
      var texts: [String] = []
      for member in object.members {
        switch member.value.content {
        case .number(let number): texts.append("\(member.key)=\(number.double)")
        case .string(let text): texts.append("\(member.key)=\(text)")
        case .flag(let flag): texts.append("\(member.key)=\(flag)")
        default: return nil
        }
      }
      return texts
    }
    return fields.read("arguments", reading) ?? []
  }

  private static func isName(_ text: String) -> Bool {
    !text.isEmpty && !text.hasPrefix(".") && text.utf8.count <= 100
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
  }
}
