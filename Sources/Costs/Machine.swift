// SPDX-License-Identifier: Apache-2.0

/// What a machine can do at most: its peaks without sparsity, and the bandwidth of its memory.
package struct Machine: Codable, Sendable, Hashable {
  /// The short name, such as `h100`.
  package var name: String
  /// Floating-point operations a second by kind of arithmetic, a multiplication and an addition
  /// being two; kinds that it has not, or of which nothing is known, are missing.
  package var peaks: [ArithmeticKind: Double]
  /// Bytes a second.
  package var bandwidth: Double
  /// The power that it may draw, in W; nil where nobody said.
  package var watts: Double?
  /// Where the numbers come from.
  package var source: CostSource

  /// A machine.
  package init(
    name: String, peaks: [ArithmeticKind: Double], bandwidth: Double, watts: Double? = nil,
    source: CostSource
  ) {
    self.name = name
    self.peaks = peaks
    self.bandwidth = bandwidth
    self.watts = watts
    self.source = source
  }

  /// The known machines.
  package static let all = [a100, h100, h200, b200]

  /// The machine of a name; nil for another.
  package static func named(_ name: String) -> Machine? {
    all.first { $0.name == name.lowercased() }
  }

  /// Peaks in TFLOP/s and a bandwidth in TB/s. Vendors' sheets print twice these peaks for matrix
  /// units: with structured sparsity.
  private static func machine(
    _ name: String, fp32: Double, tf32: Double, half: Double, fp8: Double? = nil,
    fp4: Double? = nil, bandwidth: Double, watts: Double
  ) -> Machine {
    let rates: [(ArithmeticKind, Double?)] = [
      (.fp32, fp32), (.tf32, tf32), (.fp16, half), (.bf16, half), (.fp8, fp8), (.fp4, fp4),
    ]
    var peaks: [ArithmeticKind: Double] = [:]
    for case (let kind, let rate?) in rates { peaks[kind] = rate * 1e12 }
    return Machine(
      name: name, peaks: peaks, bandwidth: bandwidth * 1e12, watts: watts,
      source: CostSource(
        "secondary: S. Bekman, Machine Learning Engineering, compute/accelerator/README.md",
        date: "commit b9e2972"))
  }

  package static let a100 = machine(
    "a100", fp32: 19.5, tf32: 156, half: 312, bandwidth: 1.6, watts: 400)
  package static let h100 = machine(
    "h100", fp32: 67, tf32: 494.5, half: 989, fp8: 1979, bandwidth: 3.35, watts: 700)
  package static let h200 = machine(
    "h200", fp32: 67, tf32: 494.5, half: 989, fp8: 1979, bandwidth: 4.8, watts: 700)
  package static let b200 = machine(
    "b200", fp32: 80, tf32: 1125, half: 2250, fp8: 4500, fp4: 9000, bandwidth: 8, watts: 1000)
}
