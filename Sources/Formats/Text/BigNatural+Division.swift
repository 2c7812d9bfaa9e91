// SPDX-License-Identifier: Apache-2.0

extension BigNatural {
  /// Quotient and remainder by a nonzero number (Knuth, The Art of Computer Programming, volume 2,
  /// 4.3.1, algorithm D, in base 2^32).
  package func quotientAndRemainder(by divisor: Self) -> (quotient: Self, remainder: Self) {
    guard self >= divisor else { return (BigNatural(), self) }
    // With the divisor's top bit set, a digit's estimate is at most two too large.
    let shift = 32 * divisor.limbs.count - divisor.bitWidth
    let v = (divisor << shift).limbs
    var u = (self << shift).limbs
    u += [UInt32](repeating: 0, count: limbs.count + 1 - u.count)
    let n = v.count
    var quotient = [UInt32](repeating: 0, count: u.count - n)
    for j in (0..<quotient.count).reversed() {
      let digit = BigNatural.subtractMultiple(of: v, from: &u, at: j)
      quotient[j] = digit
    }
    return (BigNatural(limbs: quotient), BigNatural(limbs: Array(u[..<n])) >> shift)
  }

  /// The quotient digit of weight 2^(32 j); takes its multiple of `v` off `u`.
  private static func subtractMultiple(
    of v: [UInt32], from u: inout [UInt32], at j: Int
  ) -> UInt32 {
    let n = v.count
    let base: UInt64 = 1 << 32
    let top = UInt64(u[j + n]) << 32 | UInt64(u[j + n - 1])
    var digit = min(top / UInt64(v[n - 1]), base - 1)
    // The second digit of the divisor lowers the estimate to at most one too large.
    while n > 1 {
      let rest = top - digit * UInt64(v[n - 1])
      if rest >= base || digit * UInt64(v[n - 2]) <= rest << 32 | UInt64(u[j + n - 2]) { break }
      digit -= 1
    }
    var carry: UInt64 = 0
    var borrow: Int64 = 0
    for i in 0..<n {
      carry += digit * UInt64(v[i])
      borrow += Int64(u[i + j]) - Int64(carry & (base - 1))
      u[i + j] = UInt32(truncatingIfNeeded: borrow)
      carry >>= 32
      borrow >>= 32
    }
    borrow += Int64(u[j + n]) - Int64(carry)
    u[j + n] = UInt32(truncatingIfNeeded: borrow)
    guard borrow < 0 else { return UInt32(digit) }
    var addition: UInt64 = 0
    for i in 0..<n {
      addition += UInt64(u[i + j]) + UInt64(v[i])
      u[i + j] = UInt32(truncatingIfNeeded: addition)
      addition >>= 32
    }
    u[j + n] &+= UInt32(truncatingIfNeeded: addition)
    return UInt32(digit - 1)
  }
}
