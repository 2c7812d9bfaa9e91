// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// The options that name what a kernel is judged beside.
struct ReferenceOptions: ParsableArguments {
  @Option(
    name: .customLong("reference-library"),
    help: ArgumentHelp(
      "A kernel that is trusted, computed in a wider format and judged beside the exact value too: the "
        + "check fails where an error exceeds both the criterion and the reference's.",
      valueName: "file"), completion: .file())
  var library: String?

  @Option(name: .customLong("reference-symbol"), help: "Its name in it.")
  var symbol: String?

  @Option(name: .customLong("reference-signature"), help: "Its C signature.")
  var signature: String?

  @Option(
    name: .customLong("reference-python"),
    help: ArgumentHelp(
      "The same of a function of Python: module:function or file.py:function.",
      valueName: "callable"))
  var python: String?

  @Option(
    name: .customLong("reference-worker"),
    help: ArgumentHelp(
      "The same of a command that speaks the worker's protocol.", valueName: "command"))
  var worker: String?

  @Option(
    name: .customLong("reference-format"),
    help: "The format that it computes in: fp32 of formats of at most 16 bits, or fp64.",
    completion: .list(["fp32", "fp64"]))
  var format: String?

  @Option(
    name: .customLong("reference-argument"),
    help: ArgumentHelp("A further argument of it; may be repeated.", valueName: "name=value"))
  var argument: [String] = []

  var request: ReferenceRequest {
    ReferenceRequest(
      library: library, symbol: symbol, signature: signature, python: python, worker: worker,
      format: format, arguments: argument)
  }
}
