// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// A wrong command line, and what it is told.
private struct BadInput: CustomTestStringConvertible, Sendable {
  var arguments: [String]
  var message: String
  var testDescription: String { arguments.joined(separator: " ") }

  init(_ arguments: String..., message: String) {
    self.arguments = arguments
    self.message = message
  }
}

private let badInputs = [
  BadInput(
    "explian", "1", message: "unknown command 'explian'; did you mean explain? known: "),
  BadInput(
    "explain", "1", "--format", "fp17",
    message: "unknown format 'fp17'; did you mean fp16? known: fp16, bf16, "),
  BadInput("formats", "--format", "e9m3", message: "unknown format 'e9m3'; did you mean e4m3"),
  BadInput(
    "explain", "1", "--rounding", "nearest",
    message: "unknown rounding 'nearest'; did you mean nearest-even or nearest-away? known: "),
  BadInput(
    "explain", "1", "--rounding", "nearst",
    message: "unknown rounding 'nearst'; did you mean nearest-even or nearest-away? known: "),
  BadInput(
    "explain", "1", "--rounding", "stochastic:33",
    message: "rounding 'stochastic:33' is not stochastic[:bits[:seed]], bits 1...32"),
  BadInput(
    "explain", "1", "--rounding", "stochastic:99:1",
    message: "rounding 'stochastic:99:1' is not stochastic[:bits[:seed]], bits 1...32"),
  BadInput(
    "verify", "add", "--format", "fp16", "--cases", "random:0",
    message: "case set 'random:0' has a wrong number: random:N takes N in 1..<2^53"),
  BadInput(
    "train", "--learning-rate", "-1", message: "--learning-rate is a positive number, not -1.0"),
  BadInput(
    "explain", "1", "--subnormals", "fzt",
    message: "unknown subnormal mode 'fzt'; did you mean ftz? known: gradual, ftz, daz, ftz-daz"),
  BadInput("explain", message: "Missing expected argument '<expression> ...'"),
  BadInput("explain", "1", "--fromat", "fp16", message: "Unknown option '--fromat'"),
  BadInput("formats", "--output-format", "xml", message: "The value 'xml' is invalid for "),
  BadInput(
    "formats", "--export", "table.xls",
    message: "cannot tell the form of 'table.xls': end it in .txt, .json, .jsonl or .csv"),
]

@Suite("Bad input")
struct BadInputTests {
  @Test("One line that helps, nothing on standard output, status 64", arguments: badInputs)
  fileprivate func usage(_ input: BadInput) throws {
    let run = try Tool.run(input.arguments)
    #expect(run.status == 64)
    #expect(run.output == "")
    #expect(run.errors.hasPrefix("halfway: " + input.message), "\(run.errors)")
    #expect(run.errors.filter { $0 == "\n" }.count == 1)
  }

  @Test(
    "A malformed expression is shown with a caret at the place",
    arguments: [
      ("0.1 + * 0.2", "expected an operand, found '*'", 6),
      ("(1 + 2", "expected ')', found the end", 6),
      ("1 2", "unexpected '2'", 2),
      ("1e", "malformed number: expected a digit", 2),
      ("1 + 0x1.8", "malformed number: expected a binary exponent, p0 for none", 9),
      ("2 % 1", "unexpected '%'", 2),
      ("squrt(2)", "unknown function 'squrt'; did you mean sqrt? known: fma, sqrt", 0),
      ("fma(1, 2)", "expected ',', found ')'", 8),
      ("scaleb(1, 0.5)", "expected a 32-bit integer", 10),
      ("bits(1.5)", "bits takes an encoding such as 0x3c00", 5),
      ("convert(1, fp61)", "unknown format 'fp61'; did you mean fp16?", 11),
      ("", "expected an operand, found the end", 0),
      ("1 + 0x12345", "0x12345 has more than the 16 bits of fp16", 4),
      ("fp32(e4m3(0x1ff) + 0x12345)", "0x1ff has more than the 8 bits of e4m3", 10),
      ("bits(0x10000)", "0x10000 has more than the 16 bits of fp16", 5),
      ("e5m7(1 + 0xffff)", "0xffff has more than the 13 bits of e5m7", 9),
    ])
  func caret(expression: String, reason: String, offset: Int) throws {
    let run = try Tool.run(["explain", expression])
    let lines = run.errors.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(run.status == 64)
    #expect(run.output == "")
    try #require(lines.count == 4)
    #expect(lines[0].hasPrefix("halfway: character \(offset + 1): \(reason)"), "\(lines[0])")
    #expect(lines[1] == "  \(expression)")
    #expect(lines[2] == String(repeating: " ", count: offset + 2) + "^")
  }

  @Test("A nesting without end is refused, not crashed on")
  func nesting() throws {
    let run = try Tool.run(["explain", String(repeating: "(", count: 20_000) + "1"])
    #expect(run.status == 64)
    #expect(run.errors.contains("nested too deeply"))
    // A chain nests to the left, one level an operation: long ones overflowed the stack.
    let chain = try Tool.run(["explain", "1" + String(repeating: "+1", count: 20_000)])
    #expect(chain.status == 64)
    #expect(chain.errors.contains("more than 1000 operations"))
  }

  @Test("A file that cannot be written is named with the reason, status 2, nothing left behind")
  func unwritable() throws {
    let run = try Tool.run(["formats", "--export", "/nonexistent/formats.csv"])
    #expect(run.status == 2)
    #expect(
      run.errors
        == "halfway: cannot write '/nonexistent/formats.csv': No such file or directory\n")
    #expect(run.output == "")
  }

  @Test("A full disk behind standard output is status 2")
  func fullDisk() throws {
    let run = try Tool.shell("\"$halfway\" formats > /dev/full")
    #expect(run.status == 2)
    #expect(run.errors.contains("cannot write to standard output: No space left on device"))
  }

  @Test("A reader that leaves early ends the run without a word")
  func brokenPipe() throws {
    let run = try Tool.shell(
      "trap '' PIPE; \"$halfway\" formats | true; \"$halfway\" formats | head -n 1")
    #expect(run.status == 0)
    #expect(run.errors == "")
  }
}
