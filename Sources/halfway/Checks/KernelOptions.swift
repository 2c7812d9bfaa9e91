// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import KernelChecks
import MPFROracle
import Words

/// The ways to name a kernel on the command line, one of which is taken.
struct KernelOptions {
  var library: String?
  var symbol: String?
  var signature: String?
  var python: String?
  var worker: String?
  var inputs: [String] = []
  var outputs: String?

  /// The kernel; throws status 64 where none or several are named.
  func subject() throws(CommandExit) -> KernelSubject {
    guard inputs.isEmpty == (outputs == nil) else {
      throw .usage(
        "--inputs and --outputs go together: the kernel's inputs, and what it made of them")
    }
    let given = [
      library.map { _ in "--library" }, python.map { _ in "--python" },
      worker.map { _ in "--worker" }, outputs.map { _ in "--outputs" },
    ].compactMap { $0 }
    guard given.count == 1 else {
      throw .usage(
        given.isEmpty
          ? "no kernel: name --library with --symbol and --signature, --python, --worker, or files "
            + "with --inputs and --outputs"
          : "\(given.joined(separator: " and ")) name different kernels; take one")
    }
    guard library != nil || (symbol == nil && signature == nil) else {
      throw .usage("--symbol and --signature are for --library")
    }
    if let outputs { return .files(inputs: inputs, output: outputs) }
    if let library { return try ofLibrary(library) }
    if let python { return .python(callable: python, command: try Self.pythonCommand(python)) }
    let words = (worker ?? "").split(separator: " ").map(String.init)
    guard !words.isEmpty else { throw .usage("--worker is empty") }
    return .command(words)
  }

  private func ofLibrary(_ library: String) throws(CommandExit) -> KernelSubject {
    guard let symbol, let signature else {
      throw .usage(
        "--library needs --symbol and --signature, such as --symbol expf --signature 'float(float)'"
      )
    }
    let parsed: CSignature
    do {
      parsed = try CSignature(signature)
    } catch {
      throw CommandExit(.usage, "--signature: \(error.reason)", details: error.lines)
    }
    return .library(path: library, symbol: symbol, signature: parsed)
  }

  /// The adapter of a Python function.
  private static func pythonCommand(_ callable: String) throws(CommandExit) -> [String] {
    guard callable.contains(":") else {
      throw .usage("--python '\(Echo.word(callable))' is not module:function or file.py:function")
    }
    let environment = ProcessInfo.processInfo.environment
    let folders =
      [environment["HALFWAY_PYTHON"]].compactMap { $0 } + ["Python"]
      + (Bundle.main.executablePath.map { tool in
        let folder = (tool as NSString).deletingLastPathComponent
        return ["\(folder)/../share/halfway", "\(folder)/../../../Python"]
      } ?? [])
    let adapters = folders.map { "\($0)/halfway_kernel.py" }
    guard let adapter = adapters.first(where: FileManager.default.isReadableFile) else {
      throw CommandExit(
        .couldNotRun,
        "the adapter halfway_kernel.py is not found; HALFWAY_PYTHON names its folder")
    }
    return [environment["PYTHON"] ?? "python3", adapter, callable]
  }
}

/// The cases of the command line.
struct KernelCaseOptions {
  var cases: String?
  var samples: UInt64?
  var seed: UInt64?
  var format: Format
  var operands: Int

  /// Exhaustive cases that are taken unasked.
  private static let mostUnasked: UInt64 = 1 << 16

  func selection() throws(CommandExit) -> KernelCases {
    let all = KernelCases.exhaustive.count(format: format, operands: operands)
    let isSmall = all.map { $0 <= Self.mostUnasked } ?? false
    let isSampled = samples != nil || seed != nil
    switch cases ?? (isSmall && !isSampled ? "exhaustive" : "random") {
    case "random": return .random(count: samples ?? 1_000_000, seed: seed ?? 1)
    case let text where isSampled:
      throw .usage("--samples and --seed are for random cases, not '\(Echo.word(text))'")
    case "exhaustive":
      guard all != nil else {
        throw .usage(
          "\(operands) operands of \(format.id) are more than 2^48 elements; take --cases random")
      }
      return .exhaustive
    case "boundary": return .boundary
    case let text: return try range(text)
    }
  }

  private func range(_ text: String) throws(CommandExit) -> KernelCases {
    let ends = text.components(separatedBy: "..")
    guard ends.count == 2 else {
      throw .usage(
        NearestNames.complaint(
          kind: "cases", name: text, known: ["exhaustive", "random", "boundary"],
          also: ", FIRST..LAST",
          option: "--cases"))
    }
    guard operands == 1 else { throw .usage("--cases FIRST..LAST is for functions of one operand") }
    let bits = try ends.map { end throws(CommandExit) in
      let digits = end.lowercased().hasPrefix("0x") ? end.dropFirst(2) : end[...]
      guard let value = UInt64(digits, radix: 16), value < format.encodingCount else {
        throw .usage(
          "'\(Echo.word(end))' in --cases is no encoding of \(format.id) in hexadecimal")
      }
      return value
    }
    guard bits[0] <= bits[1] else {
      throw .usage(
        "--cases \(Echo.word(text)) is empty: its first encoding is above its last")
    }
    return .range(from: bits[0], through: bits[1])
  }
}
