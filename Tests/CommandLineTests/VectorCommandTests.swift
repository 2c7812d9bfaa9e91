// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("Vectors and lists of mismatches on the command line")
struct VectorCommandTests {
  private static let rows = """
    operation,format,to,rounding,a,b,result,flags,note
    add,fp16,,nearest-even,3c00,1000,3c00,01,a tie
    add,fp16,,up,3c00,1000,3c01,....x,
    add,fp16,,up,7e00,3c00,fe00,00,another NaN
    add,fp16,,down,3c00,3c00,4001,00,wrong
    convert,fp16,bf16,toward-zero,3c01,,3f80,,no exceptions

    """

  @Test("CSV: text names faults and choices, JSON keeps to its schema")
  func columns() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/rows.csv"
      try Self.rows.write(toFile: path, atomically: true, encoding: .utf8)
      let command = ["verify", "add", "convert", "--to", "bf16", "--vectors", path]
      let run = try Tool.run(command + ["--mismatch-list", "\(folder)/list.csv"])
      #expect(run.status == 1, "\(run.errors)")
      for text in [
        "5 vectors judged, 1 fault; 1 differs by documented choices", "choice: 1 nan",
        "columns not read: note", "exceptions not compared on 1 vectors", "line 5: add fp16 down",
        "MPFR agrees with the vectors in 0, with soft in 1",
      ] { #expect(run.output.contains(text), "\(run.output)") }
      let list = try String(contentsOfFile: "\(folder)/list.csv", encoding: .utf8)
      let lines = list.split(separator: "\n")
      #expect(lines.count == 3)
      #expect(
        lines.last
          == "5,add,fp16,fp16,down,0x3c00,0x3c00,,0x4001,.....,0x4000,.....,0x4000,.....,fault")
      let json = try Tool.run(command + ["--output-format", "json"])
      #expect(try JSONSchema(named: "verification-vectors-1").violations(in: json.output) == [])
      let without = try String(contentsOfFile: path, encoding: .utf8)
        .replacing("add,fp16,,down,3c00,3c00,4001,00,wrong\n", with: "")
      try without.write(toFile: path, atomically: true, encoding: .utf8)
      #expect(try Tool.run(command).status == 0)
      #expect(try Tool.run(command + ["--strict"]).status == 1)
      #expect(try Tool.run(["verify", "mul", "--vectors", path]).status == 3)
    }
  }

  @Test("standard input, an empty stream, a malformed line, contradictions")
  func streams() throws {
    let verify = "\"$halfway\" verify add --format fp16 --vectors -"
    let good = try Tool.shell("printf '3C00 3C00 4000 00\\n' | \(verify)")
    #expect(good.status == 0 && good.output.contains("1 vector judged, no fault."))
    #expect(try Tool.shell("printf '' | \(verify)").status == 3)
    #expect(try Tool.shell("printf '\\n\\n' | \(verify)").status == 3)
    let comments = try Tool.shell("printf '# a\\n\\n// b\\n' | \(verify)")
    #expect(comments.status == 3 && comments.errors.contains("has comments alone"))
    let bad = try Tool.shell("printf '3C00 3C00 4000 00\\n3C00 4\\n' | \(verify)")
    #expect(bad.status == 65)
    #expect(bad.errors.contains("standard input: line 2: 2 fields where add has 2 operands"))
    #expect(bad.errors.filter { $0 == "\n" }.count == 1)
    #expect(try Tool.shell("printf 'hello\\n' | \(verify)").status == 65)
    #expect(try Tool.run(["verify", "add", "--vectors", "/nonexistent"]).status == 65)
    #expect(try Tool.run(["verify", "add", "--vectors", "/"]).status == 65)
    for wrong in ["--cases level1", "--shard 1/2", "--resume", "--seed 2", "--rounding all"] {
      let run = try Tool.shell("printf '3C00 3C00 4000 00\\n' | \(verify) \(wrong)")
      #expect(run.status == 64, "\(wrong) \(run.errors)")
    }
    #expect(try Tool.run(["verify", "add", "--strict"]).status == 64)
    let comparison = "printf '3C00 3C00 1 00\\n' | \"$halfway\" verify compareQuiet --vectors -"
    #expect(try Tool.shell(comparison).status == 64)
    #expect(try Tool.shell(comparison + " --predicate le").status == 0)
  }

  @Test("a list of all mismatches: its bytes on any threads, judged again, said where cut")
  func list() throws {
    try withTemporaryFolder { folder in
      let campaign = [
        "verify", "fma", "--format", "fp16", "--subject", "native-fp32", "--cases",
        "random:400000",
      ]
      let paths = (1...2).map { "\(folder)/list\($0).csv" }
      var lines: [Int] = []
      for (threads, path) in zip(["1", "3"], paths) {
        let run = try Tool.run(campaign + ["--threads", threads, "--mismatch-list", path])
        #expect(run.status == 1, "\(run.errors)")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        lines.append(text.split(separator: "\n").count - 1)
        #expect(run.output.contains("mismatches are listed in '\(path)'"))
      }
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: paths[0]))
          == Data(contentsOf: URL(fileURLWithPath: paths[1])))
      #expect(lines[0] == lines[1] && lines[0] > 10)
      #expect(!FileManager.default.fileExists(atPath: paths[0] + ".partial"))
      let shown = try Tool.run(campaign)
      #expect(shown.output.contains("mismatches are not shown; --mismatch-list FILE"))
      // The expected results are right, and the subject is wrong on each of them again.
      let soft = try Tool.run(["verify", "fma", "--vectors", paths[0]])
      #expect(soft.status == 0, "\(soft.output)\(soft.errors)")
      let again = try Tool.run(
        ["verify", "fma", "--vectors", paths[0], "--subject", "native-fp32", "--output-format"]
          + ["json"])
      #expect(again.status == 1)
      #expect(again.output.filter { $0 != " " }.contains("\"faults\":\(lines[0]),"))
    }
  }

  @Test("a list goes on with --resume to the same bytes, and never with a gap")
  func resumption() throws {
    try withTemporaryFolder { folder in
      let base =
        "\"$halfway\" verify fma --subject native-fp32 --cases random:300000 "
        + "--checkpoint \(folder)/c"
      let list = "--mismatch-list \(folder)/list.csv"
      #expect(try Tool.shell("\(base) --mismatch-list \(folder)/whole.csv").status == 1)
      // A result that cannot be delivered keeps the checkpoint and the list.
      #expect(try Tool.shell("\(base) \(list) > /dev/full").status == 2)
      let path = "\(folder)/list.csv"
      let whole = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/whole.csv"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)
      try (whole + Data("more\n".utf8)).write(to: URL(fileURLWithPath: path + ".partial"))
      #expect(try Tool.shell("\(base) \(list) --resume").status == 1)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)

      #expect(try Tool.shell("\(base) \(list) > /dev/full").status == 2)
      try whole.dropLast(5).write(to: URL(fileURLWithPath: path))
      let gap = try Tool.shell("\(base) \(list) --resume")
      #expect(gap.status == 65 && gap.errors.contains("would have a gap"), "\(gap.errors)")

      #expect(try Tool.shell("\(base) > /dev/full").status == 2)
      let late = try Tool.shell("\(base) \(list) --resume")
      #expect(late.status == 64 && late.errors.contains("without --mismatch-list"))
    }
  }
}
