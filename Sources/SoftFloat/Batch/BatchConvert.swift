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
  ///   - from: the format of the source.
  ///   - to: the format of the results.
  ///   - results: where the encodings of the format `to` go; must not overlap the source.
  ///   - elementFlags: where each element's exceptions go; nil for none.
  ///   - count: the number of elements.
  ///   - semantics: the attributes of the conversion.
  ///   - firstIndex: the index of the first element, on which stochastic rounding depends.
  /// - Precondition: the containers hold their formats.
  @discardableResult
  public static func convert<A: Container, B: Container>(
    _ source: UnsafePointer<A>, from: Format, to: Format, into results: UnsafeMutablePointer<B>,
    elementFlags: UnsafeMutablePointer<UInt8>? = nil, count: Int,
    semantics: Semantics = Semantics(), firstIndex: UInt64 = 0
  ) -> Exceptions {
    precondition(A.bitWidth >= from.bitWidth && B.bitWidth >= to.bitWidth)
    var all: UInt8 = 0
    let conversion = Conversion(from, to, semantics)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: chunk) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      runs(source, A.bitWidth, count: count, firstIndex) { operands, start, length, index in
        let flags = elementFlags.map { $0 + start } ?? scratch
        let target = UnsafeMutableRawPointer(results + start)
        conversion.run(FlagsKept.self, operands, target, B.bitWidth, flags, length, index)
        all |= union(flags, length)
      }
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
    precondition(A.bitWidth >= from.bitWidth && B.bitWidth >= to.bitWidth)
    if semantics == Semantics(), nearestCast(source, from, to, results, count) { return }
    let conversion = Conversion(from, to, semantics)
    var unused: UInt8 = 0
    withUnsafeMutablePointer(to: &unused) { flags in
      runs(source, A.bitWidth, count: count, firstIndex) { operands, start, length, index in
        let target = UnsafeMutableRawPointer(results + start)
        conversion.run(FlagsDropped.self, operands, target, B.bitWidth, flags, length, index)
      }
    }
  }

  /// Calls `body` with each run of elements, widened to 32 bits, its start, length and first index.
  private static func runs(
    _ source: UnsafeRawPointer, _ bitWidth: Int, count: Int, _ firstIndex: UInt64,
    _ body: (UnsafePointer<UInt32>, Int, Int, UInt64) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: chunk) { words in
      guard let staged = words.baseAddress else { return }
      var start = 0
      while start < count {
        let index = firstIndex &+ UInt64(truncatingIfNeeded: start)
        let length = run(from: index, remaining: count - start)
        body(stage(source, bitWidth, start, length, staged), start, length, index)
        start += length
      }
    }
  }

  /// A run of encodings as 32-bit words: where they are, or widened into `staged`.
  private static func stage(
    _ source: UnsafeRawPointer, _ bitWidth: Int, _ start: Int, _ length: Int,
    _ staged: UnsafeMutablePointer<UInt32>
  ) -> UnsafePointer<UInt32> {
    switch bitWidth {
    case 8:
      let bytes = source.assumingMemoryBound(to: UInt8.self) + start
      for i in 0..<length { staged[i] = UInt32(bytes[i]) }
    case 16:
      let halves = source.assumingMemoryBound(to: UInt16.self) + start
      for i in 0..<length { staged[i] = UInt32(halves[i]) }
    default: return source.assumingMemoryBound(to: UInt32.self) + start
    }
    return UnsafePointer(staged)
  }
}
