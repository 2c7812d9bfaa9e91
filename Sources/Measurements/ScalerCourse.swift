// SPDX-License-Identifier: Apache-2.0

/// What a rule of loss scaling makes of a trace of overflows.
package struct ScalerCourse: Codable, Sendable, Hashable {
  /// The scale from a step on.
  package struct Change: Codable, Sendable, Hashable {
    /// The first step that is scaled so, from 1.
    package var step: Int
    /// The scale; infinite where a framework's is.
    package var scale: Double

    /// A change.
    package init(step: Int, scale: Double) {
      self.step = step
      self.scale = scale
    }
  }

  /// The rule's name.
  package var rule: String
  /// The rule in words.
  package var description: String
  /// The scale of step 1, and every later one that differs from that of the step before; one whose
  /// step is behind the trace would be that of the next step.
  package var changes: [Change]
  /// The steps that were not taken, those after the framework's error included.
  package var skipped = 0
  /// The overflows that did not lower the scale.
  package var forgiven = 0
  /// The step at which the framework raises an error and training ends; nil for none.
  package var failedAt: Int?

  /// The course of a rule before the first step.
  package init(rule: String, description: String, initial: Double) {
    self.rule = rule
    self.description = description
    changes = [Change(step: 1, scale: initial)]
  }

  /// The scale after the trace.
  package var final: Double { changes[changes.count - 1].scale }
  /// The least scale of any step.
  package var least: Double { changes.reduce(.infinity) { min($0, $1.scale) } }
  /// The greatest scale of any step.
  package var greatest: Double { changes.reduce(0) { max($0, $1.scale) } }
}
