// SPDX-License-Identifier: Apache-2.0

/// The losses of one fixed set of examples before the first and after the last step: what was
/// learned, without what one batch differs from another by.
package struct ExampleLosses: Codable, Sendable, Hashable {
  /// The mean loss of each batch of them from the initial weights, evaluated in FP64 on what the
  /// policy predicts; nil where it is not finite.
  package var start: [Double?]
  /// The same from the trained weights.
  package var end: [Double?]

  /// The losses.
  package init(start: [Double?], end: [Double?]) {
    self.start = start
    self.end = end
  }

  /// The mean loss before the first step; nil where one is not finite.
  package var startLoss: Double? { Self.mean(start) }
  /// The mean loss after the last.
  package var endLoss: Double? { Self.mean(end) }

  /// How much the loss of each batch fell; nil where one is not finite.
  package var progress: [Double]? {
    let falls = zip(start, end).compactMap { start, end in start.flatMap { s in end.map { s - $0 } }
    }
    return falls.isEmpty || falls.count != start.count ? nil : falls
  }

  private static func mean(_ losses: [Double?]) -> Double? {
    let finite = losses.compactMap(\.self)
    guard !finite.isEmpty, finite.count == losses.count else { return nil }
    return finite.reduce(0, +) / Double(finite.count)
  }
}
