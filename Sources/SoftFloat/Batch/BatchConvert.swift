// SPDX-License-Identifier: Apache-2.0

import Formats

/// Whether a conversion's loop keeps the exceptions.
protocol FlagScope {
  /// A constant after specialisation.
  static var keepsFlags: Bool { get }
}

enum FlagsKept: FlagScope { static var keepsFlags: Bool { true } }
enum FlagsDropped: FlagScope { static var keepsFlags: Bool { false } }

extension Batch {
  /// The numbers of one format rounded to another, and the union of their exceptions.
  ///
  /// - Parameters:
  ///   - source: `count` encodings of the format `from`.
  ///   - results: where the encodings of the format `to` go; must not overlap the source.
  ///   - elementFlags: where each element's exceptions go; nil for none.
  ///   - firstIndex: the index of the first element, on which stochastic rounding depends.
  /// - Precondition: the containers hold their formats.
  @discardableResult
  public static func convert<A: Container, B: Container>(
    _ source: UnsafePointer<A>, from: Format, to: Format, into results: UnsafeMutablePointer<B>,
    elementFlags: UnsafeMutablePointer<UInt8>? = nil, count: Int,
    semantics: Semantics = Semantics(), firstIndex: UInt64 = 0
  ) -> Exceptions {
    var all: UInt8 = 0
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: chunk) { scratch in
      guard let flags = scratch.baseAddress else { return }
      convertChunks(
        FlagsKept.self, source, from, to, results, elementFlags: elementFlags, scratch: flags,
        count: count, semantics, firstIndex, &all)
    }
    return Exceptions(rawValue: all)
  }

  /// The numbers of one format rounded to another, exceptions dropped: several times faster.
  ///
  /// Parameters and precondition as those of `convert`.
  public static func cast<A: Container, B: Container>(
    _ source: UnsafePointer<A>, from: Format, to: Format, into results: UnsafeMutablePointer<B>,
    count: Int, semantics: Semantics = Semantics(), firstIndex: UInt64 = 0
  ) {
    if semantics == Semantics(), nearestCast(source, from, to, results, count) { return }
    var none: UInt8 = 0
    // Never written: the loop drops the exceptions.
    withUnsafeMutablePointer(to: &none) { unused in
      var all: UInt8 = 0
      convertChunks(
        FlagsDropped.self, source, from, to, results, elementFlags: nil, scratch: unused,
        count: count, semantics, firstIndex, &all)
    }
  }

  private static func convertChunks<F: FlagScope, A: Container, B: Container>(
    _: F.Type, _ source: UnsafePointer<A>, _ from: Format, _ to: Format,
    _ results: UnsafeMutablePointer<B>, elementFlags: UnsafeMutablePointer<UInt8>?,
    scratch: UnsafeMutablePointer<UInt8>, count: Int, _ semantics: Semantics,
    _ firstIndex: UInt64, _ all: inout UInt8
  ) {
    precondition(A.bitWidth >= from.bitWidth && B.bitWidth >= to.bitWidth)
    let isScale = from.specials == .scale || to.specials == .scale
    let isNarrow =
      semantics.isPlain || (to.fitsNarrowLane(semantics) && from.precision <= 24)
    let evaluate = ScalarEvaluator(.convert, format: from, to: to, semantics: semantics)
    let narrow = (Context<UInt32>(from, semantics), Context<UInt32>(to, semantics))
    let wide = (Context<UInt64>(from, semantics), Context<UInt64>(to, semantics))
    var start = 0
    while start < count {
      let index = firstIndex &+ UInt64(truncatingIfNeeded: start)
      let length = run(from: index, remaining: count - start)
      let flags = elementFlags.map { $0 + start } ?? scratch
      let words = randomWords(semantics, index)
      let low = UInt32(truncatingIfNeeded: index)
      let input = source + start
      let output = results + start
      if isScale {
        for i in 0..<length {
          let rounded = evaluate(UInt64(input[i]), 0, 0, index: index &+ UInt64(i))
          output[i] = B(truncatingIfNeeded: rounded.value)
          if F.keepsFlags { flags[i] = rounded.flags.rawValue }
        }
      } else if semantics.isPlain {
        convertLoop(
          F.self, input, output, flags, length, narrow.0, narrow.1, words, low, PlainScope.self)
      } else if isNarrow {
        convertLoop(
          F.self, input, output, flags, length, narrow.0, narrow.1, words, low,
          GeneralScope.self)
      } else {
        convertLoop(
          F.self, input, output, flags, length, wide.0, wide.1, words, low, GeneralScope.self)
      }
      if F.keepsFlags { all |= union(flags, length) }
      start += length
    }
  }

  @inline(never)
  private static func convertLoop<
    F: FlagScope, A: Container, B: Container, W: Lane, S: KernelScope
  >(
    _: F.Type, _ source: UnsafePointer<A>, _ results: UnsafeMutablePointer<B>,
    _ flags: UnsafeMutablePointer<UInt8>, _ count: Int, _ from: Context<W>, _ to: Context<W>,
    _ words: RandomWords, _ firstIndex: UInt32, _ scope: S.Type
  ) {
    for i in 0..<count {
      var random: W = 0
      if S.isGeneral {
        let word = words(firstIndex &+ UInt32(truncatingIfNeeded: i))
        random = W(truncatingIfNeeded: word) &<< (W.topBit &- 31)
      }
      let packed = Arithmetic.convert(
        W(truncatingIfNeeded: source[i]), from: from, to: to, random: random, scope)
      results[i] = B(truncatingIfNeeded: packed.bits)
      if F.keepsFlags { flags[i] = UInt8(truncatingIfNeeded: packed.flags) }
    }
  }
}
