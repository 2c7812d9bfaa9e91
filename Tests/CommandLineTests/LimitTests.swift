// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("Little memory, few files, long words")
struct LimitTests {
  private let text =
    Repository.root.path + "/Experiments/mixed-precision-step/newton-opticks-book1.txt"

  @Test("Tight limits: a run ends with its result, or in a line and status 2; none traps or waits")
  func limits() throws {
    try withTemporaryFolder { folder in
      let train =
        "timeout 60 \"$halfway\" train --policies fp32 --steps 2 --seeds 0 --data '\(text)' "
        + "--output out"
      let limits =
        ["-n 4", "-n 5", "-n 6", "-n 7", "-n 9", "-n 12", "-f 8", "-s 64", "-s 256"]
        + [120, 150, 175, 200, 250, 300, 400, 600].map { "-v \($0 * 1024)" }
      for limit in limits {
        // The loader needs memory and files of its own before there is anything to tell.
        let run = try Tool.shell(
          "cd \(folder); (exec >result 2>&1; ulimit \(limit); exec \"$halfway\" --version); s=$?; "
            + "[ $s = 127 ] && exit 0; (exec >result; ulimit \(limit); exec \(train))")
        #expect([0, 2].contains(run.status), "\(limit): \(run.status) \(run.errors)")
        let lines = run.errors.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("halfway: ") }, "\(limit): \(run.errors)")
        #expect((run.status == 0) == lines.isEmpty, "\(limit): \(run.errors)")
      }
    }
  }

  @Test("A text takes at most four times its size, beside what the run takes by itself")
  func textMemory() throws {
    try withTemporaryFolder { folder in
      let size = 16 << 20
      let line = Array("the quick brown fox jumps over the lazy dog, 0123456789\n".utf8)
      var bytes: [UInt8] = []
      while bytes.count < size { bytes += line }
      try Data(bytes).write(to: URL(fileURLWithPath: folder + "/large.txt"))
      func peak(_ data: String) throws -> Int {
        let run = try Tool.shell(
          "cd \(folder); \"$halfway\" train --policies fp32 --steps 1 --seeds 0 --threads 1 "
            + "--data '\(data)' --output out >/dev/null & p=$!; m=0; "
            + "while [ -r /proc/$p/status ]; do n=$(sed -n 's/VmHWM:[^0-9]*\\([0-9]*\\).*/\\1/p' "
            + "/proc/$p/status); [ -n \"$n\" ] && m=$n; [ -z \"$n\" ] && break; done; echo $m"
        )
        return (Int(run.output.split(separator: "\n").last ?? "") ?? 0) << 10
      }
      let (small, large) = (try peak(text), try peak("large.txt"))
      #expect(small > 0 && large - small < 4 * size, "\(small) \(large)")
    }
  }

  @Test("No message repeats a word of ten thousand characters, whoever gave it")
  func longWords() throws {
    try withTemporaryFolder { folder in
      let word = String(repeating: "x", count: 10_000)
      try "{ kind: 'training', name: 'a', \(word): 1, policies: ['\(word)'] }".write(
        toFile: folder + "/keys.json5", atomically: false, encoding: .utf8)
      try "{ kind: 'training', name: 'a', model: 'mlp', data: '\(word)', policies: ['fp32'] }"
        .write(
          toFile: folder + "/data.json5", atomically: false, encoding: .utf8)
      for arguments in [
        [word], ["--" + word], ["train", "--data", word], ["train", "--output", word],
        ["train", "--export", word + ".json"], ["train", "--export", word],
        ["train", "--policies", word + ".json5"], ["train", "--policies", word],
        ["train", "--data", text, "--output", "/dev/null/" + word], ["train", "--steps", word],
        ["run", word], ["run", folder + "/keys.json5"], ["run", folder + "/data.json5"],
        ["policies", word + ".json5"], ["data", word], ["data", "--describe", word],
        ["data", "digits", "--output", word], ["merge", word], ["verify", "add", "--cases", word],
        ["verify", "add", "--checkpoint", word + "/x"], ["explain", word], ["formats", word],
        ["report", "--output", word], ["report", "--data", word], ["bench", "--training", word],
      ] {
        let run = try Tool.run(arguments)
        #expect(run.status != 0 && !run.errors.isEmpty, "\(arguments[0])")
        #expect(
          run.errors.split(separator: "\n").allSatisfy { $0.count < 600 },
          "\(arguments[0]): \(run.errors.prefix(300))")
      }
    }
  }

  @Test("Folders that cannot be made, and data that cannot be read, are told by their own names")
  func places() throws {
    try withTemporaryFolder { folder in
      try
        "// mine\n{ kind: 'training', name: 'a', model: 'mlp',\n  data: 'none.txt', policies: ['fp32'] }"
        .write(
          toFile: folder + "/a.json5", atomically: false, encoding: .utf8)
      for (command, line) in [
        ("train --output gone", "'gone': it is a link to 'none/x', which does not exist"),
        ("train --output gone/a", "'gone/a': 'gone' is a link to 'none/x', which does not exist"),
        ("train --output a.json5/b", "'a.json5/b': 'a.json5' is a file"),
        ("data digits --output gone", "'gone': it is a link to 'none/x', which does not exist"),
      ] {
        let run = try Tool.shell(
          "cd \(folder); ln -sf none/x gone; \"$halfway\" \(command)"
            + (command.hasPrefix("train") ? " --data '\(text)'" : ""))
        #expect(run.status == 2, "\(command)")
        #expect(run.errors == "halfway: cannot write into the folder \(line)\n", "\(run.errors)")
      }
      let data = try Tool.shell("cd \(folder); \"$halfway\" run ./a.json5")
      #expect(data.status == 65)
      #expect(
        data.errors
          == "halfway: './a.json5', line 3: 'data': './none.txt': No such file or directory\n")
      let images = try Tool.shell(
        "cd \(folder); sed -i s/mlp/cnn/ a.json5; "
          + "\"$halfway\" run a.json5")
      #expect(
        images.status == 65 && images.errors.hasPrefix("halfway: 'a.json5', line 3: 'data': "),
        "\(images.errors)")
    }
  }

  @Test("A loss scaling that applies to no policy is refused; otherwise it is said to which")
  func lossScaling() throws {
    try withTemporaryFolder { folder in
      let train = "cd \(folder); \"$halfway\" train --steps 1 --seeds 0 --data '\(text)' "
      let none = try Tool.shell(train + "--policies fp32,bf16-amp --loss-scaling deepspeed")
      #expect(none.status == 64)
      #expect(
        none.errors.hasPrefix(
          "halfway: --loss-scaling deepspeed applies to none of the policies: fp32, bf16-amp do not "
            + "scale"), "\(none.errors)")
      let wrong = try Tool.shell(train + "--policies fp32 --loss-scaling deepsped")
      #expect(wrong.status == 64 && wrong.errors.contains("did you mean deepspeed?"))
      let some = try Tool.shell(train + "--policies fp32,fp16-amp --loss-scaling deepspeed")
      #expect(some.status == 0)
      #expect(
        some.errors
          == "halfway: --loss-scaling deepspeed applies to fp16-amp; without loss scaling "
          + "as before: fp32\n", "\(some.errors)")
      let all = try Tool.shell(train + "--policies fp16-amp --loss-scaling none")
      #expect(all.status == 0 && all.errors.isEmpty)
    }
  }

  @Test("The text output names the page's remedies")
  func remedies() throws {
    try withTemporaryFolder { folder in
      let run = try Tool.shell(
        "cd \(folder); \"$halfway\" train --steps 30 --seeds 0 --policies fp16-pure "
          + "--optimizer adamw --data '\(text)' --output out")
      let report = try String(contentsOfFile: folder + "/out/report.json", encoding: .utf8)
      let document = try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [String: Any]
      let remedies = try #require(document?["remedies"] as? [[String: Any]])
      #expect(!remedies.isEmpty)
      for remedy in remedies {
        let change = (remedy["change"] as? String ?? "").replacing("`", with: "")
        #expect(run.output.contains("What would help fp16-pure: \(change) ("), "\(run.output)")
      }
    }
  }
}
