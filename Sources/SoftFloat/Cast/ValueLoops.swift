// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness

/// A way of rounding values to a format.
private protocol ValueKernel {
  associatedtype Word: ValueWord
  func round<Direction: ValueDirection>(_ x: Word, _: Direction.Type) -> Word
  func roundStochastically(_ x: Word, _ word: UInt32) -> Word
}

extension SingleValues: ValueKernel {}
extension SingleEncodings: ValueKernel {}
extension DoubleValues: ValueKernel {}

extension TensorKernels {
  /// FP32 values rounded to a format, as FP32 values; false, and nothing done, where no loop serves
  /// the semantics.
  ///
  /// `ValueRoundingTests` compares them with `Batch.convert` and back around every boundary of
  /// fourteen formats, in every rounding.
  ///
  /// - Precondition: `target` is `source` or disjoint from it.
  static func roundValues(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, count: Int,
    to format: Format, _ semantics: Semantics, firstIndex: UInt64
  ) -> Bool {
    guard let rounding = ValueRounding<Int32>(format, semantics) else { return false }
    let from = UnsafeRawPointer(source).assumingMemoryBound(to: Int32.self)
    let to = UnsafeMutableRawPointer(target).assumingMemoryBound(to: Int32.self)
    if let kernel = SingleValues(format, rounding) {
      run(kernel, from, to, count, semantics.rounding, firstIndex)
    } else if let kernel = SingleEncodings(format, rounding) {
      run(kernel, from, to, count, semantics.rounding, firstIndex)
    } else {
      return false
    }
    return true
  }

  /// As above, for FP64 values.
  static func roundValues(
    _ source: UnsafePointer<Double>, into target: UnsafeMutablePointer<Double>, count: Int,
    to format: Format, _ semantics: Semantics, firstIndex: UInt64
  ) -> Bool {
    guard let rounding = ValueRounding<Int64>(format, semantics) else { return false }
    run(
      DoubleValues(format, rounding),
      UnsafeRawPointer(source).assumingMemoryBound(to: Int64.self),
      UnsafeMutableRawPointer(target).assumingMemoryBound(to: Int64.self), count,
      semantics.rounding, firstIndex)
    return true
  }

  @inline(__always)
  private static func run<Kernel: ValueKernel>(
    _ kernel: Kernel, _ source: UnsafePointer<Kernel.Word>,
    _ target: UnsafeMutablePointer<Kernel.Word>, _ count: Int, _ rounding: Rounding,
    _ firstIndex: UInt64
  ) {
    switch rounding {
    case .nearestEven: loop(kernel, source, target, count, NearestEvenValue.self)
    case .nearestAway: loop(kernel, source, target, count, NearestAwayValue.self)
    case .towardZero: loop(kernel, source, target, count, TowardZeroValue.self)
    case .up: loop(kernel, source, target, count, UpwardValue.self)
    case .down: loop(kernel, source, target, count, DownwardValue.self)
    case .toOdd: loop(kernel, source, target, count, OddValue.self)
    case .stochastic(let bits, let seed):
      var start = 0
      while start < count {
        // Elements whose indices have the same upper half have the same keys.
        let index = firstIndex &+ UInt64(start)
        let low = UInt32(truncatingIfNeeded: index)
        let length = min(count - start, Int(UInt32.max - low) + 1)
        let words = RandomWords(seed: seed, indexHigh: UInt32(truncatingIfNeeded: index &>> 32))
        let (from, to) = (source + start, target + start)
        if bits <= 16 {
          randomLoop(kernel, from, to, length) { words.upperHalf(low &+ $0) }
        } else {
          randomLoop(kernel, from, to, length) { words(low &+ $0) }
        }
        start += length
      }
    }
  }

  @inline(never)
  private static func loop<Kernel: ValueKernel, Direction: ValueDirection>(
    _ kernel: Kernel, _ source: UnsafePointer<Kernel.Word>,
    _ target: UnsafeMutablePointer<Kernel.Word>, _ count: Int, _ direction: Direction.Type
  ) {
    // Two pointers that may overlap would make the loop check it: in place there is one.
    if source == UnsafePointer(target) {
      for i in 0..<count { target[i] = kernel.round(target[i], direction) }
    } else {
      for i in 0..<count { target[i] = kernel.round(source[i], direction) }
    }
  }

  @inline(__always)
  private static func randomLoop<Kernel: ValueKernel>(
    _ kernel: Kernel, _ source: UnsafePointer<Kernel.Word>,
    _ target: UnsafeMutablePointer<Kernel.Word>, _ count: Int, _ random: (UInt32) -> UInt32
  ) {
    if source == UnsafePointer(target) {
      for i in 0..<count {
        let word = random(UInt32(truncatingIfNeeded: i))
        target[i] = kernel.roundStochastically(target[i], word)
      }
    } else {
      for i in 0..<count {
        let word = random(UInt32(truncatingIfNeeded: i))
        target[i] = kernel.roundStochastically(source[i], word)
      }
    }
  }
}
