// SPDX-License-Identifier: Apache-2.0
import Formats

/// Which of eight runs of pairs have the same exact results up to the sign, by identities that hold
/// of exact numbers: x + y = y + x = -(-x - y), x - y = -(y - x), xy = yx = -(-x)y,
/// x / y = -(-x) / y, and remainder(-x, ±y) = -remainder(x, y).
///
/// A class is numbered by the run that its results are computed from. NaNs, infinities and zeros
/// obey the identities in their number class alone: their results are delivered element by element.
package struct SharedRuns {
  /// The runs of a group.
  static let count = 8
  /// The pairs of a run.
  package static let length = 64
  /// The pairs of a group.
  static let groupSize = count * length

  /// For each run, the first run of its class.
  private(set) var source = SIMD8<UInt8>(0, 1, 2, 3, 4, 5, 6, 7)
  /// For each run, whether its results are the opposites of the first run's.
  private(set) var isOpposite = SIMD8<UInt8>()

  /// The classes of a group of pairs under an operation; nil where its second to fourth run, or the
  /// three behind its fifth, are not the first with operands negated or swapped, or the operation
  /// has no identity.
  init?(
    _ operation: ArithmeticOperation, _ a: UnsafePointer<UInt64>, _ b: UnsafePointer<UInt64>,
    sign: UInt64
  ) {
    guard Identity(operation, isSwapped: false, 0, 0) != nil else { return nil }
    var numbers = SIMD8<UInt8>()
    var negations = SIMD8<UInt8>()
    let half = SharedRuns.count / 2
    var base = 0
    var isSwapped = false
    for run in 0..<SharedRuns.count {
      if run == half {
        isSwapped = SharedRuns.signs(a, b, base, run, isSwapped: true, sign) != nil
        if !isSwapped { base = half }
      }
      guard
        let (x, y) = SharedRuns.signs(a, b, base, run, isSwapped: run >= half && isSwapped, sign),
        let identity = Identity(operation, isSwapped: run >= half && isSwapped, x, y)
      else { return nil }
      let number = UInt8(truncatingIfNeeded: base) | identity.number
      numbers[run] = number
      negations[run] = identity.negation
      for earlier in 0..<run where numbers[earlier] == number {
        source[run] = UInt8(truncatingIfNeeded: earlier)
        isOpposite[run] = identity.negation ^ negations[earlier]
        break
      }
    }
  }

  /// The signs, 0 or 1, by which a run's operands differ from those of another run; nil where they
  /// differ in more.
  @inline(__always)
  private static func signs(
    _ a: UnsafePointer<UInt64>, _ b: UnsafePointer<UInt64>, _ base: Int, _ run: Int,
    isSwapped: Bool, _ sign: UInt64
  ) -> (x: UInt8, y: UInt8)? {
    let (x, y) = (a + base * length, b + base * length)
    let (u, v) =
      isSwapped
      ? (b + run * length, a + run * length) : (a + run * length, b + run * length)
    let xSign = (u[0] ^ x[0]) & sign
    let ySign = (v[0] ^ y[0]) & sign
    var difference: UInt64 = 0
    for i in 0..<length {
      difference |= (u[i] ^ x[i] ^ xSign) | (v[i] ^ y[i] ^ ySign)
    }
    return difference == 0 ? (xSign == 0 ? 0 : 1, ySign == 0 ? 0 : 1) : nil
  }
}

/// The class that the result for operands ±x and ±y belongs to, and its sign there.
private struct Identity {
  /// 0 or 1.
  let number: UInt8
  /// 1 for the opposite.
  let negation: UInt8

  /// The result of `operation` on x and y negated by their signs, swapped or not; nil for
  /// operations without an identity.
  @inline(__always)
  init?(_ operation: ArithmeticOperation, isSwapped: Bool, _ x: UInt8, _ y: UInt8) {
    let swap: UInt8 = isSwapped ? 1 : 0
    switch operation {
    // x + y and x - y are the classes.
    case .add: (number, negation) = (x ^ y, x)
    case .sub: (number, negation) = (x ^ y, x ^ swap)
    case .mul: (number, negation) = (0, x ^ y)
    // x / y and y / x are the classes.
    case .div: (number, negation) = (swap, x ^ y)
    case .remainder: (number, negation) = (swap, isSwapped ? y : x)
    default: return nil
    }
  }
}
