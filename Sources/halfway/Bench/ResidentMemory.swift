// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The memory of the process as Linux tells it.
enum ResidentMemory {
  /// The bytes that the process has held at most so far; nil where the system does not tell.
  static var peak: Int? {
    // The line "VmHWM: 26720 kB", in units of 1024 bytes: proc(5).
    let status = try? String(contentsOf: URL(filePath: "/proc/self/status"), encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
      .map { $0 * 1024 }
  }
}
