// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// Elements of any type to and from the encodings of a format in 32-bit words.
enum Encodings {
  /// Elements rounded to a format; the union of their exceptions where these are kept.
  static func encode(
    _ type: ArrayElement, _ source: UnsafeRawPointer, as format: Format,
    into words: UnsafeMutablePointer<UInt32>, count: Int, _ semantics: Semantics,
    firstIndex: UInt64, flags: UnsafeMutablePointer<UInt8>?, keepsFlags: Bool
  ) -> UInt8 {
    func each(_ rounded: (Int, UInt64) -> Rounded<UInt64>) -> UInt8 {
      var all: Exceptions = []
      for i in 0..<count {
        let rounded = rounded(i, firstIndex &+ UInt64(i))
        words[i] = UInt32(truncatingIfNeeded: rounded.value)
        flags?[i] = rounded.flags.rawValue
        all.formUnion(rounded.flags)
      }
      return all.rawValue
    }
    func integer(_ negative: Bool, _ magnitude: UInt64, _ index: UInt64) -> Rounded<UInt64> {
      Arithmetic.round(
        negative: negative, significand: magnitude, exponent: 0, to: format, semantics: semantics,
        index: index)
    }
    switch type {
    case .format(let from) where from.fillsContainer:
      return convert(
        source, from, to: format, into: words, as: UInt32.self, count: count, semantics,
        firstIndex: firstIndex, flags: flags, keepsFlags: keepsFlags)
    case .format(let from):
      return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { scratch in
        guard let loaded = scratch.baseAddress else { return 0 }
        load(source, from, into: loaded, count: count)
        return run(
          loaded, from, format, words, count, semantics, firstIndex, flags, keepsFlags)
      }
    case .fp64:
      let values = source.assumingMemoryBound(to: Double.self)
      return each { TensorKernels.round(values[$0], to: format, semantics, index: $1) }
    case .int64:
      let values = source.assumingMemoryBound(to: Int64.self)
      return each { integer(values[$0] < 0, values[$0].magnitude, $1) }
    case .uint64:
      let values = source.assumingMemoryBound(to: UInt64.self)
      return each { integer(false, values[$0], $1) }
    case .int32, .uint8: preconditionFailure("no caller can name \(type.name)")
    }
  }

  /// The numbers of encodings as elements of a type that holds them.
  static func decode(
    _ words: UnsafePointer<UInt32>, of format: Format, into target: UnsafeMutableRawPointer,
    as type: ArrayElement, count: Int
  ) {
    switch type {
    case .format(format):
      store(words, into: target, bytes: format.containerBytes, count: count)
    case .format(let other):
      _ = convert(
        words, format, to: other, into: target, count: count, Semantics(), firstIndex: 0,
        flags: nil, keepsFlags: false, from: UInt32.self)
    case .fp64:
      let values = target.assumingMemoryBound(to: Double.self)
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { singles in
        guard let singles = singles.baseAddress else { return }
        Batch.cast(words, from: format, to: .fp32, into: singles, count: count)
        for i in 0..<count { values[i] = Double(Float(bitPattern: singles[i])) }
      }
    case .int64, .uint64, .int32, .uint8:
      preconditionFailure("\(type.name) holds no format's numbers")
    }
  }

  /// Encodings as words; bits above those of the format are ignored.
  static func load(
    _ source: UnsafeRawPointer, _ format: Format, into words: UnsafeMutablePointer<UInt32>,
    count: Int
  ) {
    let mask = UInt32(truncatingIfNeeded: format.encodingCount - 1)
    switch format.containerBytes {
    case 1:
      let elements = source.assumingMemoryBound(to: UInt8.self)
      for i in 0..<count { words[i] = UInt32(elements[i]) & mask }
    case 2:
      let elements = source.assumingMemoryBound(to: UInt16.self)
      for i in 0..<count { words[i] = UInt32(elements[i]) & mask }
    default:
      let elements = source.assumingMemoryBound(to: UInt32.self)
      for i in 0..<count { words[i] = elements[i] & mask }
    }
  }

  static func store(
    _ words: UnsafePointer<UInt32>, into target: UnsafeMutableRawPointer, bytes: Int, count: Int
  ) {
    switch bytes {
    case 1:
      let elements = target.assumingMemoryBound(to: UInt8.self)
      for i in 0..<count { elements[i] = UInt8(truncatingIfNeeded: words[i]) }
    case 2:
      let elements = target.assumingMemoryBound(to: UInt16.self)
      for i in 0..<count { elements[i] = UInt16(truncatingIfNeeded: words[i]) }
    default: target.assumingMemoryBound(to: UInt32.self).update(from: words, count: count)
    }
  }

  /// Encodings to encodings, each in containers of its format.
  static func convert(
    _ source: UnsafeRawPointer, _ from: Format, to: Format, into target: UnsafeMutableRawPointer,
    count: Int, _ semantics: Semantics, firstIndex: UInt64,
    flags: UnsafeMutablePointer<UInt8>?, keepsFlags: Bool
  ) -> UInt8 {
    func into<B: Container>(_: B.Type) -> UInt8 {
      convert(
        source, from, to: to, into: target.assumingMemoryBound(to: B.self), as: B.self,
        count: count, semantics, firstIndex: firstIndex, flags: flags, keepsFlags: keepsFlags)
    }
    switch to.containerBytes {
    case 1: return into(UInt8.self)
    case 2: return into(UInt16.self)
    default: return into(UInt32.self)
    }
  }

  /// Words to encodings in containers of their format.
  private static func convert(
    _ words: UnsafePointer<UInt32>, _ from: Format, to: Format,
    into target: UnsafeMutableRawPointer, count: Int, _ semantics: Semantics, firstIndex: UInt64,
    flags: UnsafeMutablePointer<UInt8>?, keepsFlags: Bool, from _: UInt32.Type
  ) -> UInt8 {
    func into<B: Container>(_: B.Type) -> UInt8 {
      run(
        words, from, to, target.assumingMemoryBound(to: B.self), count, semantics, firstIndex,
        flags, keepsFlags)
    }
    switch to.containerBytes {
    case 1: return into(UInt8.self)
    case 2: return into(UInt16.self)
    default: return into(UInt32.self)
    }
  }

  /// Encodings in containers of their format to encodings in any.
  private static func convert<B: Container>(
    _ source: UnsafeRawPointer, _ from: Format, to: Format, into target: UnsafeMutablePointer<B>,
    as _: B.Type, count: Int, _ semantics: Semantics, firstIndex: UInt64,
    flags: UnsafeMutablePointer<UInt8>?, keepsFlags: Bool
  ) -> UInt8 {
    func out<A: Container>(of _: A.Type) -> UInt8 {
      run(
        source.assumingMemoryBound(to: A.self), from, to, target, count, semantics, firstIndex,
        flags, keepsFlags)
    }
    switch from.containerBytes {
    case 1: return out(of: UInt8.self)
    case 2: return out(of: UInt16.self)
    default: return out(of: UInt32.self)
    }
  }

  private static func run<A: Container, B: Container>(
    _ source: UnsafePointer<A>, _ from: Format, _ to: Format, _ target: UnsafeMutablePointer<B>,
    _ count: Int, _ semantics: Semantics, _ firstIndex: UInt64,
    _ flags: UnsafeMutablePointer<UInt8>?, _ keepsFlags: Bool
  ) -> UInt8 {
    guard keepsFlags else {
      Batch.cast(
        source, from: from, to: to, into: target, count: count, semantics: semantics,
        firstIndex: firstIndex)
      return 0
    }
    return Batch.convert(
      source, from: from, to: to, into: target, elementFlags: flags, count: count,
      semantics: semantics, firstIndex: firstIndex
    ).rawValue
  }
}

extension Format {
  /// Whether an encoding has as many bits as its container.
  var fillsContainer: Bool { bitWidth == 8 * containerBytes }
}
