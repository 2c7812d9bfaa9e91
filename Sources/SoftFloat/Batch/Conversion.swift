// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness

/// A conversion with its contexts built: runs of 32-bit words to any container.
struct Conversion {
  private let from: Format, to: Format
  private let semantics: Semantics
  private let isNarrow: Bool
  private let narrowSource: Context<UInt32>, narrowTarget: Context<UInt32>
  private let wideSource: Context<UInt64>, wideTarget: Context<UInt64>

  init(_ from: Format, _ to: Format, _ semantics: Semantics) {
    var semantics = semantics
    // What is exact needs no random word.
    if from.isContained(in: to) { semantics.rounding = .nearestEven }
    self.from = from
    self.to = to
    self.semantics = semantics
    isNarrow = semantics.isPlain || to.fitsNarrowLane(semantics)
    narrowSource = Context(from, semantics)
    narrowTarget = Context(to, semantics)
    wideSource = Context(from, semantics)
    wideTarget = Context(to, semantics)
  }

  /// The results of a run that starts at the element `index`, in containers of `bitWidth` bits, and
  /// the exceptions where they are kept.
  ///
  /// Containers are concrete from here on, so that each loop is specialised.
  @inline(__always)
  func run<F: FlagScope>(
    _ flagScope: F.Type, _ source: UnsafePointer<UInt32>, _ results: UnsafeMutableRawPointer,
    _ bitWidth: Int, _ flags: UnsafeMutablePointer<UInt8>, _ count: Int, _ index: UInt64
  ) {
    switch bitWidth {
    case 8:
      run(flagScope, source, results.assumingMemoryBound(to: UInt8.self), flags, count, index)
    case 16:
      run(flagScope, source, results.assumingMemoryBound(to: UInt16.self), flags, count, index)
    default:
      run(flagScope, source, results.assumingMemoryBound(to: UInt32.self), flags, count, index)
    }
  }

  @inline(__always)
  private func run<F: FlagScope, B: Container>(
    _ flagScope: F.Type, _ source: UnsafePointer<UInt32>, _ results: UnsafeMutablePointer<B>,
    _ flags: UnsafeMutablePointer<UInt8>, _ count: Int, _ index: UInt64
  ) {
    let words = Batch.randomWords(semantics, index)
    let low = UInt32(truncatingIfNeeded: index)
    if from.specials == .scale || to.specials == .scale {
      scalars(flagScope, source, results, flags, count, index)
    } else if semantics.isPlain {
      Conversion.loop(
        flagScope, source, results, flags, count, narrowSource, narrowTarget, words, low,
        PlainScope.self)
    } else if isNarrow, !semantics.isGeneral {
      Conversion.loop(
        flagScope, source, results, flags, count, narrowSource, narrowTarget, words, low,
        StochasticScope.self)
    } else if isNarrow {
      Conversion.loop(
        flagScope, source, results, flags, count, narrowSource, narrowTarget, words, low,
        GeneralScope.self)
    } else {
      Conversion.loop(
        flagScope, source, results, flags, count, wideSource, wideTarget, words, low,
        GeneralScope.self)
    }
  }

  private func scalars<F: FlagScope, B: Container>(
    _: F.Type, _ source: UnsafePointer<UInt32>, _ results: UnsafeMutablePointer<B>,
    _ flags: UnsafeMutablePointer<UInt8>, _ count: Int, _ index: UInt64
  ) {
    let evaluate = ScalarEvaluator(.convert, format: from, to: to, semantics: semantics)
    for i in 0..<count {
      let rounded = evaluate(UInt64(source[i]), 0, 0, index: index &+ UInt64(i))
      results[i] = B(truncatingIfNeeded: rounded.value)
      if F.keepsFlags { flags[i] = rounded.flags.rawValue }
    }
  }

  @inline(never)
  private static func loop<F: FlagScope, B: Container, W: Lane, S: KernelScope>(
    _: F.Type, _ source: UnsafePointer<UInt32>, _ results: UnsafeMutablePointer<B>,
    _ flags: UnsafeMutablePointer<UInt8>, _ count: Int, _ from: Context<W>, _ to: Context<W>,
    _ words: RandomWords, _ firstIndex: UInt32, _ scope: S.Type
  ) {
    for i in 0..<count {
      var random: W = 0
      if S.isStochastic {
        let position = firstIndex &+ UInt32(truncatingIfNeeded: i)
        // Narrow lanes take at most 16 random bits.
        let word = W.bitWidth == 32 ? words.upperHalf(position) : words(position)
        random = W(truncatingIfNeeded: word) &<< (W.topBit &- 31)
      }
      let packed = Arithmetic.convert(
        W(truncatingIfNeeded: source[i]), from: from, to: to, random: random, scope)
      results[i] = B(truncatingIfNeeded: packed.bits)
      if F.keepsFlags { flags[i] = UInt8(truncatingIfNeeded: packed.flags) }
    }
  }
}

extension Format {
  /// Whether every finite number of this format is one of the other.
  fileprivate func isContained(in other: Format) -> Bool {
    precision <= other.precision && minUlpExponent >= other.minUlpExponent
      && maxExponent <= other.maxExponent
  }
}
