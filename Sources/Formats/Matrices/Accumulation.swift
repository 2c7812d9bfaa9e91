// SPDX-License-Identifier: Apache-2.0

/// How the sums of a matrix product are rounded, and in which order they are taken.
///
/// Let R be the rounding to `format`, nearest even with gradual underflow, and x(k), y(k) the
/// operands of one element of the result in ascending order of the inner index k. A sequential sum
/// of the terms l..<u begins at s = +0 and takes, for each k in turn,
///
///     fused:            s = R(s + x(k) y(k))
///     productThenSum:   s = R(s + R(x(k) y(k)))
///
/// `order` says which sequential sums are taken and how they are added. Every element of a result
/// is this formula, on any number of threads and with or without native instructions: any NaN
/// equals any NaN, and the sign of zero counts.
public struct Accumulation: Hashable, Sendable {
  /// A format that a sum can be rounded to.
  public enum SumFormat: String, Codable, CaseIterable, Sendable {
    case fp16, bf16, fp32, fp64
  }

  /// Whether a product is rounded before it is added.
  public enum Step: String, Codable, CaseIterable, Sendable {
    /// One rounding a term: R(s + x y).
    case fused
    /// Two roundings a term: R(s + R(x y)).
    case productThenSum
  }

  /// The order of a sum of n terms.
  public enum Order: Hashable, Sendable {
    /// One sequential sum of all terms, in ascending order of the inner index.
    case sequential
    /// P(0, m), the sequential sums of `leaf` consecutive terms (fewer in the last) added as a
    /// tree: P(i, j) is block i where j = i + 1, otherwise R(P(i, i + h) + P(i + h, j)) with h the
    /// largest power of two below j - i.
    case pairwise(leaf: Int)
    /// Each block of `terms` consecutive terms (fewer in the last) summed sequentially; the sums
    /// S(i) then added in ascending order in their own format, T = Q(T + Q(S(i))) from T = +0,
    /// where Q rounds to `sums`.
    case chunked(terms: Int, sums: SumFormat)
    /// As `chunked`, of `parts` blocks: block i holds the terms
    /// ⌊i n / parts⌋ ..< ⌊(i + 1) n / parts⌋.
    case splitK(parts: Int, sums: SumFormat)
    /// The walk of a matrix unit: s = f(x(k ...), y(k ...), s) in ascending blocks of k from s =
    /// +0, f being the function of the unit for the operands' formats and `format`, of its
    /// instruction of a shape where that is told; no other step is known than `fused`.
    case matrixUnit(MatrixUnit, shape: MatrixInstructionShape? = nil)
  }

  /// The format R that every partial sum of a block is rounded to.
  public var format: SumFormat
  /// The roundings of one term.
  public var step: Step
  /// The order of the terms.
  public var order: Order

  /// The accumulation; fused and sequential, as matrix units and BLAS kernels are nearest to, where
  /// nothing else is said.
  ///
  /// - Precondition: the leaf, terms or parts of the order are at least 1.
  public init(_ format: SumFormat, _ step: Step = .fused, _ order: Order = .sequential) {
    precondition(order.isValid, "an order with blocks of no terms")
    self.format = format
    self.step = order.isOfUnit ? .fused : step
    self.order = order
  }

  /// The format of a finished sum: that of the block sums' addition where the order names one.
  public var resultFormat: SumFormat {
    switch order {
    case .sequential, .pairwise, .matrixUnit: format
    case .chunked(_, let sums), .splitK(_, let sums): sums
    }
  }
}

extension Accumulation.Order {
  /// Whether it is the walk of a matrix unit.
  public var isOfUnit: Bool {
    if case .matrixUnit = self { true } else { false }
  }

  /// Whether every block can hold a term.
  var isValid: Bool {
    switch self {
    case .sequential, .matrixUnit: true
    case .pairwise(let size), .chunked(let size, _), .splitK(let size, _): size >= 1
    }
  }
}

extension Accumulation: CustomStringConvertible {
  /// The accumulation in words, such as `fp16 fused, blocks of 128 summed in fp32`.
  public var description: String {
    if case .matrixUnit(let unit, let shape) = order {
      return "\(format.rawValue) by the matrix unit \(unit.rawValue)"
        + (shape.map { ", \($0.rawValue)" } ?? "")
    }
    let terms = "\(format.rawValue) \(step == .fused ? "fused" : "product then sum")"
    switch order {
    case .sequential, .matrixUnit: return terms
    case .pairwise(1): return "\(terms), pairwise"
    case .pairwise(let leaf): return "\(terms), pairwise over blocks of \(leaf)"
    case .chunked(let size, let sums):
      return "\(terms), blocks of \(size) summed in \(sums.rawValue)"
    case .splitK(let parts, let sums): return "\(terms), \(parts) parts summed in \(sums.rawValue)"
    }
  }
}
