// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Policies

/// A trace of overflows through rules of loss scaling.
package enum ScalerSimulation {
  /// What a rule makes of a trace.
  ///
  /// The overflows are given: whether a step of this rule's scale would have overflowed too is not
  /// asked.
  ///
  /// - Parameter isCancelled: asked now and then; the course then ends where it is.
  package static func course(
    _ rule: LossScaling, _ trace: OverflowTrace, isCancelled: () -> Bool = { false }
  ) -> ScalerCourse {
    var scaler = LossScaler(rule)
    var course = ScalerCourse(
      rule: rule.name, description: "\(rule)", initial: Double(scaler.scale))
    var step = 0
    for run in trace.runs {
      for _ in 0..<run.count {
        step += 1
        if step & 0xffff == 0, isCancelled() { return course }
        guard !scaler.hasFailed else {
          course.skipped += 1
          continue
        }
        let before = scaler.scale
        scaler.update(overflowed: run.overflows, share: run.share)
        if run.overflows {
          course.skipped += 1
          if scaler.scale == before, !scaler.hasFailed { course.forgiven += 1 }
        }
        if scaler.hasFailed { course.failedAt = step }
        if scaler.scale != before {
          course.changes.append(.init(step: step + 1, scale: Double(scaler.scale)))
        }
      }
    }
    return course
  }
}
