// SPDX-License-Identifier: Apache-2.0
import Costs
import JSON5

/// A machine of one's own as a file has it: peaks in TFLOP/s without sparsity, bandwidth in TB/s.
package enum MachineFile {
  private static let keys = ["name", "peaks", "bandwidth", "watts", "source", "date"]

  /// The machine of a text.
  ///
  /// - Throws: `ExperimentProblems` with everything that is wrong.
  package static func read(
    _ bytes: [UInt8], path: String
  ) throws(ExperimentProblems) -> Machine {
    let value = try ExperimentProblems.read(bytes, path: path)
    let problems = JSON5Problems(path: path)
    let machine = machine(value, problems)
    guard problems.list.isEmpty, let machine else { throw ExperimentProblems(problems) }
    return machine
  }

  /// Whether a number may be a machine's: times and energies stay finite and above zero, and beyond
  /// them lies a slip of the exponent.
  private static func isOfMachine(_ value: Double) -> Bool { (1e-9...1e9).contains(value) }

  private static func machine(_ value: JSON5Value, _ problems: JSON5Problems) -> Machine? {
    guard let fields = JSON5Fields(value, of: "a machine", known: keys, problems) else {
      return nil
    }
    let name = fields.demand("name", .text(String.shortNameRule) { $0.isShortName })
    let bandwidth = fields.demand("bandwidth", .number("TB/s, from 1e-9 to 1e9", Self.isOfMachine))
    let watts = fields.read("watts", .number("W, from 1e-9 to 1e9", Self.isOfMachine))
    let source = fields.read("source", .text("where the numbers come from") { !$0.isEmpty })
    let date = fields.read("date", .text("the date of the source") { !$0.isEmpty })
    var peaks: [ArithmeticKind: Double] = [:]
    let known = ArithmeticKind.allCases.map(\.rawValue)
    if let value = fields.value("peaks") {
      if let rates = JSON5Fields(value, of: "the peaks", known: known, problems) {
        for kind in ArithmeticKind.allCases {
          if let rate = rates.read(
            kind.rawValue, .number("TFLOP/s, from 1e-9 to 1e9", Self.isOfMachine))
          {
            peaks[kind] = rate * 1e12
          }
        }
        if rates.object.members.isEmpty { fields.refuse("peaks", "'peaks' names no arithmetic") }
      }
    } else {
      fields.demandKey("peaks", "TFLOP/s of " + known.joined(separator: ", "))
    }
    guard let name, let bandwidth else { return nil }
    return Machine(
      name: name, peaks: peaks, bandwidth: bandwidth * 1e12, watts: watts,
      source: CostSource(source ?? path(problems), date: date))
  }

  /// Who says so where the file does not.
  private static func path(_ problems: JSON5Problems) -> String { "the file \(problems.path)" }
}
