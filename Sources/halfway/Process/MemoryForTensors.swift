// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The memory that tensors may take: two thirds of what is free when the command starts, for
/// batches, copies of them and buffers lie beside them.
enum MemoryForTensors {
  /// The bytes.
  static let bytes: Int = {
    let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    let facts = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)
    let free = facts?.firstMatch(of: /MemAvailable: +([0-9]+) kB/).flatMap { Int($0.1) }
    let left = [free.map { $0 * 1024 }, physical, ProcessLimits.roomForMemory].compactMap(\.self)
    return (left.min() ?? physical) / 3 * 2
  }()

  /// What is wrong where that does not suffice for `bytes`, the need of what is named.
  static func problem(_ need: String, _ bytes: Int) -> String {
    func gigabytes(_ bytes: Int) -> String { String(format: "%.1f GB", Double(bytes) * 1e-9) }
    return "not enough memory: \(need) \(gigabytes(bytes)), and two thirds of what is free are "
      + "\(gigabytes(Self.bytes)); choose a smaller model or batch, or fewer policies"
  }
}
