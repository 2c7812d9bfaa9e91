// SPDX-License-Identifier: Apache-2.0

import Formats
import SoftFloat

/// The time of single operations, each a call that returns a result and its flags.
enum ScalarBench {
  /// The rows of FP16, BF16 and FP32, round to nearest even, for random finite operands.
  static func rows(_ peers: PeerRates) -> [BenchRow] {
    rows(Binary16.self, peers) + rows(BFloat16.self, peers) + rows(Binary32.self, peers)
      + [conversion(peers)]
  }

  private static func rows<T: SoftwareArithmetic>(_: T.Type, _ peers: PeerRates) -> [BenchRow] {
    let operands = BenchOperands<T.BitPattern>(T.format)
    defer { operands.deallocate() }
    return [
      row(.add, T.self, operands, peers) { add($0, $1, $2) },
      row(.mul, T.self, operands, peers) { multiply($0, $1, $2) },
      row(.div, T.self, operands, peers) { divide($0, $1, $2) },
      row(.sqrt, T.self, operands, peers) { squareRoot($0, $1, $2) },
      row(.fma, T.self, operands, peers) { fused($0, $1, $2) },
    ]
  }

  private static func row<T: SoftwareArithmetic>(
    _ operation: Operation, _: T.Type, _ operands: BenchOperands<T.BitPattern>,
    _ peers: PeerRates, _ call: (T, T, T) -> Rounded<T>
  ) -> BenchRow {
    let count = BenchOperands<T.BitPattern>.count
    var flags: Exceptions = []
    let seconds = BenchTimer.seconds {
      for i in 0..<count {
        let rounded = call(
          T(bitPattern: operands.a[i]), T(bitPattern: operands.b[i]),
          T(bitPattern: operands.c[i]))
        operands.result[i] = rounded.value.bitPattern
        flags.formUnion(rounded.flags)
      }
    }
    withExtendedLifetime(flags) {}
    let nanoseconds = seconds / Double(count) * 1e9
    return BenchRow(
      form: .scalar, operation: operation, format: T.format, to: nil, rounding: .nearestEven,
      nanoseconds: nanoseconds,
      timesMPFR: peers.mpfr(operation, T.format, T.format).map { $0 / nanoseconds },
      timesProcessor: nil)
  }

  private static func conversion(_ peers: PeerRates) -> BenchRow {
    let operands = BenchOperands<UInt32>(.fp32)
    defer { operands.deallocate() }
    let count = BenchOperands<UInt32>.count
    var flags: Exceptions = []
    let seconds = BenchTimer.seconds {
      for i in 0..<count {
        let rounded = convert(Binary32(bitPattern: operands.a[i]))
        operands.result[i] = UInt32(rounded.value.bitPattern)
        flags.formUnion(rounded.flags)
      }
    }
    withExtendedLifetime(flags) {}
    let nanoseconds = seconds / Double(count) * 1e9
    return BenchRow(
      form: .scalar, operation: .convert, format: .fp32, to: .fp16, rounding: .nearestEven,
      nanoseconds: nanoseconds,
      timesMPFR: peers.mpfr(.convert, .fp32, .fp16).map { $0 / nanoseconds },
      timesProcessor: nil)
  }

  // A call for each operation, as from another library: without inlining no loop vectorises.

  @inline(never)
  private static func add<T: SoftwareArithmetic>(_ a: T, _ b: T, _: T) -> Rounded<T> {
    a.adding(b, semantics: Semantics())
  }
  @inline(never)
  private static func multiply<T: SoftwareArithmetic>(_ a: T, _ b: T, _: T) -> Rounded<T> {
    a.multiplied(by: b, semantics: Semantics())
  }
  @inline(never)
  private static func divide<T: SoftwareArithmetic>(_ a: T, _ b: T, _: T) -> Rounded<T> {
    a.divided(by: b, semantics: Semantics())
  }
  @inline(never)
  private static func squareRoot<T: SoftwareArithmetic>(_ a: T, _: T, _: T) -> Rounded<T> {
    a.squareRoot(semantics: Semantics())
  }
  @inline(never)
  private static func fused<T: SoftwareArithmetic>(_ a: T, _ b: T, _ c: T) -> Rounded<T> {
    c.addingProduct(a, b, semantics: Semantics())
  }
  @inline(never)
  private static func convert(_ a: Binary32) -> Rounded<Binary16> {
    a.converted(to: Binary16.self)
  }
}
