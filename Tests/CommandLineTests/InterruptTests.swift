// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("Ctrl-C and SIGTERM")
struct InterruptTests {
  /// The shell's words for a tool in the background that a signal ends after a second.
  private func script(_ signal: String, _ command: String) -> String {
    "\(command) & p=$!; sleep 1; kill -\(signal) $p; wait $p"
  }

  @Test(
    "A campaign that is asked to end leaves its checkpoint, the status tells by whom",
    arguments: [("INT", 130), ("TERM", 143)])
  func campaign(signal: String, status: Int32) throws {
    try withTemporaryFolder { folder in
      // Non-interactive shells start background processes deaf to SIGINT; the tool hears it again.
      let run = try Tool.shell(
        "cd \(folder); "
          + script(
            signal,
            "\"$halfway\" verify add --cases exhaustive --rounding ieee --subject batch "
              + "--checkpoint c"))
      #expect(run.status == status)
      #expect(
        run.errors.wholeMatch(
          of: /halfway: interrupted after [0-9,]+ of 4,294,967,296 cases; go on with --resume\n/)
          != nil, "\(run.errors)")
      #expect(FileManager.default.fileExists(atPath: folder + "/c"))
    }
  }

  @Test("Training that is asked to end reports the steps taken, and --resume ends it")
  func training() throws {
    try withTemporaryFolder { folder in
      let text = Repository.root.path + "/Experiments/mixed-precision-step/newton-opticks-book1.txt"
      let command =
        "\"$halfway\" train --width 16 --depth 1 --batch 4 --policies fp16-amp --steps 2000 "
        + "--data '\(text)' --output "
      let whole = try Tool.shell("cd \(folder); \(command) whole")
      #expect(whole.status == 0)
      for (signal, status) in [("INT", 130), ("TERM", 143)] as [(String, Int32)] {
        let run = try Tool.shell(
          "cd \(folder); \(command) \(signal) & p=$!; until [ -e \(signal)/halfway.lock ] || ! kill -0 $p; "
            + "do sleep 0.1; done; sleep 0.3; kill -\(signal) $p; wait $p")
        #expect(run.status == status)
        let line = try Regex(
          "halfway: interrupted after step [0-9]+ of 2000; .* in \(signal); go on with --resume\n")
        #expect(run.errors.wholeMatch(of: line) != nil, "\(run.errors)")
        let other = try Tool.shell("cd \(folder); \(command) \(signal) --seed 2 --resume")
        #expect(other.status == 65 && other.errors.contains("checkpoint of another experiment"))
        let resumed = try Tool.shell("cd \(folder); \(command) \(signal) --resume")
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/\(signal)/checkpoint"))
        let same = try Tool.shell("cd \(folder); cmp \(signal)/steps.csv whole/steps.csv")
        #expect(same.status == 0)
      }
    }
  }

  @Test(
    "So does one whose result nobody reads",
    arguments: [("INT", 130), ("TERM", 143)])
  func blockedOutput(signal: String, status: Int32) throws {
    try withTemporaryFolder { folder in
      // Some 600 kB: more than a pipe holds.
      let campaign =
        "\"$halfway\" verify all --format all --rounding all --cases random:2 --output-format json"
      let run = try Tool.shell(
        "cd \(folder); mkfifo pipe; sleep 20 <pipe & reader=$!; "
          + script(signal, campaign + " --checkpoint c >pipe")
          + "; status=$?; kill $reader; exit $status")
      #expect(run.status == status)
      #expect(run.errors.contains("interrupted; nobody takes the rest of the result"))
      #expect(run.errors.contains("'c' keeps the run: --resume ends it without running it again"))
      #expect(FileManager.default.fileExists(atPath: folder + "/c"))
    }
  }
}
