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
  BadInput("help", "explian", message: "unknown command 'explian'; did you mean explain? known: "),
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
    "train", "--learning-rate", "-1",
    message: "The value '-1' is invalid for '--learning-rate <learning-rate>': a positive number"),
  BadInput(
    "verify", "add", "--cases", "coverage:4294967296",
    message: "case set 'coverage:4294967296' has a wrong number: coverage:N takes N in 1..<2^32"),
  BadInput(
    "verify", "all", "--format", "all", "--cases", "random:9e15,random:8e15",
    message: "the case sets have 2^53 cases or more together: ask for fewer"),
  BadInput(
    "verify", "add", "--threads", "-1",
    message: "The value '-1' is invalid for '--threads <threads>': a whole number, 1...1024"),
  BadInput(
    "train", "--seed", "99999999999999999999",
    message: "The value '99999999999999999999' is invalid for '--seed <seed>': a whole number, "
      + "0...18446744073709551615"),
  BadInput(
    "report", "--steps", "0",
    message: "The value '0' is invalid for '--steps <steps>': a whole number, 1...1000000"),
  BadInput(
    "verify", "add", "--shard", "1/99999999999",
    message: "--shard is i/n with 1 <= i <= n <= 1048576, not '1/99999999999'"),
  BadInput("verify", "add", "--format", "", message: "--format has an empty name; known: fp16, "),
  BadInput("verify", "convert", "--to", "", message: "--to has an empty name; known: fp16, "),
  BadInput("formats", "--format", "fp16,", message: "--format has an empty name; known: fp16, "),
  BadInput("verify", message: "<operations> are missing; known: add, sub, mul, "),
  BadInput(
    "verify", "add", "--operands", "", message: "add takes 2 operands, --operands is empty"),
  BadInput("verify", "", message: "<operations> has an empty name; known: add, sub, "),
  BadInput("verify", "add", "--cases", "", message: "--cases has an empty name; known: boundary, "),
  BadInput(
    "explain", "1", "--rounding", "", message: "--rounding has an empty name; known: nearest-even"),
  BadInput("verify", "add", "--subject", "", message: "--subject has an empty name; known: soft"),
  BadInput("explain", "1", "--nan", "", message: "--nan has an empty name; known: canonical"),
  BadInput("train", "--policies", "", message: "--policies has an empty name; known: fp64, "),
  BadInput("data", message: "name a set to generate, digits, shapes, shapes10, or files after "),
  BadInput("data", "digit", message: "unknown data set 'digit'; did you mean digits? known: "),
  BadInput("data", "digits", message: "--output is missing: name the folder for the files"),
  BadInput("data", "digits", "--output", "", message: "--output is empty: name a folder"),
  BadInput(
    "data", "digits", "--output", "x", "--size", "32",
    message: "--size is for shapes, not for digits"),
  BadInput(
    "data", "shapes", "--output", "x", "--size", "48",
    message: "The value '48' is invalid for '--size <size>': 32 or 64"),
  BadInput(
    "data", "digits", "--train", "0",
    message: "The value '0' is invalid for '--train <train>': a whole number, 1...60000"),
  BadInput(
    "data", "digits", "--describe", "x",
    message: "--describe reads files, 'digits' would generate some: leave one out"),
  BadInput(
    "data", "--describe", "x", "--seed", "1",
    message: "--describe reads files, to which --seed cannot apply"),
  BadInput("data", "--describe", "", message: "--describe has an empty name"),
  BadInput("train", "--data", "", message: "--data is empty: name a text file"),
  BadInput("train", "--model", "cnn", "--data", "", message: "--data is empty: name a folder"),
  BadInput("train", "--momentum", "1", message: "The value '1' is invalid for '--momentum "),
  BadInput(
    "train", "--optimizer", "adamw", "--momentum", "0.9",
    message: "--momentum is for sgd, not for adamw"),
  BadInput(
    "train", "--optimizer", "sgd", "--beta2", "0.9",
    message: "--beta2 is for adam and adamw, not for sgd"),
  BadInput("train", "--beta1", "1", message: "The value '1' is invalid for '--beta1 "),
  BadInput("train", "--epsilon", "-1", message: "The value '-1' is invalid for '--epsilon "),
  BadInput(
    "train", "--model", "cnn", "--dropout", "0.1",
    message: "--dropout is for mlp, transformer, not for cnn"),
  BadInput(
    "train", "--model", "unet", "--depth", "3",
    message: "--depth is for mlp, transformer, lstm, cnn, not for unet"),
  BadInput(
    "train", "--model", "lstm", "--activation", "relu",
    message: "--activation is for mlp, transformer, not for lstm"),
  BadInput(
    "train", "--model", "cnn", "--positions", "rotary",
    message: "--positions is for transformer, not for cnn"),
  BadInput(
    "attribute", "--model", "lstm", "--norm-epsilon", "1e-8",
    message: "--norm-epsilon is for transformer, cnn, unet, detector, not for lstm"),
  BadInput(
    "train", "--model", "transformer", "--norm", "rsm",
    message: "unknown normalization 'rsm'; did you mean rms? known: layer, rms"),
  BadInput(
    "train", "--model", "transformer", "--width", "48", "--key-value-heads", "2",
    message: "--key-value-heads: the 3 heads of queries at width 48 cannot share 2 alike: it is to "
  ),
  BadInput(
    "train", "--model", "transformer", "--width", "15", "--positions", "rotary",
    message: "--positions: rotary turns pairs of numbers, and a head has 15 at width 15: the "),
  BadInput(
    "train", "--label-smoothing", "1",
    message: "The value '1' is invalid for '--label-smoothing "),
  BadInput(
    "train", "--model", "detector", "--label-smoothing", "0.1",
    message: "--label-smoothing is for mlp, transformer, lstm, cnn, unet, not for detector"),
  BadInput(
    "sweep", "loss-scale", "--model", "cnn", "--loss", "dice",
    message: "--loss is for unet, not for cnn"),
  BadInput(
    "train", "--model", "unet", "--loss", "dice", "--label-smoothing", "0.1",
    message: "--label-smoothing: smoothed labels are those of cross-entropy, and the loss is dice"),
  BadInput(
    "train", "--schedule", "cosin",
    message: "unknown schedule 'cosin'; did you mean cosine? known: constant, linear, cosine"),
  BadInput(
    "train", "--steps", "9", "--warmup", "9", "--schedule", "linear",
    message: "--warmup 9 leaves nothing of --steps 9 for --schedule linear"),
  BadInput(
    "train", "--clip-norm", "0", message: "The value '0' is invalid for '--clip-norm <clip-norm>': "
  ),
  BadInput(
    "train", "--policies", "fp16-apm",
    message: "unknown policy 'fp16-apm'; did you mean fp16-amp? known: fp64, "),
  BadInput(
    "policies", "fp16-apm", message: "unknown policy 'fp16-apm'; did you mean fp16-amp? known: "),
  BadInput("run", message: "<experiment.json5> is missing: name a file, or --all"),
  BadInput("run", "", message: "<experiment.json5> is empty: name a file"),
  BadInput("run", "x.json5", "--output", "", message: "--output is empty: name a folder"),
  BadInput("report", "--output", "", message: "--output is empty: name a folder"),
  BadInput("verify", "add", "--checkpoint", "", message: "--checkpoint is empty: name a file"),
  BadInput(
    "verify", "add", "--operands", "1,2", "--shard", "1/2", "--resume", "--cases", "level1",
    message: "--operands runs one case, to which --cases and --shard and --resume cannot apply"),
  BadInput("verify", "add", "--index", "3", message: "--index is the index of the case that "),
  BadInput("verify", "add", "--to", "bf16", message: "--to is for convert: leave it out or add "),
  BadInput(
    "audit", "fma",
    message: "MPFR has no direct reference for fma here; known: add, sub, mul, div"),
  BadInput(
    "audit", "--format", "fp32",
    message: "an audit takes formats of at most 16 bits with infinities, not fp32; known: fp16, "),
  BadInput(
    "elementary", "tnah",
    message: "unknown function 'tnah'; did you mean tanh? known: exp, log, tanh, sigmoid, erf, "),
  BadInput(
    "elementary", "exp", "--format", "e5m2",
    message: "unknown format 'e5m2'; known: fp32, fp16, bf16, fp64"),
  BadInput("elementary", "", message: "<functions> has an empty name; known: exp, log, tanh, "),
  BadInput(
    "elementary", "--samples", "10",
    message: "--samples is for fp64, which --format does not name"),
  BadInput(
    "formats", "--format", "fp\u{1b}[31m\n16",
    message: "unknown format 'fp\\u{1b}[31m\\u{a}16'; known: "),
  BadInput(
    "formats", "--format", String(repeating: "x", count: 100_000),
    message: "unknown format '" + String(repeating: "x", count: 44) + "\u{2026}"),
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
      ("convert(1, fp61)", "unknown format 'fp61'; did you mean fp16 or fp64?", 11),
      ("", "expected an operand, found the end", 0),
      ("1 + 0x12345", "0x12345 has more than the 16 bits of fp16", 4),
      ("fp32(e4m3(0x1ff) + 0x12345)", "0x1ff has more than the 8 bits of e4m3", 10),
      ("bits(0x10000)", "0x10000 has more than the 16 bits of fp16", 5),
      ("e5m7(1 + 0xffff)", "0xffff has more than the 13 bits of e5m7", 9),
      (
        "convert(1, fp99)",
        "unknown format 'fp99'; did you mean fp16 or fp32 or fp64? known: fp16, bf16, tf32, "
          + "fp32, e5m2, e4m3, e3m2, e2m3, e2m1, e8m0, fp64 and e<E>m<M> with E 2...8, M 1...23", 11
      ),
      ("1 + nan(0x200)", "the payload has more than the 9 bits that a NaN of fp16 has for it", 4),
      ("e4m3(nan(0x1))", "e4m3 has no room for a NaN's payload", 5),
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

  @Test("An argument that is no UTF-8 text is refused, not repaired")
  func bytes() throws {
    let run = try Tool.shell("\"$halfway\" formats --export \"$(printf 'x\\377.csv')\"")
    #expect(run.status == 64)
    #expect(run.errors == "halfway: argument 3, 'x\u{fffd}.csv', is not UTF-8 text\n")
  }

  @Test("A long expression is shown around the fault only, with the byte")
  func longExpression() throws {
    let sum = String(repeating: "1+", count: 400)
    for (text, message) in [
      (sum + "^" + sum, "character 801, byte 801: unexpected '^'"),
      ("1 + \u{e9}", "character 5: unexpected '\u{e9}'"),
      ("\u{2003}\u{2003}^", "character 3, byte 7: unexpected '^'"),
      (String(repeating: "7", count: 100_000), "a number of 100000 characters; at most 20000"),
      (String(repeating: "1+", count: 60_000), "the expression has 120000 bytes; at most 100000"),
      (String(repeating: "(", count: 90_000), "nested too deeply"),
      (String(repeating: "f", count: 90_000) + "(1)", "unknown function 'ffff"),
      (
        "1 + 0x" + String(repeating: "1", count: 9_000), "malformed number: an encoding has at most"
      ),
    ] {
      let run = try Tool.run(["explain", text])
      #expect(run.status == 64)
      let lines = run.errors.split(separator: "\n", omittingEmptySubsequences: false)
      try #require(lines.count == 4)
      #expect(lines[0].contains(message), "\(lines[0])")
      #expect(lines[0].count < 500 && lines[1].count <= 84 && lines[2].count <= 44)
    }
  }

  @Test("A reader that leaves early ends the run without a word")
  func brokenPipe() throws {
    let run = try Tool.shell(
      "trap '' PIPE; \"$halfway\" formats | true; \"$halfway\" formats | head -n 1")
    #expect(run.status == 0)
    #expect(run.errors == "")
  }
}
