// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import KernelChecks
import MPFROracle
import Words

/// The ways to name a kernel on the command line, one of which is taken.
struct KernelOptions {
  /// What the options' names begin with.
  var prefix = ""
  var library: String?
  var symbol: String?
  var signature: String?
  var python: String?
  var worker: String?
  var own: String?
  var inputs: [String] = []
  var outputs: String?

  /// The kernel; throws status 64 where none or several are named.
  func subject() throws(CommandExit) -> KernelSubject {
    guard inputs.isEmpty == (outputs == nil) else {
      throw .usage(
        "--inputs and --outputs go together: the kernel's inputs, and what it made of them")
    }
    let given = [
      library.map { _ in "--\(prefix)library" }, python.map { _ in "--\(prefix)python" },
      worker.map { _ in "--\(prefix)worker" }, own.map { _ in "--own" },
      outputs.map { _ in "--outputs" },
    ].compactMap { $0 }
    guard given.count == 1 else {
      throw .usage(
        given.isEmpty
          ? prefix.isEmpty
            ? "no kernel: name --library with --symbol and --signature, --python, --worker, --own, or "
              + "files with --inputs and --outputs"
            : "no reference: name --reference-library with --reference-symbol and "
              + "--reference-signature, --reference-python or --reference-worker"
          : "\(given.joined(separator: " and ")) name different kernels; take one")
    }
    guard library != nil || (symbol == nil && signature == nil) else {
      throw .usage("--\(prefix)symbol and --\(prefix)signature are for --\(prefix)library")
    }
    if let outputs { return .files(inputs: inputs, output: outputs) }
    if let library { return try ofLibrary(library) }
    if let python { return .python(callable: python, command: try pythonCommand(python)) }
    if let own { return .own(own) }
    let words = (worker ?? "").split(separator: " ").map(String.init)
    guard !words.isEmpty else { throw .usage("--\(prefix)worker is empty") }
    return .command(words)
  }

  private func ofLibrary(_ library: String) throws(CommandExit) -> KernelSubject {
    guard let symbol, let signature else {
      throw .usage(
        "--\(prefix)library needs --\(prefix)symbol and --\(prefix)signature, such as "
          + "--\(prefix)symbol expf --\(prefix)signature 'float(float)'"
      )
    }
    let parsed: CSignature
    do {
      parsed = try CSignature(signature)
    } catch {
      throw CommandExit(.usage, "--\(prefix)signature: \(error.reason)", details: error.lines)
    }
    return .library(path: library, symbol: symbol, signature: parsed)
  }

  /// The adapter of a Python function.
  private func pythonCommand(_ callable: String) throws(CommandExit) -> [String] {
    guard callable.contains(":") else {
      throw .usage(
        "--\(prefix)python '\(Echo.word(callable))' is not module:function or file.py:function")
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
  var function: ElementFunction

  private var operands: Int { function.arity }

  /// Exhaustive cases that are taken unasked.
  private static let mostUnasked: UInt64 = 1 << 16

  func selection() throws(CommandExit) -> KernelCases {
    let all = KernelCases.exhaustive.count(function, format: format)
    let isSmall = all.map { $0 <= Self.mostUnasked } ?? false
    let isSampled = samples != nil || seed != nil
    switch cases ?? (isSmall && !isSampled ? "exhaustive" : "random") {
    case "random": return .random(count: samples ?? 1_000_000, seed: seed ?? 1)
    case let text where isSampled:
      throw .usage("--samples and --seed are for random cases, not '\(Echo.word(text))'")
    case "exhaustive":
      guard all != nil else {
        throw .usage(
          "\(operands) operands of \(format.elementID) are more than 2^48 elements; take --cases random"
        )
      }
      return .exhaustive
    case "boundary": return .boundary
    case "hardest":
      guard KernelCases.hardest.count(function, format: format) != nil else {
        throw .usage(
          "no operands of \(function.rawValue) in \(format.elementID) are known to be the hardest"
            + (all.map { $0 <= 1 << 32 } ?? false ? "; --cases exhaustive takes all" : ""))
      }
      return .hardest
    case let text: return try range(text)
    }
  }

  private func range(_ text: String) throws(CommandExit) -> KernelCases {
    if text.contains(","), !text.contains("..") {
      let encodings = try text.components(separatedBy: ",").map(encoding)
      guard encodings.count == operands else {
        throw .usage(
          "'\(Echo.word(text))' in --cases is not an encoding for each operand: they are \(operands)"
        )
      }
      return .tuple(encodings)
    }
    let ends = text.components(separatedBy: "..")
    guard ends.count == 2 else {
      throw .usage(
        NearestNames.complaint(
          kind: "cases", name: text, known: ["exhaustive", "random", "boundary", "hardest"],
          also: ", FIRST..LAST, X,Y",
          option: "--cases"))
    }
    guard operands == 1 else { throw .usage("--cases FIRST..LAST is for functions of one operand") }
    let bits = try ends.map(encoding)
    guard bits[0] <= bits[1] else {
      throw .usage(
        "--cases \(Echo.word(text)) is empty: its first encoding is above its last")
    }
    return .range(from: bits[0], through: bits[1])
  }

  private func encoding(_ text: String) throws(CommandExit) -> UInt64 {
    let digits = text.lowercased().hasPrefix("0x") ? text.dropFirst(2) : text[...]
    guard let value = UInt64(digits, radix: 16), value <= format.lastEncoding else {
      throw .usage(
        "'\(Echo.word(text))' in --cases is no encoding of \(format.elementID) in hexadecimal")
    }
    return value
  }
}
