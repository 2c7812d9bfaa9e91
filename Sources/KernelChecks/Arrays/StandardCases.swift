// SPDX-License-Identifier: Apache-2.0

/// The cases on which a kernel of arrays is checked where nobody asks for others: lengths around
/// those of blocks, from the least on, and every kind of data.
package struct StandardCases {
  package let operation: ArrayOperation
  /// Whether the kernel has a GEMM's parameters.
  package var isGEMM = false
  /// Whether it takes a mask.
  package var hasMask = false

  package init(_ operation: ArrayOperation, isGEMM: Bool = false, hasMask: Bool = false) {
    (self.operation, self.isGEMM, self.hasMask) = (operation, isGEMM, hasMask)
  }

  /// The cases in the order of their sizes.
  package var list: [ArrayCase] {
    switch operation {
    case .sum, .dot: sums
    case .matmul: products
    case .convolution: convolutions
    case .attention: attentions
    default: rows
    }
  }

  private var sums: [ArrayCase] {
    let lengths = [
      1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 257, 511, 1023,
      1024, 1025, 2047, 4099, 10007,
    ]
    return lengths.flatMap { n -> [ArrayCase] in
      var kinds: [ArrayData] = [.integers, .normal]
      if [7, 64, 1025, 10007].contains(n) { kinds += [.positive, .wide] }
      if [65, 1024].contains(n) {
        kinds += [
          .subnormal, .cancelling, .infinity, .infinityLast, .infinities, .nan, .nanLast,
        ]
      }
      return kinds.map { ArrayCase([n], $0) }
    }
  }

  private var products: [ArrayCase] {
    let shapes = [
      [1, 1, 1], [1, 1, 7], [2, 3, 5], [1, 17, 9], [16, 1, 33], [7, 8, 9], [16, 16, 16],
      [17, 31, 13], [31, 33, 65], [64, 64, 64], [1, 65, 257], [63, 1, 128], [65, 33, 127],
      [32, 48, 1024], [128, 96, 129], [8, 16, 4099],
      [2, 127, 33], [3, 128, 17], [5, 129, 31], [129, 6, 20], [2, 257, 8], [257, 3, 12],
    ]
    var cases = shapes.flatMap { shape -> [ArrayCase] in
      var kinds: [ArrayData] = [.integers, .normal]
      if shape == [16, 16, 16] || shape == [64, 64, 64] { kinds.append(.permutation) }
      if [[7, 8, 9], [64, 64, 64], [8, 16, 4099]].contains(shape) {
        kinds += [.positive, .wide]
      }
      if shape == [17, 31, 13] || shape == [65, 33, 127] {
        kinds += [.oneHot, .subnormal, .infinity, .infinities, .nan]
      }
      return kinds.map { ArrayCase(shape, $0) }
    }
    guard isGEMM else { return cases }
    typealias Variant = ArrayCase.Variant
    let variants = [
      Variant(transposesA: true), Variant(transposesB: true),
      Variant(transposesA: true, transposesB: true), Variant(isPadded: true),
      Variant(alpha: -0.5), Variant(beta: 1), Variant(alpha: 2, beta: -0.5),
      Variant(transposesA: true, alpha: 0.5, beta: 0.5, isPadded: true),
    ]
    for shape in [[5, 7, 3], [17, 31, 13], [33, 65, 129]] {
      cases += variants.flatMap {
        [ArrayCase(shape, .integers, $0), ArrayCase(shape, .normal, $0)]
      }
    }
    return cases
  }

  private var convolutions: [ArrayCase] {
    let shapes = [
      [1, 1, 1, 1, 1, 1, 1, 1, 0], [1, 1, 5, 7, 1, 3, 3, 1, 0], [2, 3, 8, 9, 4, 3, 3, 1, 1],
      [1, 2, 9, 9, 3, 2, 4, 2, 1], [2, 5, 7, 6, 3, 1, 1, 1, 0], [1, 16, 12, 13, 8, 5, 5, 2, 2],
      [1, 64, 14, 14, 16, 3, 3, 1, 1],
    ]
    return shapes.enumerated().flatMap { index, shape -> [ArrayCase] in
      var kinds: [ArrayData] = [.integers, .normal]
      if index == 2 { kinds += [.positive, .oneHot, .infinity, .nan] }
      return kinds.map { ArrayCase(shape, $0) }
    }
  }

  private var rows: [ArrayCase] {
    let shapes = [
      [1, 1], [1, 2], [3, 3], [2, 7], [4, 8], [5, 17], [3, 31], [4, 64], [16, 65], [7, 127],
      [8, 128], [3, 129], [4, 256], [2, 1000], [4, 1024], [3, 1025], [2, 4096], [1, 8193],
    ]
    let known = ArrayData.known(for: operation)
    return shapes.flatMap { shape -> [ArrayCase] in
      var kinds: [ArrayData] = [.normal]
      if [[5, 17], [4, 256], [3, 1025]].contains(shape) { kinds = known }
      // A row of one number has no deviation.
      return kinds.map { ArrayCase(shape, $0) }
    }
  }

  private var attentions: [ArrayCase] {
    let shapes = [
      [1, 1, 1, 1], [1, 2, 3, 4], [1, 1, 17, 8], [2, 7, 7, 16], [1, 16, 16, 16], [2, 33, 31, 32],
      [1, 64, 64, 64], [1, 16, 257, 64], [3, 5, 5, 128],
    ]
    typealias Variant = ArrayCase.Variant
    return shapes.flatMap { shape -> [ArrayCase] in
      var cases = [ArrayCase(shape, .normal)]
      // Libraries align keys and queries at the start or at the end, which differ where one is longer.
      if shape[2] == shape[1] { cases.append(ArrayCase(shape, .normal, Variant(isCausal: true))) }
      if hasMask { cases.append(ArrayCase(shape, .normal, Variant(isMasked: true))) }
      if shape == [2, 33, 31, 32] || shape == [2, 7, 7, 16] {
        cases += [.spread, .equal, .nan].map { ArrayCase(shape, $0) }
      }
      return cases
    }
  }
}
