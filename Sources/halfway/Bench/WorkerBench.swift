// SPDX-License-Identifier: Apache-2.0
import KernelChecks

/// What a worker of `check` costs: functions of libm in it beside a plain loop in the same run.
enum WorkerBench {
  struct Row: Codable, Sendable {
    /// libm's name.
    var function: String
    /// The time of an element in nanoseconds.
    var nanoseconds: Double
    /// The time in a plain loop beside the worker's: 1 where it costs nothing.
    var timesLoop: Double

    /// Elements per second, in millions.
    var megaRate: Double { 1000 / nanoseconds }

    /// The row that costs less.
    func fastest(_ other: Row) -> Row { timesLoop >= other.timesLoop ? self : other }
  }

  private static let functions = ["expf", "tanhf", "sinf"]
  #if canImport(Darwin)
    private static let library = "libSystem.dylib"
  #else
    private static let library = "libm.so.6"
  #endif

  /// The calls of which the fastest counts: some in a row, since each side finds its arrays in the
  /// caches only after the first.
  private static let (rounds, calls) = (5, 6)

  /// The rows of some functions; none where the system does not have them.
  static func rows(tool: String, progress: () -> Void) -> [Row] {
    functions.compactMap { function in
      defer { progress() }
      return try? row(function, tool: tool)
    }
  }

  private static func row(_ function: String, tool: String) throws -> Row {
    let comparison = try WorkerComparison(function, of: library, tool: tool)
    let clock = ContinuousClock()
    var (worker, loop) = (Double.infinity, Double.infinity)
    for _ in 0..<rounds {
      for _ in 0..<calls {
        worker = min(worker, try clock.measure { try comparison.callWorker() } / .seconds(1))
      }
      for _ in 0..<calls {
        loop = min(loop, try clock.measure { try comparison.callLoop() } / .seconds(1))
      }
    }
    return Row(
      function: function, nanoseconds: worker * 1e9 / Double(WorkerComparison.elements),
      timesLoop: loop / worker)
  }

  /// The steps that it reports.
  static var steps: Int { functions.count }
}
