// SPDX-License-Identifier: Apache-2.0
import SoftFloat

/// The course of a learning rate: the factor of each step, in FP64 and the same for every twin.
package struct Schedule: Codable, Sendable, Hashable, CustomStringConvertible {
  /// How the factor falls after the warm-up.
  package enum Decay: String, Codable, Sendable, Hashable, CaseIterable {
    /// Not at all.
    case constant
    /// In a straight line to 0 after the last step.
    case linear
    /// As (1 + cos πx) / 2, x the share of the steps taken (Loshchilov and Hutter, 2017).
    case cosine
  }

  /// The steps over which the factor grows in a straight line from 1/warmup to 1.
  package var warmup: Int
  /// How it falls afterwards.
  package var decay: Decay

  /// The factor 1 throughout.
  package static let constant = Schedule(warmup: 0, decay: .constant)

  /// The course.
  package init(warmup: Int, decay: Decay) {
    self.warmup = warmup
    self.decay = decay
  }

  /// The factor of a step, from 1, of a run.
  package func factor(step: Int, of steps: Int) -> Double {
    if step <= warmup { return Double(step) / Double(warmup) }
    let share = Double(step - 1 - warmup) / Double(max(1, steps - warmup))
    switch decay {
    case .constant: return 1
    case .linear: return 1 - share
    case .cosine: return 0.5 * (1 + cosine(ofHalfTurns: share))
    }
  }

  /// The course in words, such as `cosine after 10 steps of warm-up`.
  package var description: String {
    warmup == 0 ? decay.rawValue : "\(decay.rawValue) after \(warmup) steps of warm-up"
  }
}
