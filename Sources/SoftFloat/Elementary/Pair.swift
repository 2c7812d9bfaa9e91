// SPDX-License-Identifier: Apache-2.0

/// The unevaluated sum of two FP64 numbers, the tail at most about an ulp of the head: some 104
/// bits.
///
/// Each fused multiply-add is one rounding of an exact value on every machine, in hardware or not.
struct Pair {
  var head: Double
  var tail: Double

  @inline(__always)
  init(_ head: Double, _ tail: Double) {
    self.head = head
    self.tail = tail
  }

  /// a + b exactly (Knuth, TAOCP 2, 4.2.2, theorem B).
  @inline(__always)
  init(sum a: Double, _ b: Double) {
    head = a + b
    let c = head - a
    tail = (a - (head - c)) + (b - c)
  }

  /// a + b exactly for |a| >= |b| or a = 0 (Dekker, 1971).
  @inline(__always)
  init(larger a: Double, _ b: Double) {
    head = a + b
    tail = b - (head - a)
  }

  /// a b exactly, unless the tail underflows.
  @inline(__always)
  init(product a: Double, _ b: Double) {
    head = a * b
    tail = (-head).addingProduct(a, b)
  }

  /// The nearest number.
  @inline(__always)
  var value: Double { head + tail }

  @inline(__always)
  static prefix func - (x: Pair) -> Pair { Pair(-x.head, -x.tail) }

  @inline(__always)
  static func + (x: Pair, y: Pair) -> Pair {
    let s = Pair(sum: x.head, y.head)
    return Pair(larger: s.head, s.tail + (x.tail + y.tail))
  }

  @inline(__always)
  static func * (x: Pair, y: Pair) -> Pair {
    let p = Pair(product: x.head, y.head)
    return Pair(larger: p.head, p.tail + (x.head * y.tail + x.tail * y.head))
  }

  @inline(__always)
  static func / (x: Pair, y: Pair) -> Pair {
    let q = x.head / y.head
    let rest = x.head.addingProduct(-q, y.head) + (x.tail - q * y.tail)
    return Pair(larger: q, rest / y.head)
  }

  /// The product with a power of two, exact where nothing underflows.
  @inline(__always)
  func scaled(by power: Double) -> Pair { Pair(head * power, tail * power) }
}
