// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// The loss scales that keep those of the reference's gradients within a format that a policy
/// rounds to it: from (η/2) / q to Ω / max |g|, with q the magnitude below which a share of
/// `GradientMagnitudes.quantile` of the nonzero values lies.
package struct LossScaleWindow: Hashable, Sendable, Codable {
  /// The format's id.
  package var format: String
  /// The greatest of the steps' least scales.
  package var least: Double
  /// The least of the steps' greatest scales.
  package var greatest: Double

  /// Whether no scale serves all steps: layers or steps then want scales of their own.
  package var isEmpty: Bool { least > greatest }

  /// The windows of the formats that a policy's gradients take, by their ids, over all measured
  /// steps.
  static func all(_ run: PolicyRun) -> [LossScaleWindow] {
    let formats = run.steps.reduce(into: Set<String>()) {
      $0.formUnion(($1.magnitudesByFormat ?? [:]).keys)
    }
    return formats.sorted().compactMap { Format(id: $0) }.filter(
      GradientMagnitudes.wantScale
    ).compactMap { format in
      let steps = run.steps.compactMap { $0.magnitudesByFormat?[format.id] }
      guard let least = steps.map({ $0.leastScale(in: format) }).max(),
        let greatest = steps.map({ $0.greatestScale(in: format) }).min()
      else { return nil }
      return LossScaleWindow(format: format.id, least: least, greatest: greatest)
    }
  }

  /// What fits all of a policy's formats; nil without one.
  static func common(_ windows: [LossScaleWindow]) -> LossScaleWindow? {
    guard let least = windows.max(by: { $0.least < $1.least }),
      let greatest = windows.min(by: { $0.greatest < $1.greatest })
    else { return nil }
    return LossScaleWindow(
      format: windows.map(\.format).joined(separator: " and "), least: least.least,
      greatest: greatest.greatest)
  }

  /// The powers of two inside: the exponents of the least and the greatest; nil where there is
  /// none.
  var exponents: ClosedRange<Int>? {
    let low = Int(Powers.log2(least).rounded(.up))
    let high = Int(Powers.log2(greatest).rounded(.down))
    return low <= high ? low...high : nil
  }
}
