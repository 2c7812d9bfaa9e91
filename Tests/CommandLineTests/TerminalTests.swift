// SPDX-License-Identifier: Apache-2.0
import Testing
import Words

@testable import halfway

@Suite("Terminal")
struct TerminalTests {
  @Test(
    "Colour follows NO_COLOR, FORCE_COLOR and TERM where no terminal is",
    arguments: [
      ([:], false), (["FORCE_COLOR": "1"], true), (["FORCE_COLOR": "0"], false),
      (["FORCE_COLOR": "1", "TERM": "dumb"], true),
      (["FORCE_COLOR": "1", "NO_COLOR": "1"], false), (["NO_COLOR": ""], false),
      (["FORCE_COLOR": "1", "NO_COLOR": ""], true),
    ])
  func colour(environment: [String: String], allows: Bool) {
    // No file has a descriptor this large.
    let terminal = Terminal(descriptor: 1 << 20, environment: environment)
    #expect(terminal.allowsColour == allows)
    #expect(!terminal.isInteractive)
  }

  @Test("The width is COLUMNS, 80 without, and at least 40")
  func width() {
    func width(_ environment: [String: String]) -> Int {
      Terminal(descriptor: 1 << 20, environment: environment).width
    }
    #expect(width([:]) == 80)
    #expect(width(["COLUMNS": "132"]) == 132)
    #expect(width(["COLUMNS": "3"]) == 40)
    #expect(width(["COLUMNS": "wide"]) == 80)
  }

  @Test("A text is broken between words, below its label, no wider than the terminal")
  func wrapped() {
    let terminal = Terminal(isInteractive: true, allowsColour: false, width: 12)
    #expect(terminal.wrapped("one two three four") == ["one two", "three four"])
    #expect(
      terminal.wrapped("1 2 3 4 5 6", label: "classes ") == [
        "classes 1 2", "        3 4", "        5 6",
      ])
    #expect(terminal.wrapped("undecomposable word") == ["undecomposable", "word"])
    #expect(terminal.wrapped("exactly twelv") == ["exactly", "twelv"])
    #expect(terminal.wrapped("exactl twelv") == ["exactl twelv"])
  }

  @Test("Progress tells share, total, rate and the time left")
  func progress() {
    let terminal = Terminal(isInteractive: true, allowsColour: false, width: 80)
    let progress = Progress("add fp16", total: 4_294_967_296, terminal: terminal)
    let line = progress.line(completed: 1_073_741_824, seconds: 10)
    #expect(line == "add fp16 25 % of 4.29 G cases, 107 M/s, 30 s left")
    let bar = progress.bar(completed: 1_073_741_824, seconds: 10)
    #expect(bar.hasPrefix("[#"))
    #expect(bar.hasSuffix(line))
    #expect(bar.count < 80)
    #expect(Progress.duration(3_725) == "1 h 2 min")
    #expect(Progress.duration(61.2) == "1 min 2 s")
    #expect(progress.line(completed: 0, seconds: 0).hasSuffix("starting"))
  }

  @Test("A resumed run's rate counts its own work only")
  func resumedProgress() {
    let terminal = Terminal(isInteractive: false, allowsColour: false, width: 80)
    let progress = Progress("x", total: 1_000, completed: 900, terminal: terminal)
    #expect(progress.line(completed: 950, seconds: 10) == "x 95 % of 1.00 k cases, 5/s, 10 s left")
  }

  @Test("The nearest names are the ones a typist meant")
  func nearestNames() {
    #expect(NearestNames.of("fp17", among: ["fp16", "bf16", "fp32"]) == ["fp16"])
    #expect(NearestNames.of("ftz", among: ["fzt", "daz"]) == ["fzt"])
    #expect(NearestNames.of("sbu", among: ["add", "sub"]) == ["sub"])
    #expect(NearestNames.of("quaternion", among: ["add", "sub"]).isEmpty)
    #expect(NearestNames.distance("kitten", "sitting") == 3)
    #expect(NearestNames.distance("", "abc") == 3)
  }
}
