// SPDX-License-Identifier: Apache-2.0
import Foundation
import Words

/// What the other end of a file descriptor can show.
struct Terminal: Sendable, Equatable {
  /// Whether it is a terminal.
  var isInteractive: Bool
  /// Whether escape sequences for colour may be written.
  var allowsColour: Bool
  /// The number of columns; 80 where it cannot be asked.
  var width: Int

  /// Standard output as it was when first asked about.
  static let output = Terminal(descriptor: STDOUT_FILENO)
  /// Standard error as it was when first asked about.
  static let error = Terminal(descriptor: StandardError.descriptor)

  /// The terminal behind a file descriptor under the variables NO_COLOR, FORCE_COLOR, TERM and
  /// COLUMNS. A nonempty NO_COLOR wins over FORCE_COLOR (no-color.org).
  init(
    descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    isInteractive = isatty(descriptor) == 1
    let isSet = { (name: String) in environment[name].map { !$0.isEmpty } ?? false }
    let isForced = isSet("FORCE_COLOR") && environment["FORCE_COLOR"] != "0"
    let isDumb = environment["TERM"] == "dumb" || !isSet("TERM")
    allowsColour = !isSet("NO_COLOR") && (isForced || (isInteractive && !isDumb))
    var size = winsize()
    let columns =
      isInteractive && ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
      ? Int(size.ws_col) : environment["COLUMNS"].flatMap { Int($0) }
    width = max(columns ?? Terminal.defaultWidth, Terminal.narrowestWidth)
  }

  /// A terminal with the given abilities.
  init(isInteractive: Bool, allowsColour: Bool, width: Int) {
    self.isInteractive = isInteractive
    self.allowsColour = allowsColour
    self.width = width
  }

  private static let defaultWidth = 80
  private static let narrowestWidth = 40

  /// Writes one line that names the program to standard error, in red where colour is allowed, and
  /// further lines as they are.
  static func complain(_ message: String, details: [String] = []) {
    let line = "halfway: " + Echo.message(message)
    // A terminal breaks a line that is too long in the middle of a word; a file keeps it whole.
    func broken(_ line: String) -> [String] { error.isInteractive ? error.wrapped(line) : [line] }
    let lines =
      broken(line).map { error.styled($0, .red) }
      + details.map(Echo.shortened).flatMap { detail in
        // A caret under an expression keeps its place.
        detail.hasPrefix("halfway: ") ? broken(detail) : [detail]
      }
    let text = lines.map { $0 + "\n" }.joined()
    // Where standard error is closed there is nobody to tell.
    _ = Descriptor.write(text, to: StandardError.descriptor)
  }
}

// MARK: - Width

extension Terminal {
  /// The words of a text in lines no wider than the terminal, under a label where there is one.
  func wrapped(_ text: String, label: String = "") -> [String] {
    var lines = [label]
    for word in text.split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.count + word.count + 1 > width, last.count > label.count {
        lines.append(String(repeating: " ", count: label.count) + word)
      } else {
        lines[lines.count - 1] += (last.count > label.count ? " " : "") + word
      }
    }
    return lines
  }
}

// MARK: - Colour

/// An emphasis that a terminal adds to a text which is complete without it.
enum Emphasis: String, Sendable {
  case bold = "1"
  case faint = "2"
  case red = "31"
  case green = "32"
  case yellow = "33"
  case cyan = "36"
}

extension Terminal {
  /// The text with an emphasis, or as it is where colour is not allowed.
  func styled(_ text: String, _ emphasis: Emphasis) -> String {
    allowsColour ? "\u{1b}[\(emphasis.rawValue)m\(text)\u{1b}[0m" : text
  }
}
