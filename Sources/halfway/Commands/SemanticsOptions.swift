// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Formats
import Foundation
import Verification
import Words

/// The attributes of an evaluation other than its rounding.
struct SemanticsOptions: ParsableArguments {
  @Option(
    name: .long,
    help: """
      Detect tininess before or after rounding; after by default, before for FPgen's vectors.
      """, completion: Completions.tininess)
  var tininess: String?

  @Option(
    name: .long, help: "Subnormal numbers: gradual, ftz, daz, ftz-daz.",
    completion: Completions.subnormals)
  var subnormals = SubnormalMode.gradual.rawValue

  @Option(name: .long, help: "NaN results: canonical, propagate.", completion: Completions.nans)
  var nan = NaNPolicy.canonical.rawValue

  @Option(name: .long, help: "Overflow: ieee, saturate.", completion: Completions.overflows)
  var overflow = OverflowPolicy.ieee.rawValue

  /// The attributes with the default rounding; a usage error on an unknown name.
  func semantics() throws(CommandExit) -> Semantics {
    Semantics(
      tininess: try read(
        "tininess", tininess ?? Tininess.afterRounding.rawValue, "--tininess"),
      subnormals: try read("subnormal mode", subnormals, "--subnormals"),
      nan: try read("NaN policy", nan, "--nan"),
      overflow: try read("overflow policy", overflow, "--overflow"))
  }

  private func read<Value: RawRepresentable & CaseIterable>(
    _ kind: String, _ word: String, _ option: String
  ) throws(CommandExit) -> Value where Value.RawValue == String {
    if let value = Value(rawValue: word.lowercased()) { return value }
    throw .usage(
      NearestNames.complaint(
        kind: kind, name: word, known: Value.allCases.map(\.rawValue), option: option))
  }
}
