// SPDX-License-Identifier: Apache-2.0
import Formats

/// A kernel that somebody brings: how a worker that runs it is started.
package enum KernelSubject: Hashable, Sendable {
  /// A symbol of a shared library.
  case library(path: String, symbol: String, signature: CSignature)
  /// A function of Python, and the command that runs it.
  case python(callable: String, command: [String])
  /// A command that speaks the worker's protocol.
  case command([String])
  /// One of this tool's own, by its name: `elementary`, `unit:hopper`.
  case own(String)
  /// What some program wrote into files.
  case files(inputs: [String], output: String)

  /// Whether it is nothing that can be called.
  package var isFiles: Bool { if case .files = self { true } else { false } }

  /// Whether this command is its worker.
  var hasOwnWorker: Bool {
    switch self {
    case .library, .own: true
    case .python, .command, .files: false
    }
  }

  /// The name in reports.
  package var name: String {
    switch self {
    case .library(_, let symbol, _): symbol
    case .python(let callable, _): callable
    case .command(let words): words.joined(separator: " ")
    case .own(let name): "Halfway's \(name)"
    case .files(_, let output): output
    }
  }

  /// The command that starts a worker.
  ///
  /// - Parameters:
  ///   - tool: This command, which is its own worker for shared libraries and kernels of its own.
  ///   - what: The function or operation that it is to compute.
  ///   - format: The format of its operands.
  ///   - result: That of its results.
  package func workerCommand(
    tool: String, computing what: String, in format: Format, result: Format
  ) -> [String] {
    switch self {
    case .library(let path, let symbol, let signature):
      [
        tool, "kernel-worker", "--library=\(path)", "--symbol=\(symbol)",
        "--signature=\(signature.text)",
      ]
    case .python(_, let words), .command(let words): words
    case .own(let name):
      [
        tool, "kernel-worker", "--own=\(name)", "--function=\(what)",
        "--format=\(format.elementID)", "--result-format=\(result.elementID)",
      ]
    case .files: []
    }
  }
}

extension KernelSubject: Codable {
  private enum CodingKeys: String, CodingKey {
    case library, symbol, signature, python, command, own, inputs, output
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    if let words = try values.decodeIfPresent([String].self, forKey: .command) {
      let callable = try values.decodeIfPresent(String.self, forKey: .python)
      self = callable.map { .python(callable: $0, command: words) } ?? .command(words)
      return
    }
    if let own = try values.decodeIfPresent(String.self, forKey: .own) {
      self = .own(own)
      return
    }
    if let output = try values.decodeIfPresent(String.self, forKey: .output) {
      self = .files(inputs: try values.decode([String].self, forKey: .inputs), output: output)
      return
    }
    let text = try values.decode(String.self, forKey: .signature)
    guard let signature = try? CSignature(text) else {
      throw DecodingError.dataCorruptedError(
        forKey: .signature, in: values, debugDescription: "no signature")
    }
    self = .library(
      path: try values.decode(String.self, forKey: .library),
      symbol: try values.decode(String.self, forKey: .symbol), signature: signature)
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .library(let path, let symbol, let signature):
      try values.encode(path, forKey: .library)
      try values.encode(symbol, forKey: .symbol)
      try values.encode(signature.text, forKey: .signature)
    case .python(let callable, let words):
      try values.encode(callable, forKey: .python)
      try values.encode(words, forKey: .command)
    case .command(let words): try values.encode(words, forKey: .command)
    case .own(let name): try values.encode(name, forKey: .own)
    case .files(let inputs, let output):
      try values.encode(inputs, forKey: .inputs)
      try values.encode(output, forKey: .output)
    }
  }
}
