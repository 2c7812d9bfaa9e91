// SPDX-License-Identifier: Apache-2.0

/// A natural number of any size, for exact text: little-endian 32-bit limbs, none of them a
/// leading zero.
///
/// Schoolbook algorithms: the numbers of a 32-bit format have at most some 300 bits.
package struct BigNatural: Hashable, Sendable {
  package private(set) var limbs: [UInt32]

  package init(_ value: UInt64 = 0) {
    limbs = [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)]
    trim()
  }

  init(limbs: [UInt32]) {
    self.limbs = limbs
    trim()
  }

  package var isZero: Bool { limbs.isEmpty }

  /// The number of bits without leading zeros; 0 for 0.
  package var bitWidth: Int {
    limbs.last.map { limbs.count * 32 - $0.leadingZeroBitCount } ?? 0
  }

  /// The number of factors 2; 0 for 0.
  package var trailingZeroBitCount: Int {
    limbs.firstIndex { $0 != 0 }.map { $0 * 32 + limbs[$0].trailingZeroBitCount } ?? 0
  }

  /// The lowest 64 bits.
  package var low64: UInt64 {
    UInt64(limbs.first ?? 0) | (limbs.count > 1 ? UInt64(limbs[1]) << 32 : 0)
  }

  /// Whether the bit of weight 2^index is set.
  package func bit(_ index: Int) -> Bool {
    index >= 0 && index / 32 < limbs.count && (limbs[index / 32] >> UInt32(index % 32)) & 1 == 1
  }

  private mutating func trim() {
    while limbs.last == 0 { limbs.removeLast() }
  }
}

// MARK: - Arithmetic

extension BigNatural: Comparable {
  package static func < (a: Self, b: Self) -> Bool {
    guard a.limbs.count == b.limbs.count else { return a.limbs.count < b.limbs.count }
    for i in a.limbs.indices.reversed() where a.limbs[i] != b.limbs[i] {
      return a.limbs[i] < b.limbs[i]
    }
    return false
  }

  package static func + (a: Self, b: Self) -> Self {
    var sum: [UInt32] = []
    var carry: UInt64 = 0
    for i in 0..<max(a.limbs.count, b.limbs.count) {
      carry += UInt64(i < a.limbs.count ? a.limbs[i] : 0)
      carry += UInt64(i < b.limbs.count ? b.limbs[i] : 0)
      sum.append(UInt32(truncatingIfNeeded: carry))
      carry >>= 32
    }
    sum.append(UInt32(carry))
    return BigNatural(limbs: sum)
  }

  /// The difference of a number and one not larger.
  package static func - (a: Self, b: Self) -> Self {
    var difference = a.limbs
    var borrow: Int64 = 0
    for i in difference.indices {
      borrow += Int64(difference[i]) - Int64(i < b.limbs.count ? b.limbs[i] : 0)
      difference[i] = UInt32(truncatingIfNeeded: borrow)
      borrow >>= 32
    }
    return BigNatural(limbs: difference)
  }

  package static func * (a: Self, b: Self) -> Self {
    var product = [UInt32](repeating: 0, count: a.limbs.count + b.limbs.count)
    for i in a.limbs.indices {
      var carry: UInt64 = 0
      for j in b.limbs.indices {
        carry += UInt64(a.limbs[i]) * UInt64(b.limbs[j]) + UInt64(product[i + j])
        product[i + j] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
      product[i + b.limbs.count] = UInt32(carry)
    }
    return BigNatural(limbs: product)
  }

  package static func << (a: Self, count: Int) -> Self {
    guard count > 0, !a.isZero else { return a }
    let whole = [UInt32](repeating: 0, count: count / 32)
    let shift = UInt64(count % 32)
    var carry: UInt64 = 0
    var shifted = whole
    for limb in a.limbs {
      carry |= UInt64(limb) << shift
      shifted.append(UInt32(truncatingIfNeeded: carry))
      carry >>= 32
    }
    shifted.append(UInt32(carry))
    return BigNatural(limbs: shifted)
  }

  /// The quotient by 2^count, rounded toward zero.
  package static func >> (a: Self, count: Int) -> Self {
    guard count > 0 else { return a }
    let kept = Array(a.limbs.dropFirst(count / 32))
    let shift = UInt64(count % 32)
    let shifted = kept.indices.map { i -> UInt32 in
      let high = i + 1 < kept.count ? UInt64(kept[i + 1]) << 32 : 0
      return UInt32(truncatingIfNeeded: (high | UInt64(kept[i])) >> shift)
    }
    return BigNatural(limbs: shifted)
  }

  /// The largest number whose square is not larger, a bit at a time.
  package var squareRoot: Self {
    var root = BigNatural()
    for index in (0..<(bitWidth + 1) / 2).reversed() {
      let candidate = root + BigNatural(1) << index
      if candidate * candidate <= self { root = candidate }
    }
    return root
  }
}
