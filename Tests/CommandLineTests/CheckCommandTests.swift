// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("check: kernels in processes of their own")
struct CheckCommandTests {
  /// `halfway check exp` of a sample kernel on the numbers from 1 to 4, which hold what each does.
  private func check(_ symbol: String, _ more: [String] = []) throws -> Tool.Run {
    try Tool.run(
      [
        "check", "exp", "--library", try SampleKernels.library.get(), "--symbol", symbol,
        "--signature", SampleKernels.signature, "--cases", "0x3f800000..0x4048ffff",
      ] + more)
  }

  @Test("A right kernel holds, and the verdict says of what")
  func good() throws {
    let run = try check("good", ["--criterion", "correctly-rounded"])
    #expect(run.status == 0, "\(run.errors)\(run.output)")
    #expect(run.output.hasPrefix("good: exp in fp32 keeps to correctly-rounded on 13,172,736 "))
  }

  @Test("What a kernel may not do is named with its least input, and the check goes on")
  func misdeeds() throws {
    let rows: [(symbol: String, cases: String, text: String)] = [
      ("crashing", "0x40490000..0x4049ffff", "crash at 0x40490fdb (3.1415927): signal 11"),
      ("beyond", "0x3f800000..0x3f80ffff", "access outside its arrays at 0x3f800000 (1)"),
      ("ahead", "0x3f800000..0x3f80fffe", "it wrote 4 bytes before its output"),
      ("changing", "0x3f800000..0x3f80ffff", "it writes into its input"),
      ("stale", "0x3f800000..0x3f80ffff", "unwritten output at 0x3f80ffff"),
      ("tail", "0x3f800000..0x3f80ffff", "result that depends on the block"),
      ("random_bits", "0x3f800000..0x3f80ffff", "result that changes from call to call"),
      ("leaving", "0x3f800000..0x3f800003", "its process ended by itself with status 3"),
    ]
    for (symbol, cases, text) in rows {
      let run = try check(symbol, ["--cases", cases])
      #expect(run.status == 1, "\(symbol): \(run.errors)")
      let output = run.output.replacing(/\s+/, with: " ")
      #expect(output.contains(text), "\(symbol): \(run.output)")
    }
  }

  @Test("An endless loop is named with its input, within its time limit")
  func looping() throws {
    let run = try check("looping", ["--cases", "0x3ffffffe..0x40000001", "--time-limit", "1"])
    #expect(run.status == 1)
    let output = run.output.replacing(/\s+/, with: " ")
    #expect(output.contains("endless loop at 0x40000000 (2): no answer within 1.0 s"))
    #expect(output.contains("no result of 1 element."))
  }

  @Test("A worker that closes everything and goes on is ended, not waited for")
  func closing() throws {
    let run = try check("closing", ["--cases", "0x3f800000..0x3f800000", "--time-limit", "30"])
    #expect(run.status == 1)
    #expect(run.output.contains("crash"), "\(run.output)")
  }

  @Test("Ctrl-C ends a check within an endless loop, its checkpoint kept")
  func interrupt() throws {
    let checkpoint = FileManager.default.temporaryDirectory
      .appendingPathComponent("halfway-\(UUID().uuidString).checkpoint").path
    defer { try? FileManager.default.removeItem(atPath: checkpoint) }
    let library = try SampleKernels.library.get()
    let run = try Tool.shell(
      "timeout --preserve-status -s INT -k 20 6 \"$halfway\" check exp --library \(library) "
        + "--symbol looping --signature '\(SampleKernels.signature)' "
        + "--cases 0x3ffffff0..0x40000100 --time-limit 600 --checkpoint \(checkpoint)")
    #expect(run.status == 130, "\(run.status): \(run.errors)")
    #expect(FileManager.default.fileExists(atPath: checkpoint))
  }

  @Test("The worst input of a check can be run again by itself")
  func reproduction() throws {
    let one = ["--cases", "0x3f800000..0x3f800000"]
    let wrong = try check("zeros", one)
    #expect(wrong.status == 1 && wrong.output.contains("at 0x3f800000 (1)"), "\(wrong.output)")
    let right = try check("good", one)
    #expect(right.status == 3 && right.output.contains("keeps to ulp:1"), "\(right.output)")
    #expect(right.errors.contains("has no power on these cases"))
  }

  @Test("An element with more bits than its format has is a wrong special, never an encoding")
  func beyondFormat() throws {
    let run = try Tool.run([
      "check", "exp", "--library", try SampleKernels.library.get(), "--symbol", "beyond_format",
      "--signature", "uint8_t(uint8_t)", "--format", "e2m1",
    ])
    #expect(run.status == 1)
    #expect(run.output.contains("0xff (no encoding of e2m1)"), "\(run.output)")
  }

  @Test("Wrong kernels that public gates let pass fail the criterion asked for by default")
  func wrongKernels() throws {
    for symbol in ["zeros", "nans", "copying", "half", "stale"] {
      let run = try check(symbol, ["--cases", "0x3f800000..0x3f80ffff"])
      #expect(run.status == 1, "\(symbol): \(run.output)")
    }
  }

  @Test("What a kernel prints does not break the protocol")
  func talking() throws {
    let run = try check("talking", ["--cases", "0x3f800000..0x3f80ffff"])
    #expect(run.status == 0, "\(run.errors)\(run.output)")
  }

  @Test("A criterion that null models pass ends with status 3 and says which")
  func noPower() throws {
    let run = try check("good", ["--criterion", "ulp:10000000"])
    #expect(run.status == 3)
    #expect(run.errors.contains("has no power on these cases"))
    #expect(run.errors.contains("a narrower format"))
  }

  @Test("One ulp at one input of 13 million fails the baseline, and the input is named")
  func baseline() throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("halfway-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    let written = try check("plain_exp", ["--baseline", file, "--update-baseline"])
    #expect(written.status == 0, "\(written.errors)")
    let same = try check("plain_exp", ["--baseline", file])
    #expect(same.status == 0 && same.output.contains("Beside its baseline: the same bits."))
    // The line that does it again is judged by the same: a criterion that nobody asked for is none.
    let lines = same.output.split(separator: "\n").map(String.init)
    let again = try #require(lines.first { $0.hasPrefix("  again: ") })
    #expect(again.contains("--baseline \(file)") && !again.contains("--criterion"), "\(again)")
    let worst = try #require(lines.first { $0.hasPrefix("  worst: ") })
    #expect(!worst.contains("--baseline") && worst.contains("--criterion ulp:1"), "\(worst)")
    let asked = try check("plain_exp", ["--baseline", file, "--criterion", "ulp:2"])
    #expect(asked.output.contains("--criterion ulp:2 --baseline \(file)"))
    let worse = try check("worse_exp", ["--baseline", file])
    #expect(worse.status == 1)
    #expect(worse.output.contains("WORSE"))
    #expect(worse.output.contains("at 0x3f812345"), "\(worse.output)")
    let better = try check("good", ["--baseline", file])
    #expect(better.status == 0, "better never fails: \(better.output)")
    #expect(better.output.contains("Beside its baseline: better"))
  }

  @Test("Shards merge to the whole's counts")
  func shards() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("halfway-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let parts = try (1...3).map { part in
      let path = folder.appendingPathComponent("\(part).jsonl").path
      let run = try check("plain_exp", ["--shard", "\(part)/3", "--export", path])
      #expect(run.status == 0, "\(run.errors)")
      return path
    }
    let merged = try Tool.run(["merge"] + parts)
    let whole = try check("plain_exp")
    #expect(merged.status == 0, "\(merged.errors)")
    #expect(difference(merged.output, whole.output).isEmpty)
  }

  @Test("Memory that a worker shares has no name, so that nothing is left where the tool is killed")
  func killed() throws {
    let library = try SampleKernels.library.get()
    let run = try Tool.shell(
      "\"$halfway\" check exp --library '\(library)' --symbol looping "
        + "--signature '\(SampleKernels.signature)' --cases 0x40000000..0x40000000 & p=$!; sleep 2; "
        + "ls -l /proc/$p/fd; kill -KILL $p; wait $p")
    // Files of tests beside this one have longer names.
    let memory = run.output.matches(of: /-> (\/\S*\/halfway-\w{6})( \(deleted\))?\n/)
    #expect(!memory.isEmpty, "\(run.output)")
    for match in memory {
      #expect(match.output.2 != nil)
      #expect(!FileManager.default.fileExists(atPath: String(match.output.1)))
    }
  }

  @Test("A scalar function and one of two operands are called by their signatures")
  func forms() throws {
    let library = try SampleKernels.library.get()
    let scalar = try Tool.run([
      "check", "--library", library, "--symbol", "scalar_exp", "--signature", "float(float)",
      "--samples", "5000",
    ])
    #expect(scalar.status == 0, "\(scalar.errors)\(scalar.output)")
    let power = try Tool.run([
      "check", "--library", library, "--symbol", "my_pow", "--signature", "float(float, float)",
      "--samples", "5000",
    ])
    #expect(power.status == 0, "\(power.errors)\(power.output)")
    #expect(power.output.contains("pow in fp32"))
  }

  @Test("A command line that cannot be meant is told in one line with its status")
  func badInput() throws {
    let library = try SampleKernels.library.get()
    let kernel = ["--library", library, "--symbol", "good", "--signature", SampleKernels.signature]
    let rows: [(arguments: [String], status: Int32, text: String)] = [
      (["exp"], 64, "no kernel: name --library"),
      (["exp", "--library", library], 64, "needs --symbol and --signature"),
      (kernel, 64, "'good' does not tell it"),
      (["exq"] + kernel, 64, "did you mean exp"),
      (["pow"] + kernel, 64, "pow has 2 operands"),
      (["exp"] + kernel + ["--format", "fp16"], 64, "--format is fp16, and"),
      (["exp"] + kernel + ["--criterion", "ulp:0"], 64, "unknown criterion 'ulp:0'"),
      (["exp"] + kernel + ["--cases", "some"], 64, "unknown cases 'some'"),
      (["exp"] + kernel + ["--cases", "5..4"], 64, "is empty"),
      (["exp"] + kernel + ["--update-baseline"], 64, "needs --baseline"),
      (["exp"] + kernel + ["--baseline", "/nowhere/b.json"], 65, "no baseline"),
      (
        ["exp", "--library", library, "--symbol", "god", "--signature", "float(float)"], 2,
        "no symbol 'god'"
      ),
      (
        ["exp", "--library", "./none.so", "--symbol", "f", "--signature", "float(float)"], 2,
        "cannot load './none.so'"
      ),
      (
        ["exp", "--library", library, "--symbol", "good", "--signature", "float(flaot)"], 64,
        "did you mean float?"
      ),
      (["exp", "--worker", "/bin/true"], 2, "before it said halfway-kernel/1"),
      (["exp", "--worker", "/bin/echo hello"], 2, "it does not speak halfway-kernel/1"),
      (["exp", "--worker", "/nowhere/tool"], 2, "cannot be started"),
      (["exp", "--python", "math"], 64, "is not module:function"),
      (
        ["exp", "--python", "math:exp", "--format", "tf32"], 64,
        "a kernel's elements have at most 16"
      ),
      (["--worker", "/bin/true", "--format", "fp16"], 64, "nothing tells it"),
    ]
    for (arguments, status, text) in rows {
      let run = try Tool.run(["check"] + arguments)
      #expect(run.status == status, "\(arguments): \(run.errors)")
      #expect(run.errors.contains(text), "\(arguments): \(run.errors)")
      #expect(run.output.isEmpty)
    }
  }
}
