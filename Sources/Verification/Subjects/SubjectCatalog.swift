// SPDX-License-Identifier: Apache-2.0

/// The subjects the command line knows.
package enum SubjectCatalog {
  /// The subjects with a line on each.
  package static let all: [(subject: any Subject, summary: String)] = [
    (SoftSubject(), "the scalar software arithmetic"),
    (BatchSubject(), "the same arithmetic over buffers, vectorised"),
    (NarrowSubject(), "the scalar software arithmetic in 32-bit lanes"),
    (TypedSubject(), "the operations of Binary16, BFloat16 and the other types, with flags"),
    (CastSubject(), "Batch.cast, conversions without flags"),
    (TensorCastSubject(), "fp32 buffers rounded in place, as training does"),
    (ProductSubject(), "elements of matrix products: add, mul and fma of fp16, bf16 and fp32"),
    (NativeSubject(), "the processor through Swift's Float16 and Float; bf16 and tf32 by FP32"),
    (ShortcutSubject.fp32, "one FP32 operation of the processor, then one rounding"),
    (ShortcutSubject.fp64, "one FP64 operation of the processor, then one rounding"),
  ]

  /// The subject of a name, nil when there is none.
  package static func subject(named name: String) -> (any Subject)? {
    all.first { $0.subject.name == name.lowercased() }?.subject
  }
}
