// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness
import SoftFloat

/// The digest of every operation of a format in every rounding, by single calls or by loops over
/// buffers.
enum OperationDigests {
  private static let count = 8192
  private static let operations: [ArithmeticOperation] = [
    .add, .sub, .mul, .div, .sqrt, .fma, .remainder, .roundToIntegral, .minimum, .compareQuiet,
    .nextUp, .scaleB, .logB, .toInt32, .convert,
  ]

  private static func operands(_ format: Format, _ seed: UInt64) -> [UInt64] {
    (0..<count).map {
      UInt64(RandomWords.word(seed: seed, index: UInt64($0)))
        & UInt64(format.magnitudeMask | format.signMask)
    }
  }

  static func value(_ format: Format, scalar: Bool) -> UInt64 {
    let a = operands(format, 1), b = operands(format, 2), c = operands(format, 3)
    var digest = Digest()
    for rounding in Rounding.deterministic + [.stochastic(bits: 16, seed: 5)] {
      let semantics = Semantics(rounding: rounding)
      for operation in operations {
        let to: Format = format == .fp32 ? .fp16 : .fp32
        if scalar {
          let evaluate = ScalarEvaluator(
            operation, format: format, to: to, semantics: semantics)
          for i in 0..<count {
            let rounded = evaluate(a[i], b[i], c[i], index: UInt64(i))
            digest.add(rounded.value)
            digest.add(UInt64(rounded.flags.rawValue))
          }
        } else {
          var results = [UInt64](repeating: 0, count: count)
          var flags = [UInt8](repeating: 0, count: count)
          Batch.evaluate(
            operation, format: format, to: to, semantics: semantics, a: a, b: b, c: c,
            count: count, firstIndex: 0, results: &results, flags: &flags)
          for i in 0..<count {
            digest.add(results[i])
            digest.add(UInt64(flags[i]))
          }
        }
      }
    }
    return digest.value
  }
}
