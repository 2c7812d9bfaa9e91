// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("Completions and the manual page")
struct CompletionTests {
  @Test("Every shell is offered models, policies, formats, operations, functions and files")
  func values() throws {
    for shell in ["bash", "zsh", "fish"] {
      let script = try Tool.run(["--generate-completion-script", shell]).output
      for word in [
        "transformer", "bf16-kahan", "e4m3", "roundToIntegral", "gelu-tanh", "deepspeed", "hopper",
        "exhaustive", "tensor-cast", "toward-zero", "json5",
      ] {
        #expect(script.contains(word), "\(word) in \(shell)")
      }
    }
  }

  @Test("The manual page has a section for every subcommand, and roff finds nothing to complain of")
  func manual() throws {
    let run = try Tool.shell(
      "sh '\(Repository.root.path)/Experiments/manual/manual.sh' \"$halfway\"")
    #expect(run.status == 0, "\(run.errors)")
    for command in ["report", "verify", "explain", "bench"] {
      #expect(run.output.contains(".SH \"halfway \(command)\"\n"))
    }
    // No line of text begins with what roff takes for a request.
    let requests = run.output.split(separator: "\n").filter {
      $0.hasPrefix(".") || $0.hasPrefix("'")
    }
    #expect(
      requests.allSatisfy {
        $0.hasPrefix(".SH") || $0 == ".nf" || $0 == ".fi" || $0.hasPrefix(".TH")
      })
  }
}
