// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// A reference that computes one element and variant at a time.
package struct ScalarReference: Reference {
  /// The name in results.
  package let name: String

  /// `Oracle.evaluate`'s arguments and result.
  package typealias Function =
    @Sendable (ArithmeticOperation, UInt64, UInt64, UInt64, Format, Format, Semantics, UInt64)
    -> Rounded<UInt64>
  private let function: Function

  /// The reference that calls a function.
  package init(name: String, _ function: @escaping Function) {
    self.name = name
    self.function = function
  }

  /// The oracle itself, without the shortcuts of its blocks.
  package static let mpfr = ScalarReference(name: "mpfr-scalar") {
    Oracle.evaluate(
      $0, $1, $2, $3, format: $4, to: $5, semantics: $6, index: $7)
  }

  /// A reference that rounds twice: a suite that does not notice has no power.
  package static func roundingTwice(_ detour: DoubleRoundingReference.Detour) -> ScalarReference {
    let reference = DoubleRoundingReference(detour)
    return ScalarReference(name: "double-rounding") {
      reference.evaluate(
        $0, $1, $2, $3, format: $4, to: $5, semantics: $6, index: $7)
    }
  }

  /// An evaluator that calls the function for each element and variant.
  package func evaluator(
    operation: ArithmeticOperation, format: Format, to: Format, variants: [Semantics]
  ) -> any ReferenceEvaluator {
    Evaluator(self, operation: operation, format: format, to: to, variants: variants)
  }

  private final class Evaluator: ReferenceEvaluator {
    let reference: ScalarReference
    let operation: ArithmeticOperation
    let format: Format
    let to: Format
    let variants: [Semantics]

    init(
      _ reference: ScalarReference, operation: ArithmeticOperation, format: Format, to: Format,
      variants: [Semantics]
    ) {
      self.reference = reference
      self.operation = operation
      self.format = format
      self.to = to
      self.variants = variants
    }

    func evaluate(
      _ block: OperandBlock, results: [UnsafeMutablePointer<UInt64>],
      flags: [UnsafeMutablePointer<UInt8>]
    ) {
      for (variant, semantics) in variants.enumerated() {
        for i in 0..<block.count {
          let rounded = reference.function(
            operation, block.a[i], block.b[i], block.c[i], format, to, semantics,
            block.firstIndex + UInt64(i))
          results[variant][i] = rounded.value
          flags[variant][i] = rounded.flags.rawValue
        }
      }
    }
  }
}
