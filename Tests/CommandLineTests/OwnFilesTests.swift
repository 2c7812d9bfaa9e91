// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("Exports onto a command's own files, and folders that another run writes into")
struct OwnFilesTests {
  private let text =
    Repository.root.path + "/Experiments/mixed-precision-step/newton-opticks-book1.txt"

  @Test("An export that would overwrite what the command reads or writes is refused, status 64")
  func conflicts() throws {
    try withTemporaryFolder { folder in
      let setUp = try Tool.shell(
        """
        cd \(folder); cp '\(text)' text.txt; cp text.txt data.json; ln -s text.txt link.txt
        ln text.txt hard.txt; mkdir out; ln -s out other; echo x > out/report.json
        ln out/report.json hard.json; touch shard.jsonl; ln -s shard.jsonl shard.json
        ln -s new/report.json later.json
        echo '{ kind: "training", name: "a", model: "mlp", policies: ["fp32"], data: "text.txt" }' > a.json5
        ln a.json5 a.json
        """)
      #expect(setUp.status == 0, "\(setUp.errors)")
      for (command, export, word) in [
        ("train --data text.txt --output out", "text.txt", "reads"),
        ("train --data ./text.txt --output out", "link.txt", "reads"),
        ("train --data text.txt --output out", "hard.txt", "reads"),
        ("train --data data.json --output out", ".//data.json", "reads"),
        ("train --data text.txt --output out", "out/report.json", "writes itself"),
        ("train --data text.txt --output out/", "./other/report.json", "writes itself"),
        ("train --data text.txt --output out", "hard.json", "writes itself"),
        ("train --data text.txt --output other", "\(folder)/out/steps.csv", "writes itself"),
        ("train --data text.txt --output new", "new/training.json", "writes itself"),
        ("train --data text.txt --output new", "later.json", "writes itself"),
        ("train --data text.txt --output new/", "new/data/mine.csv", "its own files"),
        ("run a.json5 --output out", "a.json", "reads"),
        ("run a.json5 --output out", "text.txt", "reads"),
        ("train --data text.txt --policies a.json5 --output out", "a.json", "reads"),
        ("merge shard.jsonl", "shard.jsonl", "reads"),
        ("merge shard.jsonl", "shard.json", "reads"),
        ("data --describe text.txt", "hard.txt", "reads"),
        ("explain 'sum(@text.txt)'", "text.txt", "reads"),
        ("explain 'sqrt(dot(@hard.txt, [1]))'", "link.txt", "reads"),
        ("formats --export x.csv", "./x.csv", "twice"),
      ] {
        let run = try Tool.shell("cd \(folder); \"$halfway\" \(command) --export \(export)")
        #expect(run.status == 64 && run.output.isEmpty, "\(command) \(export): \(run.errors)")
        #expect(
          run.errors.hasPrefix("halfway: --export '\(export)' ") && run.errors.contains(word)
            && run.errors.filter { $0 == "\n" }.count == 1, "\(run.errors)")
      }
      let redirected = try Tool.shell("cd \(folder); \"$halfway\" formats --export y.csv > y.csv")
      #expect(redirected.status == 64 && redirected.errors.contains("standard output goes to"))
      let kept = try Tool.shell("cd \(folder); cmp text.txt '\(text)'; ls; cat out/report.json")
      #expect(kept.status == 0 && !kept.output.contains("new"))
      #expect(kept.output.hasSuffix("x\n"))
    }
  }

  @Test("A folder of results that would overwrite what the run reads is refused, through links too")
  func inputs() throws {
    try withTemporaryFolder { folder in
      let setUp = try Tool.shell(
        """
        cd \(folder); cp '\(text)' text.txt; mkdir out linked; cp text.txt out/steps.csv
        mkdir out/data; cp text.txt out/data/policies.csv; ln -s ../text.txt linked/report.json
        echo '{ name: "p", base: "fp32" }' > out/resolved-experiment.json5
        echo '{ kind: "training", name: "a", model: "mlp", policies: ["fp32"], data: "../text.txt" }' \
          > linked/resolved-experiment.json5
        """)
      #expect(setUp.status == 0, "\(setUp.errors)")
      for (command, file) in [
        ("train --data out/steps.csv --output out", "out/steps.csv"),
        ("train --data out/data/policies.csv --output ./out", "out/data/policies.csv"),
        ("train --data text.txt --output linked", "text.txt"),
        (
          "train --data text.txt --policies out/resolved-experiment.json5 --output out",
          "out/resolved-experiment.json5"
        ),
        (
          "run linked/resolved-experiment.json5 --output linked", "linked/../text.txt"
        ),
      ] {
        let run = try Tool.shell("cd \(folder); \"$halfway\" \(command)")
        #expect(run.status == 64, "\(command): \(run.errors)")
        let kept = try Tool.shell("cd \(folder); test -s \(file) && cmp text.txt '\(text)'")
        #expect(kept.status == 0, "\(command)")
        #expect(run.errors.contains("would overwrite '\(file)'"), "\(run.errors)")
      }
    }
  }

  @Test("What stands in the lock's place and is none is named")
  func strangeLocks() throws {
    try withTemporaryFolder { folder in
      for make in ["mkdir", "mkfifo", "ln -s nowhere", "echo x >"] {
        let run = try Tool.shell(
          "cd \(folder); rm -rf out; mkdir out; \(make) out/halfway.lock; \"$halfway\" train --data "
            + "'\(text)' --steps 2 --output out")
        #expect(run.status == 2, "\(make): \(run.errors)")
        #expect(
          run.errors
            == "halfway: cannot write into the folder 'out': 'out/halfway.lock' is no lock of this tool; "
            + "remove it\n", "\(make): \(run.errors)")
      }
    }
  }

  @Test("One run at a time writes into a folder; its lock goes with it, however it ends")
  func locks() throws {
    try withTemporaryFolder { folder in
      let train = "\"$halfway\" train --policies fp32 --data '\(text)' --seeds 0 --output out"
      let lock = folder + "/out/halfway.lock"
      let script = """
        cd \(folder); \(train) --steps 100000 2>first >/dev/null & p=$!
        while ! grep -q process out/halfway.lock 2>/dev/null; do sleep 0.1; done
        \(train) --steps 1 --threads 1; echo "status $?"
        """
      let second = try Tool.shell(script + "; kill -TERM $p; wait $p; echo $?; cat first")
      #expect(second.output.hasPrefix("status 2\n143\n"), "\(second.output)")
      #expect(
        second.errors.wholeMatch(
          of:
            /halfway: another run writes into 'out', process [0-9]+ on host .* since .*Z; wait for it or name another folder\n/
        ) != nil, "\(second.errors)")
      #expect(!FileManager.default.fileExists(atPath: lock))

      // Twice asked to end, it ends at once, and the file goes all the same.
      let twice = try Tool.shell(script + "; kill -INT $p; kill -INT $p; wait $p; true")
      #expect(twice.status == 0 && !FileManager.default.fileExists(atPath: lock))

      let killed = try Tool.shell(script + "; kill -KILL $p; wait $p; true")
      #expect(killed.status == 0 && FileManager.default.fileExists(atPath: lock))
      let next = try Tool.shell("cd \(folder); \(train) --steps 1")
      #expect(next.status == 0, "\(next.errors)")
      #expect(
        next.errors.firstMatch(
          of: /halfway: taking over 'out' from process [0-9]+, which has ended\n/) != nil,
        "\(next.errors)")
      #expect(!FileManager.default.fileExists(atPath: lock))

      try "{\"host\":\"elsewhere\",\"process\":7,\"started\":\"2020-01-01T00:00:00Z\"}\n".write(
        toFile: lock, atomically: false, encoding: .utf8)
      let foreign = try Tool.shell("cd \(folder); \(train) --steps 1")
      #expect(foreign.status == 2)
      #expect(
        foreign.errors
          == "halfway: another run writes into 'out', process 7 on host elsewhere since "
          + "2020-01-01T00:00:00Z; where that run has ended, remove 'out/halfway.lock'\n")
      #expect(FileManager.default.fileExists(atPath: lock))
    }
  }
}
