// SPDX-License-Identifier: Apache-2.0

extension ElementaryReference {
  /// The blocks that share one polynomial, or one value, where the function is smooth: 2^-7 of a
  /// binade of normal numbers.
  private static let blocksOfSpan = 16

  /// What the blocks of a span have in common.
  enum Span {
    case polynomial(NewtonPolynomial, Side?)
    case constant(Double)
    /// Each block has values of its own.
    case none
  }

  /// The values of a block from those of its span; false where that has none.
  func fillFromSpan(_ values: UnsafeMutablePointer<Double>, from start: UInt32) -> Bool {
    let count = ElementaryReference.blockSize
    let size = UInt32(ElementaryReference.blocksOfSpan * count)
    let first = start & ~(size - 1)
    if span?.start != first { span = (first, makeSpan(from: first, count: Int(size))) }
    switch span?.values {
    case .polynomial(let polynomial, let common)?:
      let step = 1 / Double(size)
      let offset = Double(start - first)
      for i in 0..<count { values[i] = polynomial((offset + Double(i)) * step) }
      side = common?.keep(values, count: count) == true ? common : nil
    case .constant(let constant)?: values.update(repeating: constant, count: count)
    case .some(.none), nil: return false
    }
    return true
  }

  /// What the encodings of a span have in common: as in one block, seven values make a polynomial,
  /// and two between them must agree with it; so must one of MPFR's in each of its blocks.
  private func makeSpan(from start: UInt32, count: Int) -> Span {
    let number = { (index: Int) in Double(Float(bitPattern: start + UInt32(index))) }
    let nodes = NewtonPolynomial.nodes(count)
    let exact = nodes.map { value(at: number($0)) }
    let between = [0, 3].map { (nodes[$0] + nodes[$0 + 1]) / 2 }.lazy.map { [self] in
      ($0, value(at: number($0)))
    }
    let block = ElementaryReference.blockSize
    let places = (0..<ElementaryReference.blocksOfSpan).map { index in
      let word = (start &+ UInt32(index * block)) &* 0x9e37_79b1
      return index * block + Int(word >> 16) % block
    }
    let audits = places.lazy.map { [self] in ($0, roundedValue(at: number($0))) }
    if let constant = common(exact) {
      let isSame = { (_: Int, value: Double) in self.common([constant, value]) != nil }
      return between.allSatisfy(isSame) && audits.allSatisfy(isSame) ? .constant(constant) : .none
    }
    guard exact.allSatisfy({ standIn(for: $0) == $0 }), let allowance = allowance(exact) else {
      return .none
    }
    let step = 1 / Double(count)
    let polynomial = NewtonPolynomial(nodes.map { Double($0) * step }, exact)
    let further = (Array(between) + audits)
    let agrees = further.allSatisfy { place, value in
      (polynomial(Double(place) * step) - value).magnitude <= allowance
    }
    guard agrees else { return .none }
    let side = Side(exact + further.map { $0.1 }, isSeries: GammaSeries.has(function))
    return .polynomial(polynomial, side)
  }
}
