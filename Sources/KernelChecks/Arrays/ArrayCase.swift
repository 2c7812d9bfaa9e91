// SPDX-License-Identifier: Apache-2.0
import TensorFiles

/// One call of a kernel of arrays, written `17x31x13:normal:transpose-a,beta=0.5`: its shape, its
/// data and what else differs from the plain operation.
package struct ArrayCase: Hashable, Sendable {
  /// What `ArrayOperation.sizeNames` names.
  package var sizes: [Int]
  package var data: ArrayData
  package var variant = Variant()

  /// What differs from the plain operation.
  package struct Variant: Hashable, Sendable {
    /// The first and the second factor stand transposed in memory.
    var transposesA = false
    var transposesB = false
    var alpha: Float = 1
    var beta: Float = 0
    /// Rows stand apart, with NaNs between them.
    var isPadded = false
    /// Query i sees keys up to i + keys - queries.
    package var isCausal = false
    /// Half of the keys are hidden from each query.
    package var isMasked = false

    var words: [String] {
      [
        transposesA ? "transpose-a" : nil, transposesB ? "transpose-b" : nil,
        alpha != 1 ? "alpha=\(alpha)" : nil, beta != 0 ? "beta=\(beta)" : nil,
        isPadded ? "padded" : nil, isCausal ? "causal" : nil, isMasked ? "masked" : nil,
      ].compactMap { $0 }
    }

    mutating func apply(_ word: String) -> Bool {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      switch (parts.first, parts.count) {
      case ("transpose-a", 1): transposesA = true
      case ("transpose-b", 1): transposesB = true
      case ("padded", 1): isPadded = true
      case ("causal", 1): isCausal = true
      case ("masked", 1): isMasked = true
      case ("alpha", 2), ("beta", 2):
        guard let number = Float(parts[1]), number.isFinite else { return false }
        if parts[0] == "alpha" { alpha = number } else { beta = number }
      default: return false
      }
      return true
    }

    /// Whether an operation has it.
    func isOf(_ operation: ArrayOperation) -> Bool {
      let isOfProduct = transposesA || transposesB || alpha != 1 || beta != 0 || isPadded
      return (!isOfProduct || operation == .matmul)
        && (!(isCausal || isMasked) || operation == .attention)
    }

    /// Whether it needs the parameters of a GEMM.
    package var needsGEMM: Bool {
      transposesA || transposesB || alpha != 1 || beta != 0 || isPadded
    }
  }

  package init(_ sizes: [Int], _ data: ArrayData, _ variant: Variant = Variant()) {
    (self.sizes, self.data, self.variant) = (sizes, data, variant)
  }

  /// The case of a text; nil where it is none of the operation.
  package init?(_ text: String, of operation: ArrayOperation) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count) else { return nil }
    let sizes = parts[0].split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sizes.count == operation.sizeNames.count else { return nil }
    var known: [Int] = []
    for (size, name) in zip(sizes, operation.sizeNames) {
      guard let size, size >= (name == "padding" ? 0 : 1), size <= 1 << 24 else { return nil }
      known.append(size)
    }
    guard let data = parts.count > 1 ? ArrayData(rawValue: parts[1]) : .normal,
      data == .given || ArrayData.known(for: operation).contains(data)
    else { return nil }
    var variant = Variant()
    for word in parts.dropFirst(2).flatMap({ $0.split(separator: ",") }) {
      guard variant.apply(String(word)) else { return nil }
    }
    guard variant.isOf(operation) else { return nil }
    self.init(known, data, variant)
    guard Self.isCallable(known, operation) else { return nil }
  }

  /// The most elements of an array.
  static let mostElements = 1 << 26

  /// Whether all arrays have elements, and none too many.
  private static func isCallable(_ sizes: [Int], _ operation: ArrayOperation) -> Bool {
    func isSmall(_ lengths: Int...) -> Bool {
      var product = 1
      for length in lengths {
        let (next, isOverflow) = product.multipliedReportingOverflow(by: length)
        guard !isOverflow, next <= mostElements else { return false }
        product = next
      }
      return true
    }
    switch operation {
    case .sum, .dot: return isSmall(sizes[0])
    case .matmul:
      return isSmall(sizes[0], sizes[2]) && isSmall(sizes[2], sizes[1])
        && isSmall(sizes[0], sizes[1])
    case .convolution:
      guard let shape = ExactConvolution.Shape(sizes) else { return false }
      return isSmall(sizes[0], sizes[1], sizes[2], sizes[3])
        && isSmall(sizes[4], sizes[1], sizes[5], sizes[6])
        && isSmall(sizes[0], shape.outputHeight, shape.outputWidth, sizes[1] * sizes[5] * sizes[6])
        && isSmall(sizes[0], shape.outputHeight, shape.outputWidth, sizes[4])
    case .softmax, .logSoftmax, .logSumExp, .crossEntropy, .layerNorm, .rmsNorm:
      return isSmall(sizes[0], sizes[1])
    case .attention:
      return isSmall(sizes[0], sizes[1], sizes[3]) && isSmall(sizes[0], sizes[2], sizes[3])
        && isSmall(sizes[1], sizes[2])
    }
  }

  /// The case as it is written.
  package var text: String {
    ([shapeText, data.rawValue] + [variant.words.joined(separator: ",")].filter { !$0.isEmpty })
      .joined(separator: ":")
  }

  /// `17x31x13`.
  package var shapeText: String { sizes.map(String.init).joined(separator: "x") }

  /// The seed of its inputs: a function of the check's and of the case alone.
  func seed(_ seed: UInt64) -> UInt64 {
    FNV1a.hash(Array(text.utf8), after: FNV1a.offsetBasis) ^ seed &* 0x9e37_79b9_7f4a_7c15
  }
}

extension ExactConvolution.Shape {
  /// Of the sizes of a case; nil where no window fits.
  init?(_ sizes: [Int]) {
    self.init(
      images: sizes[0], channels: sizes[1], height: sizes[2], width: sizes[3], filters: sizes[4],
      filterHeight: sizes[5], filterWidth: sizes[6], stride: sizes[7], padding: sizes[8])
    guard filterHeight <= height + 2 * padding, filterWidth <= width + 2 * padding else {
      return nil
    }
  }
}
