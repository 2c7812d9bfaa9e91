// SPDX-License-Identifier: Apache-2.0

/// What is known of a run that another framework made and this tool watched, beyond what was
/// measured.
package struct WatchedRecord: Codable, Sendable, Hashable {
  /// The name of the script's file; nil where it is not known.
  package var script: String?
  /// What stood behind it on the command line.
  package var arguments: [String] = []
  /// The framework with its version, such as `torch 2.13.0`.
  package var framework: String?
  /// The interpreter's version.
  package var python: String?
  /// The device that the run computed on.
  package var device: String?
  /// Whether there was no FP64 twin: then only what each operation added is known.
  package var isLocalOnly = false
  /// The number of examples in a batch; nil where it is not known.
  package var batch: Int?
  /// Why there are no more steps, such as `finished`; nil where the recording breaks off.
  package var end: String?
  /// The lines of the script that tensors come from.
  package var sources: [TensorSource] = []
  /// The decisions that were compared with the twin's, those that differed most first.
  package var decisions: [WatchedDecision] = []
  /// What was not compared, and what else a reader should know.
  package var notes: [WatchedNote] = []

  /// Nothing known.
  package init() {}

  /// The line that a tensor comes from; nil where it is not known.
  package func source(of tag: TensorTag) -> String? { sources.first { $0.tensor == tag }?.source }
}

/// The line of a script that a tensor comes from.
package struct TensorSource: Codable, Sendable, Hashable {
  /// The tensor.
  package var tensor: TensorTag
  /// The line, such as `train.py:41`.
  package var source: String

  /// A tensor's line.
  package init(tensor: TensorTag, source: String) {
    self.tensor = tensor
    self.source = source
  }
}

/// Integers or truth values that an operation made of numbers, beside those that the twin would
/// have had.
package struct WatchedDecision: Codable, Sendable, Hashable {
  /// The layer.
  package var layer: String
  /// The operation, such as `max_pool2d`.
  package var operation: String
  /// The line of the script; nil where it is not known.
  package var source: String?
  /// The number of decisions.
  package var count: Int
  /// The number of those that the twin would have made otherwise.
  package var different: Int
  /// The first step with one of them; nil without any.
  package var firstStep: Int?

  /// No decisions of a place.
  package init(layer: String, operation: String, source: String?) {
    self.layer = layer
    self.operation = operation
    self.source = source
    count = 0
    different = 0
  }
}

/// What a watched run's reader should know.
package struct WatchedNote: Codable, Sendable, Hashable {
  /// What it is about.
  package var kind: NoteKind
  /// The layer; nil where it is of none.
  package var layer: String?
  /// The operation; nil where it is of none.
  package var operation: String?
  /// The line of the script; nil where it is not known.
  package var source: String?
  /// What is to be known.
  package var text: String
  /// How often.
  package var count: Int

  /// A note.
  package init(
    kind: NoteKind, layer: String?, operation: String?, source: String?, text: String, count: Int
  ) {
    self.kind = kind
    self.layer = layer
    self.operation = operation
    self.source = source
    self.text = text
    self.count = count
  }
}

/// What a note is about.
package enum NoteKind: String, Codable, Sendable, Hashable, CaseIterable {
  /// Values that the twin took from the run.
  case notCompared = "not-compared"
  /// Several operations in one.
  case fused
  /// Random values, which the twin took from the run.
  case random
  /// What was compiled and ran eagerly.
  case compiled
  /// Anything else that a reader should know.
  case warning
}
