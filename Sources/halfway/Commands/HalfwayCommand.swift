// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Network
import Words

/// The command `halfway`: parses the command line, runs one subcommand and turns every way of
/// ending into an exit status and at most one line on standard error.
@main
struct HalfwayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "halfway",
    abstract: "Proves and measures low-precision floating-point arithmetic.",
    discussion: """
      Exit status: 0 holds, 1 findings, 2 could not run, 3 nothing to conclude from, 64 usage, \
      65 bad input file, 130 interrupted, 143 terminated. Results go to standard output, progress \
      to standard error.
      """,
    version: Version.current,
    subcommands: [
      ReportCommand.self,
      VerifyCommand.self,
      MergeCommand.self,
      CompareCommand.self,
      AuditCommand.self,
      ElementaryCommand.self,
      UnitsCommand.self,
      CheckCommand.self,
      KernelWorkerCommand.self,
      ExplainCommand.self,
      FormatsCommand.self,
      TrainCommand.self, WatchedCommand.self,
      RunCommand.self,
      SweepCommand.self,
      AttributeCommand.self,
      TuneCommand.self,
      ScanCommand.self,
      ScalersCommand.self,
      PoliciesCommand.self,
      DataCommand.self,
      BenchCommand.self,
    ]
  )

  static func main() async {
    Descriptor.occupyStandard()
    Interrupt.install()
    TensorMemory.limit(to: MemoryForTensors.bytes) { bytes in
      Terminal.complain(MemoryForTensors.problem("the tensors need", bytes))
      // Other threads go on meanwhile: nothing of theirs may be torn down.
      FolderLock.abandon()
      _exit(ExitStatus.couldNotRun.rawValue)
    }
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      try ProcessLimits.check()
      try refuseBytes()
      try refuseUnknownCommand(arguments)
      var command = try await asyncParseAsRoot(arguments)
      if let command = command as? any ThreadedCommand {
        try ProcessLimits.checkThreads(command.threading.count)
      }
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      finish(after: error, arguments: arguments)
    }
  }

  /// Ends with the nearest names when the first word is no subcommand: ArgumentParser would call
  /// it an unexpected argument, and show the help of all for the help of one that does not exist.
  private static func refuseUnknownCommand(_ arguments: [String]) throws(CommandExit) {
    let words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
    guard let word = words.first, !word.hasPrefix("-") else { return }
    let commands = configuration.subcommands
    guard word != "help", !commands.contains(where: { $0._commandName == word }) else { return }
    let known =
      commands.filter { $0.configuration.shouldDisplay }.map { $0._commandName } + ["help"]
    throw .usage(NearestNames.complaint(kind: "command", name: word, known: known))
  }

  /// Throws status 64 when an argument is not UTF-8: repaired, it might name another
  /// file.
  private static func refuseBytes() throws(CommandExit) {
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let bytes = CommandLine.unsafeArgv[index] else { continue }
      if String(validatingCString: bytes) == nil {
        throw .usage(
          "argument \(index), '\(Echo.word(String(cString: bytes)))', is not UTF-8 text")
      }
    }
  }

  /// Ends the process as an error demands.
  private static func finish(after error: any Error, arguments: [String]) -> Never {
    if let end = error as? CommandExit {
      if let message = end.message { Terminal.complain(message, details: end.details) }
      terminate(end.status)
    }
    switch exitCode(for: error) {
    case .success:
      let examples = Examples.text(for: arguments, root: Self.self)
      let text = fullMessage(for: error)
      let isHelp = text.contains("USAGE: ")
      do {
        try StandardOutput.write(isHelp ? HelpText.wrapped(text) + examples : text + "\n")
      } catch {
        Terminal.complain(error.description)
        terminate(error.status)
      }
      terminate(.holds)
    case .validationFailure:
      Terminal.complain(Echo.line(message(for: error)))
      terminate(.usage)
    default:
      Terminal.complain(Echo.line(message(for: error)))
      terminate(.couldNotRun)
    }
  }
}

/// A command that works on several threads.
protocol ThreadedCommand: ParsableCommand {
  /// How many.
  var threading: ThreadOptions { get }
}

/// The version of the tool, which every result carries.
enum Version {
  /// The version in the form major.minor.patch.
  static let current = "0.1.0"
}
