// SPDX-License-Identifier: Apache-2.0
import Formats

/// How elements of a format stand in memory.
struct KernelElement: Hashable, Sendable {
  let format: Format
  /// The bytes of an element.
  let size: Int

  init(_ format: Format) {
    self.format = format
    size = format.bitWidth > 32 ? 8 : format.bitWidth > 16 ? 4 : format.bitWidth > 8 ? 2 : 1
  }

  /// The type's name in the worker's protocol.
  var name: String {
    switch format {
    case .fp64: "fp64"
    case .fp32, .tf32: "fp32"
    case .fp16: "fp16"
    case .bf16: "bf16"
    case .e4m3: "fp8-e4m3"
    case .e5m2: "fp8-e5m2"
    default: size == 4 ? "fp32" : size == 2 ? "uint16" : "uint8"
    }
  }

  /// The element at a place.
  @inline(__always)
  func load(_ base: UnsafeRawPointer, _ index: Int) -> UInt64 {
    switch size {
    case 8: base.load(fromByteOffset: 8 &* index, as: UInt64.self)
    case 4: UInt64(base.load(fromByteOffset: 4 &* index, as: UInt32.self))
    case 2: UInt64(base.load(fromByteOffset: 2 &* index, as: UInt16.self))
    default: UInt64(base.load(fromByteOffset: index, as: UInt8.self))
    }
  }

  /// Writes `count` elements.
  @inline(__always)
  func fill(_ base: UnsafeMutableRawPointer, count: Int, _ encoding: (Int) -> UInt64) {
    switch size {
    case 8:
      let elements = base.assumingMemoryBound(to: UInt64.self)
      for i in 0..<count { elements[i] = encoding(i) }
    case 4:
      let elements = base.assumingMemoryBound(to: UInt32.self)
      for i in 0..<count { elements[i] = UInt32(truncatingIfNeeded: encoding(i)) }
    case 2:
      let elements = base.assumingMemoryBound(to: UInt16.self)
      for i in 0..<count { elements[i] = UInt16(truncatingIfNeeded: encoding(i)) }
    default:
      let elements = base.assumingMemoryBound(to: UInt8.self)
      for i in 0..<count { elements[i] = UInt8(truncatingIfNeeded: encoding(i)) }
    }
  }

  /// Whether an element of a range has an encoding; a loop without branches in each thousand.
  func contains(_ base: UnsafeRawPointer, _ range: Range<Int>, _ encoding: UInt64) -> Bool {
    func look<Word: FixedWidthInteger>(_: Word.Type) -> Bool {
      let (elements, wanted) = (
        base.assumingMemoryBound(to: Word.self), Word(truncatingIfNeeded: encoding)
      )
      var first = range.lowerBound
      while first < range.upperBound {
        let end = min(first + 1024, range.upperBound)
        var found: Word = 0
        for i in first..<end { found |= elements[i] == wanted ? 1 : 0 }
        if found != 0 { return true }
        first = end
      }
      return false
    }
    switch size {
    case 8: return look(UInt64.self)
    case 4: return look(UInt32.self)
    case 2: return look(UInt16.self)
    default: return look(UInt8.self)
    }
  }

  /// The sum of the digests of some results, the first of which is of the element `firstElement`.
  func digest(
    _ results: UnsafeMutableRawPointer, _ part: Range<Int>, firstElement: UInt64, _ format: Format
  ) -> UInt64 {
    let rule = ResultDigest.NaNRule(format)
    let start = results + part.lowerBound * size
    switch size {
    case 8:
      let words = start.assumingMemoryBound(to: UInt64.self)
      return ResultDigest.sum(part.count, firstElement, rule) { ResultDigest.folded(words[$0]) }
    case 4:
      let words = start.assumingMemoryBound(to: UInt32.self)
      return ResultDigest.sum(part.count, firstElement, rule) { words[$0] }
    case 2:
      let words = start.assumingMemoryBound(to: UInt16.self)
      return ResultDigest.sum(part.count, firstElement, rule) { UInt32(words[$0]) }
    default:
      let words = start.assumingMemoryBound(to: UInt8.self)
      return ResultDigest.sum(part.count, firstElement, rule) { UInt32(words[$0]) }
    }
  }

  /// What an output holds before a call: a NaN where the format has one that no kernel makes; the
  /// second one is for what looks as if it had not been written.
  func poison(second: Bool) -> UInt64 {
    let fraction: UInt64 = second ? 0x2d_5a5a : 0x25_a5a5
    guard format.fractionBits >= 7 else { return second ? 0x55 : 0x7f }
    let exponent = ((UInt64(1) << UInt64(format.exponentBits)) - 1) << UInt64(format.fractionBits)
    let field = (fraction << 29) >> UInt64(Format.fp64.fractionBits - format.fractionBits)
    return exponent | field | 1
  }
}
