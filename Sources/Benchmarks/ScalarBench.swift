// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// The time of single operations, each a call that returns a result and its flags.
package enum ScalarBench {
  /// The rows of FP16, BF16 and FP32, round to nearest even, for random finite operands.
  package static func rows(_ peers: PeerRates) -> [BenchRow] {
    rows(Binary16.self, peers) + rows(BFloat16.self, peers) + rows(Binary32.self, peers)
      + [conversion(peers)]
  }

  private static func rows<T: SoftwareArithmetic>(_: T.Type, _ peers: PeerRates) -> [BenchRow] {
    let operands = BenchOperands<T.BitPattern>(T.format)
    defer { operands.deallocate() }
    return [
      row(.add, ScalarSum<T>.self, operands, peers),
      row(.mul, ScalarProduct<T>.self, operands, peers),
      row(.div, ScalarQuotient<T>.self, operands, peers),
      row(.sqrt, ScalarRoot<T>.self, operands, peers),
      row(.fma, ScalarFusedProduct<T>.self, operands, peers),
    ]
  }

  private static func conversion(_ peers: PeerRates) -> BenchRow {
    let operands = BenchOperands<UInt32>(.fp32)
    defer { operands.deallocate() }
    return row(.convert, ScalarConversion.self, operands, peers)
  }

  private static func row<K: ScalarCall>(
    _ operation: ArithmeticOperation, _: K.Type, _ operands: BenchOperands<K.Operand.BitPattern>,
    _ peers: PeerRates
  ) -> BenchRow {
    let count = BenchOperands<K.Operand.BitPattern>.count
    var flags: Exceptions = []
    let seconds = BenchTimer.seconds {
      for i in 0..<count {
        let rounded = K.call(
          K.Operand(bitPattern: operands.a[i]), K.Operand(bitPattern: operands.b[i]),
          K.Operand(bitPattern: operands.c[i]))
        operands.result[i] = K.Operand.BitPattern(truncatingIfNeeded: rounded.value.bitPattern)
        flags.formUnion(rounded.flags)
      }
    }
    withExtendedLifetime(flags) {}
    let nanoseconds = seconds / Double(count) * 1e9
    let (from, to) = (K.Operand.format, K.Result.format)
    return BenchRow(
      form: .scalar, operation: operation, format: from, to: from == to ? nil : to,
      rounding: .nearestEven, nanoseconds: nanoseconds,
      timesMPFR: peers.mpfr(operation, from, to).map { $0 / nanoseconds }, timesProcessor: nil)
  }
}

/// One call of an operation as from another library: never inlined, so that no loop over it
/// vectorises.
private protocol ScalarCall {
  associatedtype Operand: SoftwareFloat
  associatedtype Result: SoftwareFloat
  static func call(_ a: Operand, _ b: Operand, _ c: Operand) -> Rounded<Result>
}

private enum ScalarSum<T: SoftwareArithmetic>: ScalarCall {
  @inline(never)
  static func call(_ a: T, _ b: T, _ c: T) -> Rounded<T> { a.adding(b, semantics: Semantics()) }
}

private enum ScalarProduct<T: SoftwareArithmetic>: ScalarCall {
  @inline(never)
  static func call(_ a: T, _ b: T, _ c: T) -> Rounded<T> {
    a.multiplied(by: b, semantics: Semantics())
  }
}

private enum ScalarQuotient<T: SoftwareArithmetic>: ScalarCall {
  @inline(never)
  static func call(_ a: T, _ b: T, _ c: T) -> Rounded<T> {
    a.divided(by: b, semantics: Semantics())
  }
}

private enum ScalarRoot<T: SoftwareArithmetic>: ScalarCall {
  @inline(never)
  static func call(_ a: T, _ b: T, _ c: T) -> Rounded<T> { a.squareRoot(semantics: Semantics()) }
}

private enum ScalarFusedProduct<T: SoftwareArithmetic>: ScalarCall {
  @inline(never)
  static func call(_ a: T, _ b: T, _ c: T) -> Rounded<T> {
    c.addingProduct(a, b, semantics: Semantics())
  }
}

private enum ScalarConversion: ScalarCall {
  @inline(never)
  static func call(_ a: Binary32, _ b: Binary32, _ c: Binary32) -> Rounded<Binary16> {
    a.converted(to: Binary16.self)
  }
}
