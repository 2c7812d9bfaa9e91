// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// The wish of a person or a job scheduler that the process end: SIGINT and SIGTERM set a flag
/// that long work polls; a second one ends the process at once.
enum Interrupt {
  private static let requests = Atomic<Int>(0)

  /// Whether the process was asked to end. One relaxed load: cheap enough for every block of work.
  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  /// Throws the end with status 130 and a message when the process was asked to end.
  static func check(_ message: @autoclosure () -> String) throws(CommandExit) {
    if isRequested { throw CommandExit(.interrupted, message()) }
  }

  /// Installs the handlers.
  static func install() {
    // The first access initialises the flag here, not inside a handler, where locks are forbidden.
    requests.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        if Interrupt.requests.add(1, ordering: .relaxed).oldValue > 0 {
          _exit(ExitStatus.interrupted.rawValue)
        }
      }
    }
    // A reader that leaves early (`| head`) ends the process quietly, also where a parent ignored
    // the signal.
    signal(SIGPIPE, SIG_DFL)
  }
}

/// Ends the process with a status.
func terminate(_ status: ExitStatus) -> Never { exit(status.rawValue) }
