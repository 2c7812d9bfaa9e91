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

  /// The rows of some functions; none where the system does not have them.
  static func rows(tool: String, progress: () -> Void) -> [Row] {
    functions.compactMap { function in
      defer { progress() }
      guard let cost = try? WorkerCost.measure(function, of: library, tool: tool) else {
        return nil
      }
      return Row(
        function: function, nanoseconds: cost.nanoseconds,
        timesLoop: cost.loopNanoseconds / cost.nanoseconds)
    }
  }

  /// The steps that it reports.
  static var steps: Int { functions.count }
}
