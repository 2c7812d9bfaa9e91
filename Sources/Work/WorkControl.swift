// SPDX-License-Identifier: Apache-2.0

/// What long work asks of its surroundings: it reads no clock and no signal itself.
package struct WorkControl<State: Sendable>: Sendable {
  /// The number of threads.
  package var threads: Int
  /// Whether the work is to stop at the next block.
  package var isCancelled: @Sendable () -> Bool
  /// A monotonic time in seconds.
  package var seconds: @Sendable () -> Double
  /// Told the number of cases done, after each chunk.
  package var report: @Sendable (_ cases: UInt64) -> Void
  /// Saves a state from which the work can be resumed, every `saveInterval` seconds.
  package var save: @Sendable (State) -> Void
  /// The least time between two saves in seconds: what a kill loses at most, and a chunk.
  package var saveInterval: Double
  /// Takes the lines of every chunk, in the order of the chunks and never from two threads at once;
  /// nil where none are listed. It may block: what waits for it is bounded. False where they could
  /// not be taken; their chunk then is not done.
  package var list: (@Sendable (_ lines: [UInt8]) -> Bool)?

  /// The control that never cancels, reports or saves.
  package init(
    threads: Int = 1, isCancelled: @escaping @Sendable () -> Bool = { false },
    seconds: @escaping @Sendable () -> Double = { 0 },
    report: @escaping @Sendable (UInt64) -> Void = { _ in },
    save: @escaping @Sendable (State) -> Void = { _ in }, saveInterval: Double = 2
  ) {
    self.threads = threads
    self.isCancelled = isCancelled
    self.seconds = seconds
    self.report = report
    self.save = save
    self.saveInterval = saveInterval
  }
}
