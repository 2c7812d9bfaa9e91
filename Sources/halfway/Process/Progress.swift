// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// The advance of long work on standard error: a bar with rate and time left on a terminal,
/// otherwise a line every ten seconds. Any thread may report.
final class Progress: Sendable {
  private struct State {
    var completed: UInt64
    var lastShown: ContinuousClock.Instant
  }

  private let label: String
  private let unit: String
  private let total: UInt64
  private let initial: UInt64
  private let terminal: Terminal
  private let start: ContinuousClock.Instant
  private let state: Mutex<State>

  /// Work of `total` units, of which a resumed run already has `completed`.
  init(
    _ label: String, total: UInt64, completed: UInt64 = 0, unit: String = "cases",
    terminal: Terminal = .error
  ) {
    self.label = label
    self.unit = unit
    self.total = total
    self.initial = completed
    self.terminal = terminal
    start = .now
    state = Mutex(State(completed: completed, lastShown: start))
  }

  /// Reports that `count` units in all are done. Cheap when there is nothing to show yet.
  func report(completed count: UInt64) {
    state.withLock { state in
      state.completed = max(state.completed, count)
      showIfDue(&state)
    }
  }

  /// Reports that `count` more units are done.
  func advance(by count: UInt64) {
    state.withLock { state in
      state.completed += count
      showIfDue(&state)
    }
  }

  /// Removes the bar; lines stay.
  func finish() {
    state.withLock { _ in
      if terminal.isInteractive { Progress.emit("\r\u{1b}[2K") }
    }
  }

  private func showIfDue(_ state: inout State) {
    let now = ContinuousClock.now
    let interval: Duration = terminal.isInteractive ? .milliseconds(100) : .seconds(10)
    guard now - state.lastShown >= interval else { return }
    state.lastShown = now
    let elapsed = (now - start) / .seconds(1)
    if terminal.isInteractive {
      Progress.emit("\r\u{1b}[2K" + bar(completed: state.completed, seconds: elapsed))
    } else {
      Progress.emit(line(completed: state.completed, seconds: elapsed) + "\n")
    }
  }

  /// A terminal that is stopped does not stop the work.
  private static func emit(_ text: String) {
    _ = Descriptor.write(text, to: StandardError.descriptor, waits: false)
  }
}

// MARK: - Text

extension Progress {
  /// The line after a number of seconds: share, count, rate, time left.
  func line(completed: UInt64, seconds: Double) -> String {
    let rate = seconds > 0 ? Double(completed - initial) / seconds : 0
    // A stream does not tell its length.
    if total == 0 {
      return "\(label) \(Progress.scaled(Double(completed))) \(unit), \(Progress.scaled(rate))/s"
    }
    let share = Double(completed) / Double(total)
    let left = rate > 0 ? Double(total - min(completed, total)) / rate : nil
    let percent = Int((share * 100).rounded(.down))
    return "\(label) \(percent) % of \(Progress.scaled(Double(total))) \(unit), "
      + "\(Progress.scaled(rate))/s, \(left.map { Progress.duration($0) + " left" } ?? "starting")"
  }

  /// The bar after a number of seconds, at most one column short of the terminal's width.
  func bar(completed: UInt64, seconds: Double) -> String {
    let text = line(completed: completed, seconds: seconds)
    let room = terminal.width - text.count - 4
    guard room >= 8, total > 0 else { return String(text.prefix(terminal.width - 1)) }
    let share = min(1, Double(completed) / Double(total))
    let filled = Int(share * Double(min(room, 30)))
    let empty = min(room, 30) - filled
    return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: empty)
      + "] " + text
  }

  /// A number to three digits with the prefix k, M, G or T: 1.25 M.
  static func scaled(_ value: Double) -> String {
    let prefixes = ["", " k", " M", " G", " T", " P", " E"]
    var scaled = value
    var index = 0
    while scaled >= 999.5, index < prefixes.count - 1 {
      scaled /= 1000
      index += 1
    }
    let isWhole = index == 0 && value == value.rounded()
    let digits = isWhole || scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2
    return String(format: "%.\(digits)f", scaled) + prefixes[index]
  }

  /// A time in seconds as `42 s`, `3 min 20 s` or `2 h 5 min`.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(min(seconds.rounded(.up), 1e9))
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3600: return "\(whole / 60) min \(whole % 60) s"
    default: return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
  }
}
