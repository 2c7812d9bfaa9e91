// SPDX-License-Identifier: Apache-2.0

/// The significands whose square roots lie closest to rounding boundaries, by construction.
///
/// Let m be a p-bit significand and M = m 2^j with j = p + 1 or p + 2, which depends on the parity
/// of the exponent. sqrt(M) is in [2^p, 2^(p+1)): its integers q are the representable numbers
/// (even) and the ties (odd). If q^2 + d = M then sqrt(M) is about d / 2q from q, so the hardest m
/// are the solutions of q^2 = -d (mod 2^j) with the smallest |d| (Lang and Muller, "Bounds for
/// runs of zeros and ones for algebraic functions", 2001, count such runs).
enum HardestRoots {
  /// A radicand m 2^j next to the square of q.
  struct Radicand: Hashable, Comparable {
    /// The p-bit significand.
    var significand: UInt64
    /// Whether the exponent of the significand's last bit is odd.
    var isOdd: Bool
    /// M - q^2, nonzero.
    var distance: Int

    static func < (a: Radicand, b: Radicand) -> Bool {
      (a.distance.magnitude, a.distance, a.significand, a.isOdd ? 1 : 0)
        < (b.distance.magnitude, b.distance, b.significand, b.isOdd ? 1 : 0)
    }
  }

  /// The number of ties, and of representable numbers, with the nearest radicands that `radicands`
  /// delivers where the format has as many.
  static let count = 64

  /// The hardest radicands of a precision: `count` next to ties and `count` next to representable
  /// numbers, from both sides and with exponents of both parities, ascending by |d|.
  static func radicands(precision p: Int) -> [Radicand] {
    var ties = Set<Radicand>()
    var numbers = Set<Radicand>()
    // |d| below 2^(p+1): beyond half of 2^j the nearest multiple is another one.
    let limit = min(1 << (p + 1), 64 * count)
    for magnitude in 1..<limit where ties.count < count || numbers.count < count {
      for distance in [magnitude, -magnitude] {
        for j in [p + 1, p + 2] {
          for radicand in solutions(precision: p, j, distance) {
            if radicand.isTie {
              ties.insert(radicand.value)
            } else {
              numbers.insert(radicand.value)
            }
          }
        }
      }
    }
    return Array(ties.sorted().prefix(count) + numbers.sorted().prefix(count)).sorted()
  }

  private static func solutions(
    precision p: Int, _ j: Int, _ distance: Int
  ) -> [(value: Radicand, isTie: Bool)] {
    let first = UInt64(1) << UInt64(p)
    let target = UInt64(bitPattern: Int64(-distance))
    var found: [(Radicand, Bool)] = []
    for residue in roots(of: target, bits: j) {
      let modulus = UInt64(1) << UInt64(residue.bits)
      // Every number of [2^p, 2^(p+1)) that is congruent to the residue.
      var q = residue.root + (first - min(first, residue.root) + modulus - 1) / modulus * modulus
      var tries = 0
      while q < 2 * first, tries < 8 {
        let square = q * q
        let whole = square &+ UInt64(bitPattern: Int64(distance))
        let m = whole >> UInt64(j)
        if m >= first >> 1, m < first {
          // 2^j m is a square times a power of four where j has the parity of the exponent.
          found.append(
            (Radicand(significand: m, isOdd: j % 2 == 1, distance: distance), q & 1 == 1))
        }
        q += modulus
        tries += 1
      }
    }
    return found
  }

  /// The x, each below 2^bits, such that every number congruent to x modulo 2^bits has a square
  /// congruent to `target` modulo 2^exponent.
  static func roots(of target: UInt64, bits exponent: Int) -> [(root: UInt64, bits: Int)] {
    let mask = (UInt64(1) << UInt64(exponent)) - 1
    let value = target & mask
    guard value != 0 else { return [(0, (exponent + 1) / 2)] }
    let zeros = value.trailingZeroBitCount
    guard zeros % 2 == 0 else { return [] }
    let odd = value >> UInt64(zeros)
    let width = exponent - zeros
    // A square of an odd number is 1 modulo 8; there is no other condition.
    guard odd & ((UInt64(1) << UInt64(min(width, 3))) - 1) == 1 else { return [] }
    var root: UInt64 = 1
    for bit in stride(from: 3, to: width, by: 1) where (root &* root ^ odd) >> UInt64(bit) & 1 == 1
    {
      root ^= 1 << UInt64(bit - 1)
    }
    // Odd roots modulo 2^width are ± root modulo 2^(width-1); times 2^(zeros/2).
    let kept = max(width - 1, 1)
    let half = UInt64(zeros / 2)
    let modulus = UInt64(1) << UInt64(kept)
    let residues = Set([root & (modulus - 1), (0 &- root) & (modulus - 1)])
    return residues.sorted().map { ($0 << half, kept + zeros / 2) }
  }
}
