// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// The loss scales that keep the reference's gradients within a format: from (η/2) / q to Ω / max
/// |g|, with q the magnitude below which a share of `GradientMagnitudes.quantile` of the nonzero
/// values lies.
public struct LossScaleWindow: Hashable, Sendable, Codable {
  /// The format's id.
  public var format: String
  /// The greatest of the steps' least scales.
  public var least: Double
  /// The least of the steps' greatest scales.
  public var greatest: Double

  /// Whether no scale serves all steps: layers or steps then want scales of their own.
  public var isEmpty: Bool { least > greatest }

  /// The window over all measured steps of a reference; nil where none has gradients.
  init?(_ format: Format, reference: PolicyRun) {
    let steps = reference.steps.compactMap(\.magnitudes)
    guard let least = steps.map({ $0.leastScale(in: format) }).max(),
      let greatest = steps.map({ $0.greatestScale(in: format) }).min()
    else { return nil }
    self.format = format.id
    self.least = least
    self.greatest = greatest
  }

  /// The powers of two inside: the exponents of the least and the greatest; nil where there is
  /// none.
  var exponents: ClosedRange<Int>? {
    let low = Int(Elementary.log2(least).rounded(.up))
    let high = Int(Elementary.log2(greatest).rounded(.down))
    return low <= high ? low...high : nil
  }

  /// The narrow formats that the gradients of a run's policies are stored in.
  static func formats(_ run: TrainingRun) -> [Format] {
    run.policies.flatMap(\.tensors).reduce(into: [Format]()) { known, series in
      guard series.tag.kind.direction == .backward, let format = Format(id: series.format),
        format.bitWidth <= 16, !known.contains(format)
      else { return }
      known.append(format)
    }
  }
}
