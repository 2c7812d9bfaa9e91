// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// The wish of a person or a job scheduler that the process end: SIGINT and SIGTERM set a flag
/// that long work polls; a second one ends the process at once.
enum Interrupt {
  private static let requests = Atomic<Int>(0)
  private static let firstSignal = Atomic<Int32>(0)

  /// Whether the process was asked to end. One relaxed load: cheap enough for every block of work.
  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  /// The status that tells who asked: 143 for SIGTERM, else 130.
  static var status: ExitStatus {
    firstSignal.load(ordering: .relaxed) == SIGTERM ? .terminated : .interrupted
  }

  /// The end that was asked for, with a message.
  static func end(_ message: String) -> CommandExit { CommandExit(status, message) }

  /// Throws the end with a message when the process was asked to end.
  static func check(_ message: @autoclosure () -> String) throws(CommandExit) {
    if isRequested { throw end(message()) }
  }

  /// Tells a person who waits at a terminal that the signal arrived; work stops where its state is
  /// whole.
  private static func acknowledge() {
    guard isatty(StandardError.descriptor) != 0 else { return }
    acknowledgement.withUTF8Buffer { text in
      _ = write(StandardError.descriptor, text.baseAddress, text.count)
    }
  }

  /// A constant: a handler must not allocate.
  private static let acknowledgement: StaticString =
    "\nhalfway: ending after what has begun; once more to end at once\n"

  /// Installs the handlers.
  static func install() {
    // The first access initialises the flags here, not inside a handler, where locks are forbidden.
    requests.store(0, ordering: .relaxed)
    firstSignal.store(0, ordering: .relaxed)
    _ = acknowledgement
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        // A shell counts signals from 128 on.
        if Interrupt.requests.load(ordering: .relaxed) > 0 {
          FolderLock.abandon()
          _exit(128 + number)
        }
        Interrupt.firstSignal.store(number, ordering: .relaxed)
        Interrupt.acknowledge()
        Interrupt.requests.add(1, ordering: .relaxed)
      }
    }
    // A reader that leaves early (`| head`) ends the process quietly, also where a parent ignored
    // the signal.
    signal(SIGPIPE, SIG_DFL)
  }
}

/// Ends the process with a status.
func terminate(_ status: ExitStatus) -> Never { exit(status.rawValue) }
