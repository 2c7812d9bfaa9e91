// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

@testable import KernelChecks

/// Kernels whose inside is known.
enum ProbedKernels {
  /// A sum in FP32.
  static func single(_ n: Int, _ sum: @escaping (ArraySlice<Float>) -> Float) -> SumProbe {
    SumProbe(terms: n, input: .fp32, output: .fp32) { batch in
      let x = batch.x.map { Float(bitPattern: $0) }
      return (0..<batch.rows).map { sum(x[$0 * n..<($0 + 1) * n]).bitPattern }
    }
  }

  /// Sums of a format by an addition of its encodings, in the order of a tree.
  static func tree(
    _ tree: SumTree, input: Format, accumulator: Format, output: Format? = nil,
    semantics: Semantics = Semantics()
  ) -> SumProbe {
    let output = output ?? accumulator
    let n = tree.terms
    let add = ScalarEvaluator(.add, format: accumulator, to: accumulator, semantics: semantics)
    let widen = ScalarEvaluator(.convert, format: input, to: accumulator, semantics: Semantics())
    let narrow = ScalarEvaluator(.convert, format: accumulator, to: output, semantics: Semantics())
    return SumProbe(terms: n, input: input, output: output) { batch in
      var index: UInt64 = 0
      return (0..<batch.rows).map { row in
        var sums: [UInt64] = []
        for node in tree.nodes {
          switch node {
          case .term(let term):
            sums.append(widen(UInt64(batch.x[row * n + term]), 0, 0, index: 0).value)
          case .sum(let children):
            sums.append(
              children.dropFirst().reduce(sums[children[0]]) { sum, child in
                index += 1
                return add(sum, sums[child], 0, index: index).value
              })
          }
        }
        return UInt32(narrow(sums[sums.count - 1], 0, 0, index: 0).value)
      }
    }
  }

  /// Products of numbers of a format that are exact in FP64, and what sums them.
  static func dot(
    _ n: Int, _ input: Format, output: Format = .fp32, sharesFactors: Bool = false,
    _ sum: @escaping ([Double], [Double]) -> Double
  ) -> SumProbe {
    SumProbe(
      terms: n, input: input, output: output, hasProducts: true, sharesFactors: sharesFactors
    ) { batch in
      (0..<batch.rows).map { row in
        let x = (0..<n).map { input.value(of: batch.x[row * n + $0]) }
        let y = (0..<n).map { input.value(of: batch.y[(sharesFactors ? 0 : row * n) + $0]) }
        return encoding(sum(x, y), output)
      }
    }
  }

  /// A matrix unit's walk.
  static func unit(
    _ n: Int, _ unit: MatrixUnit, _ input: Format, _ accumulator: Accumulation.SumFormat = .fp32
  ) -> SumProbe? {
    guard let row = unit.row(input, input, accumulator: accumulator), n % row.terms == 0 else {
      return nil
    }
    let output: Format = accumulator == .fp16 ? .fp16 : .fp32
    return dot(n, input, output: output) { x, y in
      let (a, b) = (x.map { Float($0) }, y.map { Float($0) })
      var c: Float = 0
      for start in stride(from: 0, to: n, by: row.terms) {
        c = a[start..<start + row.terms].withUnsafeBufferPointer { a in
          b[start..<start + row.terms].withUnsafeBufferPointer { b in
            row.dotAdd(a, b, c, formats: (input, input))
          }
        }
      }
      return Double(c)
    }
  }

  /// The encoding next to a number.
  static func encoding(_ x: Double, _ format: Format) -> UInt32 {
    ExactReduction(high: x, low: 0, magnitudes: 0).rounded(to: format) ?? 0
  }

  /// Any tree with nodes of at most so many children.
  static func randomTree(_ n: Int, widest: Int, seed: UInt64) -> SumTree? {
    var words = RandomSequence(seed: seed)
    var nodes = (0..<n).map { SumTree.Node.term($0) }
    var tops = Array(0..<n)
    // Chains where only the latest sum and terms are drawn, bushes where all are.
    let isChain = words.below(3) == 0
    while tops.count > 1 {
      let count = min(tops.count, 2 + words.below(widest - 1))
      var children: [Int] = isChain ? [tops.removeLast()] : []
      while children.count < count { children.append(tops.remove(at: words.below(tops.count))) }
      nodes.append(.sum(children))
      tops.append(nodes.count - 1)
    }
    return SumTree(nodes)
  }
}
