// SPDX-License-Identifier: Apache-2.0
import Recordings
import Synchronization

/// The recorders that are open, by their numbers: one that is closed or was never there is told
/// from one that is, whatever number comes.
enum OpenRecorders {
  private struct State {
    var recorders: [UInt64: Shared] = [:]
    var last: UInt64 = 0
  }

  /// A recorder that one call at a time uses.
  final class Shared: Sendable {
    private let recorder: Mutex<Recorder?>

    init(_ recorder: sending Recorder) { self.recorder = Mutex(recorder) }

    /// Calls `body` with the recorder, or throws where it was closed meanwhile.
    func use(
      _ body: (Recorder) throws(RecordingProblem) -> Void
    ) throws(RecordingProblem) {
      try recorder.withLock { recorder throws(RecordingProblem) in
        guard let recorder else { throw RecordingProblem("the recorder is closed") }
        try body(recorder)
      }
    }

    /// Closes the recorder.
    func close(_ reason: String) throws(RecordingProblem) {
      try recorder.withLock { recorder throws(RecordingProblem) in
        defer { recorder = nil }
        try recorder?.close(reason)
      }
    }
  }

  private static let state = Mutex(State())

  /// The number of a new recorder.
  static func add(_ recorder: sending Recorder) -> UInt64 {
    let shared = Shared(recorder)
    return state.withLock {
      $0.last += 1
      $0.recorders[$0.last] = shared
      return $0.last
    }
  }

  /// The recorder of a number.
  static subscript(_ number: UInt64) -> Shared? {
    state.withLock { $0.recorders[number] }
  }

  /// Takes a recorder away.
  static func remove(_ number: UInt64) -> Shared? {
    state.withLock { $0.recorders.removeValue(forKey: number) }
  }
}
