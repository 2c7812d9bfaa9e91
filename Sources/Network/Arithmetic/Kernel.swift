// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Policies
import Threads

/// The context in which one operation computes: numbers of the arithmetic `N`, and results rounded
/// to the format that the policy's rule names.
struct Kernel<N: Number> {
  /// The policy's rule for the operation.
  let rule: OperationRule
  /// Memory, threads, seeds.
  let context: StepContext

  /// The format of a result made from operands: the rule's, or what they promote to.
  func output(_ operands: Tensor...) -> Precision {
    rule.output
      ?? operands.dropFirst().reduce(operands[0].precision) {
        Precision.promoted($0, $1.precision)
      }
  }

  /// The format of an operand's gradient.
  func gradient(_ operand: Tensor) -> Precision { rule.gradientOutput ?? operand.precision }

  /// Values computed at a time: they stay in the first-level cache until they are rounded.
  private static var chunk: Int { 2048 }
  /// Primitives that are worth a thread of their own: half a microsecond.
  private static var primitivesPerThread: Int { 1 << 13 }

  /// The threads for `count` pieces of so many primitives together.
  func bands(of count: Int, primitives: Int) -> Int {
    max(1, min(context.threads, count, primitives / Self.primitivesPerThread))
  }

  /// A tensor of values that `body` computes and this function then rounds.
  ///
  /// - Parameters:
  ///   - unit: the values that are computed together, such as a row.
  ///   - work: the primitives of a value, by which threads are engaged.
  ///   - body: writes the values of the given units, `range.lowerBound * unit` being the index of
  ///     the first one in `target`. It runs on several threads.
  @inline(__always)
  func make(
    _ shape: [Int], as precision: Precision, unit: Int = 1, work: Int = 1,
    _ body: (_ units: Range<Int>, _ target: UnsafeMutablePointer<N>) -> Void
  ) -> Tensor {
    let buffer = TensorBuffer<N.Element>(count: shape.reduce(1, *), pool: context.pool)
    return finish(buffer, shape, as: precision, unit: unit, work: work, body)
  }

  /// The tensor of a buffer whose values `body` changes and this function then rounds.
  @inline(__always)
  func finish(
    _ buffer: TensorBuffer<N.Element>, _ shape: [Int], as precision: Precision, unit: Int = 1,
    work: Int = 1, _ body: (_ units: Range<Int>, _ target: UnsafeMutablePointer<N>) -> Void
  ) -> Tensor {
    let units = unit == 0 ? 0 : buffer.count / unit
    let step = max(1, Self.chunk / max(unit, 1))
    let bands = bands(of: units, primitives: buffer.count * work)
    let storing = self.storing(precision)
    let total = inBands(of: units, bands) { range, counts in
      for first in stride(from: range.lowerBound, to: range.upperBound, by: step) {
        let some = first..<min(first + step, range.upperBound)
        body(some, N.bind(buffer.elements))
        let values = UnsafeMutableBufferPointer(
          start: buffer.elements + some.lowerBound * unit, count: some.count * unit)
        N.Element.store(
          values, storing, firstIndex: some.lowerBound * unit, counts: &counts)
      }
    }
    return Tensor(shape: shape, buffer, precision: precision, range: total)
  }

  /// A tensor of numbers of the arithmetic that `body` computes, which are rounded no further.
  @inline(__always)
  func unrounded(
    _ shape: [Int], work: Int,
    _ body: (_ range: Range<Int>, _ target: UnsafeMutablePointer<N>) -> Void
  ) -> Tensor {
    let buffer = TensorBuffer<N.Element>(count: shape.reduce(1, *), pool: context.pool)
    let bands = bands(of: buffer.count, primitives: buffer.count * work)
    _ = inBands(of: buffer.count, bands) { range, _ in
      for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.chunk) {
        body(
          first..<min(first + Self.chunk, range.upperBound), N.bind(buffer.elements))
      }
    }
    return Tensor(shape: shape, buffer, precision: rule.compute.precision, range: nil)
  }

  /// Calls `body` with bands that cover 0..<count, on as many threads, each with counts to add to;
  /// all counts together, nil where none are wanted.
  @inline(__always)
  func inBands(
    of count: Int, _ bands: Int, _ body: (Range<Int>, inout RangeCounts?) -> Void
  ) -> RangeCounts? {
    let none = context.isMeasuring ? RangeCounts() : nil
    var counts = [RangeCounts?](repeating: none, count: bands)
    counts.withUnsafeMutableBufferPointer { counts in
      Parallel.bands(of: count, bands) { body($1, &counts[$0]) }
    }
    return counts.reduce(into: none) { total, part in if let part { total?.merge(part) } }
  }

  /// The rounding of the next tensor to a format.
  func storing(_ precision: Precision) -> Storing {
    var rounding = rule.rounding
    if case .stochastic(let bits, let seed) = rounding {
      rounding = .stochastic(bits: bits, seed: seed ^ context.nextSeed())
    }
    return Storing(precision: precision, rounding: rounding, subnormals: rule.subnormals)
  }
}

// MARK: - Elementwise

extension Kernel {
  /// f(x) of every value, on one thread: for few values and for rules seldom used. Among threads
  /// `f` would be a call for each value.
  @inline(__always)
  func map(_ x: Tensor, as precision: Precision, _ f: (N) -> N) -> Tensor {
    let source = x.values(N.self)
    return withExtendedLifetime(x) {
      make(x.shape, as: precision, work: 0) { range, target in
        for i in range { target[i] = f(source[i]) }
      }
    }
  }

  /// f(x, y) of every pair of values, likewise.
  @inline(__always)
  func map(
    _ x: Tensor, _ y: Tensor, as precision: Precision, _ f: (N, N) -> N
  ) -> Tensor {
    each(x, y, as: precision, work: 0) { range, x, y, target in
      for i in range { target[i] = f(x[i], y[i]) }
    }
  }

  /// What `body` computes from every value, a loop of its own that threads share.
  ///
  /// - Parameter body: writes the targets of a range.
  @inline(__always)
  func each(
    _ x: Tensor, as precision: Precision, work: Int = 1,
    _ body: (_ range: Range<Int>, _ x: UnsafePointer<N>, _ target: UnsafeMutablePointer<N>) -> Void
  ) -> Tensor {
    let values = x.values(N.self)
    return withExtendedLifetime(x) {
      make(x.shape, as: precision, work: work) { body($0, values, $1) }
    }
  }

  /// What `body` computes from every pair of values, likewise.
  @inline(__always)
  func each(
    _ x: Tensor, _ y: Tensor, as precision: Precision, work: Int = 1,
    _ body: (
      _ range: Range<Int>, _ x: UnsafePointer<N>, _ y: UnsafePointer<N>,
      _ target: UnsafeMutablePointer<N>
    ) -> Void
  ) -> Tensor {
    precondition(x.count == y.count, "\(x.shape) and \(y.shape)")
    let (a, b) = (x.values(N.self), y.values(N.self))
    return withExtendedLifetime((x, y)) {
      make(x.shape, as: precision, work: work) { body($0, a, b, $1) }
    }
  }

  /// An elementary function of every value.
  func apply(
    _ function: ElementaryFunction, _ x: Tensor, as precision: Precision
  ) -> Tensor {
    let source = x.values(N.self)
    return withExtendedLifetime(x) {
      make(x.shape, as: precision, work: 8) { range, target in
        for i in range { target[i] = source[i] }
        N.apply(
          function,
          UnsafeMutableBufferPointer(start: target + range.lowerBound, count: range.count))
      }
    }
  }

  /// Calls `body` with memory for `count` numbers, which holds zeros.
  @inline(__always)
  func withScratch<R>(_ count: Int, _ body: (UnsafeMutableBufferPointer<N>) -> R) -> R {
    withUnsafeTemporaryAllocation(of: N.self, capacity: count) { scratch in
      scratch.initialize(repeating: .zero)
      defer { scratch.deinitialize() }
      return body(scratch)
    }
  }
}
