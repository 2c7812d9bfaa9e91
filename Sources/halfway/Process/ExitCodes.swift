// SPDX-License-Identifier: Apache-2.0

/// How a command ended, as the shell sees it. Scripts may rely on every value.
enum ExitStatus: Int32, Sendable, CaseIterable {
  /// What was asked for holds: every case agrees, every gate passes, the result is complete.
  case holds = 0
  /// The command ran to its end and found something: a mismatch, a failed gate.
  case findings = 1
  /// The command could not run: no memory, no permission, a missing library.
  case couldNotRun = 2
  /// Nothing was selected, or too little to conclude from: success would be a false claim.
  case nothingSelected = 3
  /// The command line is wrong (EX_USAGE of sysexits.h).
  case usage = 64
  /// An input file is unreadable or corrupt (EX_DATAERR of sysexits.h).
  case badInput = 65
  /// SIGINT, as of Ctrl-C, ended the work after a checkpoint (128 + SIGINT, as shells count).
  case interrupted = 130
  /// SIGTERM ended the work after a checkpoint (128 + SIGTERM).
  case terminated = 143
}

/// The end of a command before the end of its `run`: a status and, unless the status speaks for
/// itself, one line for standard error.
struct CommandExit: Error, Equatable, CustomStringConvertible {
  /// The exit status of the process.
  var status: ExitStatus
  /// What happened, and what to do about it where that is known; no newline.
  var message: String?
  /// Further lines, such as an expression and a caret under it.
  var details: [String]

  /// The end with a status, and a line if there is something to say.
  init(_ status: ExitStatus, _ message: String? = nil, details: [String] = []) {
    self.status = status
    self.message = message
    self.details = details
  }

  var description: String { message ?? "status \(status.rawValue)" }

  /// The end on a wrong command line.
  static func usage(_ message: String) -> CommandExit { CommandExit(.usage, message) }
}
