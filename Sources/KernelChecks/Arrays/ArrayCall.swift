// SPDX-License-Identifier: Apache-2.0
import Formats

/// What a kernel of arrays is given in a case, and what it has to write.
package struct ArrayCall: Sendable {
  package let operation: ArrayOperation
  package let sizes: [Int]
  package let variant: ArrayCase.Variant
  /// The inputs without gaps, in the operation's order: a mask or labels last.
  package let inputs: [KernelArray]
  /// The result's shape and format.
  package let shape: [Int]
  package let output: Format
  /// C', which the result holds before; nil without a beta.
  package let initial: KernelArray?
  package var epsilon: Double
  package var scale: Double

  /// The number of results.
  package var count: Int { shape.reduce(1, *) }

  /// The terms of each sum.
  package var terms: Int {
    switch operation {
    case .sum, .dot: sizes[0]
    case .matmul: sizes[2] + (initial == nil ? 0 : 1)
    case .convolution: sizes[1] * sizes[5] * sizes[6]
    case .softmax, .logSoftmax, .logSumExp, .crossEntropy, .layerNorm, .rmsNorm: sizes[1]
    case .attention: max(sizes[2], sizes[3])
    }
  }

  /// The arguments of Python's functions that are no arrays, by torch's names.
  package var scalars: [String: WorkerScalar] {
    switch operation {
    case .sum, .dot, .matmul, .softmax, .logSoftmax, .logSumExp, .crossEntropy: [:]
    case .convolution: ["stride": .number(Double(sizes[7])), "padding": .number(Double(sizes[8]))]
    case .layerNorm, .rmsNorm: ["eps": .number(epsilon)]
    case .attention: ["scale": .number(scale), "is_causal": .flag(variant.isCausal)]
    }
  }
}

extension ArrayCall {
  /// The same call in a format that has all of its numbers, rows without gaps; nil where a function
  /// of such a form cannot be called so.
  func widened(to wide: Format, for form: ArrayForm?) -> ArrayCall? {
    guard !variant.needsGEMM || form?.isGEMM == true, !variant.isMasked || form?.hasMask != false
    else { return nil }
    var variant = variant
    variant.isPadded = false
    return ArrayCall(
      operation: operation, sizes: sizes, variant: variant,
      inputs: inputs.map { $0.widened(to: wide) }, shape: shape, output: wide,
      initial: initial?.widened(to: wide), epsilon: epsilon, scale: scale)
  }
}

/// Makes the call of a case: the same numbers on every machine.
package struct ArrayCallMaker: Sendable {
  package let operation: ArrayOperation
  package let input: Format
  package let output: Format
  /// The accumulator whose integers are exact.
  package let accumulator: Format
  package let seed: UInt64
  /// Whether labels have 32 bits.
  package var hasShortLabels = false
  /// The call that files make up.
  var given: GivenCall?

  package init(
    _ operation: ArrayOperation, input: Format, output: Format, accumulator: Format, seed: UInt64
  ) {
    (self.operation, self.input, self.output) = (operation, input, output)
    (self.accumulator, self.seed) = (accumulator, seed)
  }

  /// The call of a case; nil where the format has no such numbers.
  package func call(_ known: ArrayCase) -> ArrayCall? {
    if known.data == .given { return given?.call }
    var numbers = ReductionCases(input, seed: known.seed(seed))
    let s = known.sizes
    switch operation {
    case .sum:
      guard let x = terms(s[0], known.data, &numbers) else { return nil }
      return call(known, [x], shape: [])
    case .dot:
      guard let (x, y) = pair(s[0], known, &numbers) else { return nil }
      return call(known, [x, y], shape: [])
    case .matmul: return product(known, &numbers)
    case .convolution:
      guard let shape = ExactConvolution.Shape(s) else { return nil }
      let images = [s[0], s[1], s[2], s[3]]
      let filters = [s[4], s[1], s[5], s[6]]
      guard
        let (x, w) = factors(
          known, images, filters, terms: s[1] * s[5] * s[6], &numbers)
      else { return nil }
      return call(known, [x, w], shape: [s[0], s[4], shape.outputHeight, shape.outputWidth])
    case .softmax, .logSoftmax, .logSumExp, .crossEntropy:
      guard let x = logits(s[0], s[1], known.data, &numbers) else { return nil }
      var inputs = [KernelArray(x, input, shape: s)]
      if operation == .crossEntropy {
        inputs.append(
          KernelArray(
            numbers.indices(s[0], below: s[1]), isShort: hasShortLabels, shape: [s[0]]))
      }
      return call(
        known, inputs,
        shape: operation == .softmax || operation == .logSoftmax ? s : [s[0]])
    case .layerNorm, .rmsNorm:
      guard let x = logits(s[0], s[1], known.data, &numbers) else { return nil }
      var inputs = [KernelArray(x, input, shape: s)]
      inputs.append(
        KernelArray(numbers.normal(s[1], mean: 1, deviation: 0.25), input, shape: [s[1]]))
      if operation == .layerNorm {
        inputs.append(KernelArray(numbers.normal(s[1], deviation: 0.25), input, shape: [s[1]]))
      }
      return call(known, inputs, shape: s)
    case .attention:
      guard let q = logits(s[0] * s[1], s[3], known.data, &numbers) else { return nil }
      var inputs = [KernelArray(q, input, shape: [s[0], s[1], s[3]])]
      for _ in 0..<2 {
        inputs.append(
          KernelArray(numbers.normal(s[0] * s[2] * s[3]), input, shape: [s[0], s[2], s[3]]))
      }
      if known.variant.isMasked {
        inputs.append(
          KernelArray(numbers.flags(s[1] * s[2], probability: 0.5), shape: [s[1], s[2]]))
      }
      return call(known, inputs, shape: [s[0], s[1], s[3]])
    }
  }

  private func call(
    _ known: ArrayCase, _ inputs: [KernelArray], shape: [Int], initial: KernelArray? = nil
  ) -> ArrayCall {
    // Two of each, so that a kernel that does not look at its argument is seen.
    let isOdd = known.sizes[operation == .attention ? 1 : 0] % 2 == 1
    let width = Double(known.sizes.last ?? 1) * (isOdd ? 4 : 1)
    return ArrayCall(
      operation: operation, sizes: known.sizes, variant: known.variant, inputs: inputs,
      shape: shape, output: output, initial: initial,
      epsilon: Double(Float(isOdd ? 1e-3 : 1e-5)),
      scale: Double(Float(1 / width.squareRoot())))
  }

  // MARK: - Sums of products

  /// The bits of sums that the accumulator and the output hold exactly: fewer where factors and C'
  /// need some, too.
  private func exactBits(_ variant: ArrayCase.Variant) -> Int {
    let isScaled = variant.alpha != 1 || variant.beta != 0
    return max(1, min(accumulator.precision, output.maxExponent) - (isScaled ? 4 : 0))
  }

  /// Factors whose products are below 2^limit, and sums of so many of them no overflow.
  private func limit(terms: Int) -> Int {
    let bits = Int.bitWidth - max(1, terms).leadingZeroBitCount
    return (min(accumulator.maxExponent, output.maxExponent) - 1 - bits) / 2
  }

  private func terms(
    _ n: Int, _ data: ArrayData, _ numbers: inout ReductionCases
  ) -> KernelArray? {
    let encodings: [UInt32]?
    switch data {
    case .integers:
      // The products of pairs of these are exact, and so are they.
      encodings = numbers.integers(n, terms: n, accumulatorBits: exactBits(ArrayCase.Variant()))
    case .wide: encodings = numbers.wide(n, below: 2 * limit(terms: n))
    case .subnormal: encodings = numbers.subnormals(n)
    case .cancelling:
      // The second half takes the first one away but for its last bits.
      let half = numbers.normal(n / 2)
      let rest = numbers.normal(n - n / 2, deviation: 1e-4)
      encodings =
        half
        + rest.enumerated().map { place, x in
          guard place < half.count else { return x }
          return input.nearest(input.value(of: x) - input.value(of: half[place]))
        }
    default: encodings = special(data, numbers.normal(n), rows: 1, numbers)
    }
    if data == .positive {
      return KernelArray(numbers.positive(n), input, shape: [n])
    }
    return encodings.map { KernelArray($0, input, shape: [n]) }
  }

  private func pair(
    _ n: Int, _ known: ArrayCase, _ numbers: inout ReductionCases
  ) -> (KernelArray, KernelArray)? {
    if known.data == .cancelling {
      guard
        let dot = IllConditionedDot(input, count: n, condition: 1e4, seed: known.seed(seed))
      else { return nil }
      return (KernelArray(dot.x, input, shape: [n]), KernelArray(dot.y, input, shape: [n]))
    }
    return factors(known, [1, n], [n, 1], terms: n, &numbers).map { x, y in
      (
        KernelArray(x.encodings, input, shape: [n]), KernelArray(y.encodings, input, shape: [n])
      )
    }
  }

  /// Two arrays whose sums of products are taken, the first with rows of its last sizes.
  private func factors(
    _ known: ArrayCase, _ first: [Int], _ second: [Int], terms: Int, _ numbers: inout ReductionCases
  ) -> (KernelArray, KernelArray)? {
    let (a, b) = (first.reduce(1, *), second.reduce(1, *))
    let columns = first.last ?? 1
    var (x, y): ([UInt32]?, [UInt32])
    switch known.data {
    case .integers:
      x = numbers.integers(a, terms: terms, accumulatorBits: exactBits(known.variant))
      y = numbers.integers(b, terms: terms, accumulatorBits: exactBits(known.variant))
    case .positive: (x, y) = (numbers.positive(a), numbers.positive(b))
    case .wide:
      let limit = limit(terms: terms)
      (x, y) = (numbers.wide(a, below: limit), numbers.wide(b, below: limit))
    case .subnormal: (x, y) = (numbers.subnormals(a), numbers.positive(b))
    case .oneHot where operation == .convolution:
      // Each filter picks one pixel.
      x = numbers.normal(a)
      y = numbers.oneHot(rows: second[0], columns: b / second[0])
    case .oneHot:
      x = numbers.oneHot(rows: a / columns, columns: columns)
      y = numbers.normal(b)
    case .permutation:
      guard a == columns * columns else { return nil }
      (x, y) = (numbers.permutation(columns), numbers.normal(b))
    default:
      x = special(known.data, numbers.normal(a), rows: a / columns, numbers)
      y = numbers.normal(b)
      // Zeros that meet infinities and NaNs make NaNs.
      if [.infinity, .infinities, .nan].contains(known.data) {
        for place in stride(from: 0, to: b, by: 3) { y[place] = 0 }
      }
    }
    guard let x else { return nil }
    return (KernelArray(x, input, shape: first), KernelArray(y, input, shape: second))
  }

  private func product(_ known: ArrayCase, _ numbers: inout ReductionCases) -> ArrayCall? {
    let (m, n, k) = (known.sizes[0], known.sizes[1], known.sizes[2])
    guard let (a, b) = factors(known, [m, k], [k, n], terms: k, &numbers) else { return nil }
    let variant = known.variant
    var initial: KernelArray?
    if variant.beta != 0 {
      let encodings =
        known.data.isExact
        ? numbers.integers(m * n, terms: 64, accumulatorBits: 12) : numbers.normal(m * n)
      initial = KernelArray(
        encodings.map { output.nearest(input.value(of: $0)) }, output, shape: [m, n])
    }
    return call(
      known,
      [
        variant.transposesA ? transpose(a, m, k) : a,
        variant.transposesB ? transpose(b, k, n) : b,
      ], shape: [m, n], initial: initial)
  }

  private func transpose(_ x: KernelArray, _ rows: Int, _ columns: Int) -> KernelArray {
    let encodings = x.encodings
    return KernelArray(
      (0..<columns).flatMap { column in (0..<rows).map { encodings[$0 * columns + column] } },
      input, shape: [columns, rows])
  }

  // MARK: - Rows

  private func logits(
    _ rows: Int, _ columns: Int, _ data: ArrayData, _ numbers: inout ReductionCases
  ) -> [UInt32]? {
    let count = rows * columns
    switch data {
    case .spread: return numbers.normal(count, deviation: 16)
    case .offset, .offsetBelow:
      // As far from zero as leaves a deviation of 1 eight steps of the format.
      let mean = Double(sign: .plus, exponent: min(10, input.precision - 4), significand: 1)
      return numbers.normal(count, mean: data == .offset ? mean : -mean)
    case .equal:
      return (0..<rows).flatMap { _ in
        numbers.constant(columns, input.value(of: numbers.normal(1)[0]))
      }
    case .masked:
      let x = numbers.normal(count)
      return numbers.placing(-.infinity, at: Array(stride(from: 1, to: count, by: 3)), in: x)
    case .allMasked:
      let x = numbers.normal(count)
      let places = stride(from: 0, to: rows, by: 2).flatMap { row in
        (row * columns..<(row + 1) * columns)
      }
      return numbers.placing(-.infinity, at: places, in: x)
    default: return special(data, numbers.normal(count), rows: rows, numbers)
    }
  }

  /// Numbers with a special value at a place of each row, another one in each.
  private func special(
    _ data: ArrayData, _ encodings: [UInt32], rows: Int, _ numbers: ReductionCases
  ) -> [UInt32]? {
    let columns = encodings.count / max(1, rows)
    let places = (0..<rows).map { $0 * columns + ($0 * columns / max(1, rows)) }
    let last = (0..<rows).map { $0 * columns + columns - 1 }
    switch data {
    case .infinity: return numbers.placing(.infinity, at: places, in: encodings)
    case .infinityLast: return numbers.placing(-.infinity, at: last, in: encodings)
    case .infinities:
      return numbers.placing(.infinity, at: places, in: encodings).flatMap {
        numbers.placing(-.infinity, at: last, in: $0)
      }
    case .nan: return numbers.placing(.nan, at: places, in: encodings)
    case .nanLast: return numbers.placing(.nan, at: last, in: encodings)
    default: return encodings
    }
  }
}
