// SPDX-License-Identifier: Apache-2.0

/// Something that a kernel did and no kernel may do, with the least input that still does it.
package struct KernelFinding: Hashable, Sendable, Codable {
  /// What it did.
  package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Its process ended with a signal.
    case crash
    /// It gave no answer within the time limit.
    case hang
    /// It wrote beside its output.
    case outside
    /// It changed its input.
    case inputChanged = "input-changed"
    /// It left outputs as they were.
    case unwritten
    /// The result of an element depends on what else is in the block.
    case blockDependent = "block-dependent"
    /// A second call with the same input gave other bits.
    case nondeterministic
    /// It said itself that it failed.
    case failed
  }

  package var kind: Kind
  /// The operands of the element, or of the first of a block, as encodings.
  package var operands: [UInt64]
  /// The number of elements of the least block that does it.
  package var count: Int
  /// What is known of it: the signal and the place, in one clause.
  package var detail: String

  /// The order in which findings are listed and kept.
  static func precede(_ a: KernelFinding, _ b: KernelFinding) -> Bool {
    (a.operands.lexicographicallyPrecedes(b.operands))
      || (a.operands == b.operands && a.kind.rawValue < b.kind.rawValue)
  }
}
