// SPDX-License-Identifier: Apache-2.0
import CProcessor
import Formats
import Randomness

extension Batch {
  /// The random words of a run of elements: those of the semantics' seed, unused by other
  /// roundings.
  static func randomWords(_ semantics: Semantics, _ firstIndex: UInt64) -> RandomWords {
    guard case .stochastic(_, let seed) = semantics.rounding else { return RandomWords(seed: 0) }
    return RandomWords(seed: seed, indexHigh: UInt32(truncatingIfNeeded: firstIndex &>> 32))
  }

  /// How many elements from `index` share the upper half of their indices, at most a chunk.
  static func run(from index: UInt64, remaining: Int) -> Int {
    let toBoundary = (UInt64(1) &<< 32) &- (index & 0xffff_ffff)
    return Int(min(UInt64(min(remaining, chunk)), toBoundary))
  }

  /// The results and exceptions of one operation over `count` elements, which must not overlap
  /// operands.
  ///
  /// In 64-bit lanes binary32 gets a loop of its own, in which the compiler knows its layout: sqrt
  /// then runs 1.9 times as fast, stochastic sqrt and roundToIntegral 1.1 to 1.2 times, div and
  /// stochastic div 1.04 times, mul and fma the same (`halfway bench` with and without).
  ///
  /// - Precondition: `count` is at most `chunk`.
  @inline(never)
  static func loop<K: LaneKernel, C: Container, W: Lane, S: KernelScope>(
    _ kernel: K.Type, _ a: UnsafePointer<C>, _ b: UnsafePointer<C>, _ d: UnsafePointer<C>,
    _ results: UnsafeMutablePointer<C>, _ flags: UnsafeMutablePointer<UInt8>, count: Int,
    _ context: Context<W>, _ semantics: Semantics, _ words: RandomWords, firstIndex: UInt32,
    _ scope: S.Type
  ) {
    if LoopStorage.isWidened, W.bitWidth == 32, C.bitWidth == 16 {
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 2 * chunk) { words32 in
        guard let wide = words32.baseAddress else { return }
        elements(
          kernel, a, b, d, wide, wide + chunk, count: count, context, words,
          firstIndex: firstIndex, scope)
        for i in 0..<count { results[i] = C(truncatingIfNeeded: wide[i]) }
        for i in 0..<count { flags[i] = UInt8(truncatingIfNeeded: wide[chunk + i]) }
      }
    } else if W.bitWidth == 64, !S.isGeneral, context.format == .fp32 {
      elements(
        kernel, a, b, d, results, flags, count: count, Context<W>(.fp32, semantics), words,
        firstIndex: firstIndex, scope)
    } else {
      elements(
        kernel, a, b, d, results, flags, count: count, context, words, firstIndex: firstIndex,
        scope)
    }
  }

  @inline(__always)
  private static func elements<
    K: LaneKernel, C: Container, R: Container, F: Container, W: Lane, S: KernelScope
  >(
    _: K.Type, _ a: UnsafePointer<C>, _ b: UnsafePointer<C>, _ d: UnsafePointer<C>,
    _ results: UnsafeMutablePointer<R>, _ flags: UnsafeMutablePointer<F>, count: Int,
    _ context: Context<W>, _ words: RandomWords, firstIndex: UInt32, _ scope: S.Type
  ) {
    for i in 0..<count {
      var random: W = 0
      if S.isStochastic {
        let position = firstIndex &+ UInt32(truncatingIfNeeded: i)
        // Narrow lanes take at most 16 random bits.
        let word = W.bitWidth == 32 ? words.upperHalf(position) : words(position)
        random = W(truncatingIfNeeded: word) &<< (W.topBit &- 31)
      }
      let packed = K.apply(
        W(truncatingIfNeeded: a[i]), W(truncatingIfNeeded: b[i]), W(truncatingIfNeeded: d[i]),
        context, random: random, scope)
      results[i] = R(truncatingIfNeeded: packed.bits)
      flags[i] = F(truncatingIfNeeded: packed.flags)
    }
  }

  /// Runs `loop` over chunks; returns the union of the exceptions.
  static func chunks<K: LaneKernel, C: Container, W: Lane>(
    _ kernel: K.Type, _ a: UnsafePointer<C>, _ b: UnsafePointer<C>, _ d: UnsafePointer<C>,
    _ results: UnsafeMutablePointer<C>, elementFlags: UnsafeMutablePointer<UInt8>?, count: Int,
    _ context: Context<W>, _ semantics: Semantics, firstIndex: UInt64
  ) -> Exceptions {
    let byteCount = count * MemoryLayout<C>.stride
    let inPlace =
      overlap(results, a, byteCount: byteCount) || overlap(results, b, byteCount: byteCount)
      || overlap(results, d, byteCount: byteCount)
    var all: UInt8 = 0
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: chunk) { flagScratch in
      withUnsafeTemporaryAllocation(of: C.self, capacity: chunk) { resultScratch in
        guard let scratchFlags = flagScratch.baseAddress,
          let scratchResults = resultScratch.baseAddress
        else { return }
        var start = 0
        while start < count {
          let index = firstIndex &+ UInt64(truncatingIfNeeded: start)
          let length = run(from: index, remaining: count - start)
          let flags = elementFlags.map { $0 + start } ?? scratchFlags
          let target = inPlace ? scratchResults : results + start
          let words = randomWords(semantics, index)
          let low = UInt32(truncatingIfNeeded: index)
          func take<S: KernelScope>(_ scope: S.Type) {
            loop(
              kernel, a + start, b + start, d + start, target, flags, count: length, context,
              semantics, words, firstIndex: low, scope)
          }
          if semantics.isPlain {
            take(PlainScope.self)
          } else if !semantics.isGeneral {
            take(StochasticScope.self)
          } else {
            take(GeneralScope.self)
          }
          if inPlace { (results + start).update(from: scratchResults, count: length) }
          all |= union(flags, length)
          start += length
        }
      }
    }
    return Exceptions(rawValue: all)
  }
}

/// How a loop of lanes stores what it computes.
private enum LoopStorage {
  /// Whether results and exceptions go through words of the lanes' width: a loop that also narrows
  /// them takes two vectors of each lane at a time, for which sixteen registers do not suffice.
  @inline(__always)
  static var isWidened: Bool { HALFWAY_VECTOR_BYTES == 32 && HALFWAY_VECTOR_REGISTERS == 16 }
}
