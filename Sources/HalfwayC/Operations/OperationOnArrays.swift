// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// One call of `halfway_operate`.
struct OperationOnArrays: @unchecked Sendable {
  let operation: ArithmeticOperation
  let format: Format
  let semantics: Semantics
  let firstIndex: UInt64
  let operands: [ArrayArgument?]
  /// A bit for each operand that is one element.
  let single: UInt32
  let result: ArrayArgument
  let elementFlags: UnsafeMutablePointer<UInt8>?

  /// Elements that are handled at a time.
  private static let chunk = 1024

  /// Computes a range of the elements; the union of their exceptions.
  func run(_ range: Range<Int>) -> UInt8 {
    guard !range.isEmpty else { return 0 }
    var all: UInt8 = 0
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4 * Self.chunk) { scratch in
      guard let words = scratch.baseAddress else { return }
      let places = (0..<3).map { words + $0 * Self.chunk }
      for index in 0..<operation.arity where single >> UInt32(index) & 1 == 1 {
        load(index, at: 0, into: places[index], count: 1)
        places[index].update(repeating: places[index].pointee, count: Self.chunk)
      }
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.chunk) {
        let count = min(Self.chunk, range.upperBound - start)
        for index in 0..<operation.arity where single >> UInt32(index) & 1 == 0 {
          load(index, at: start, into: places[index], count: count)
        }
        all |= compute(places, words + 3 * Self.chunk, start, count)
      }
    }
    return all
  }

  /// Operands as encodings of the format, rounded to nearest where they are none; exponents of
  /// `scaleB` as they are.
  private func load(
    _ index: Int, at start: Int, into words: UnsafeMutablePointer<UInt32>, count: Int
  ) {
    guard let operand = operands[index] else { return }
    let source = operand.address(start)
    switch operand.type {
    case .int32, .format(format):
      Encodings.load(source, operand.type == .int32 ? .fp32 : format, into: words, count: count)
    default:
      _ = Encodings.encode(
        operand.type, source, as: format, into: words, count: count, Semantics(), firstIndex: 0,
        flags: nil, keepsFlags: false)
    }
  }

  private func compute(
    _ operands: [UnsafeMutablePointer<UInt32>], _ results: UnsafeMutablePointer<UInt32>,
    _ start: Int, _ count: Int
  ) -> UInt8 {
    let index = firstIndex &+ UInt64(start)
    let flags = elementFlags.map { $0 + start }
    guard case .format = result.type, operation != .scaleB else {
      return result.type == .fp64 && operation != .scaleB
        ? number(operands, results, index, flags, start, count)
        : single(operands, results, index, flags, start, count)
    }
    return number(operands, results, index, flags, start, count)
  }

  /// Operations from numbers to numbers, in loops where these exist.
  private func number(
    _ operands: [UnsafeMutablePointer<UInt32>], _ results: UnsafeMutablePointer<UInt32>,
    _ index: UInt64, _ flags: UnsafeMutablePointer<UInt8>?, _ start: Int, _ count: Int
  ) -> UInt8 {
    let arity = operation.arity
    let all = Batch.apply(
      operation, operands[0], arity > 1 ? UnsafePointer(operands[1]) : nil,
      arity > 2 ? UnsafePointer(operands[2]) : nil, into: results, elementFlags: flags,
      count: count, format: format, semantics: semantics, firstIndex: index)
    Encodings.decode(
      results, of: format, into: result.address(start), as: result.type, count: count)
    return all.rawValue
  }

  /// Operations with integers or relations, one element after another.
  private func single(
    _ operands: [UnsafeMutablePointer<UInt32>], _ results: UnsafeMutablePointer<UInt32>,
    _ index: UInt64, _ flags: UnsafeMutablePointer<UInt8>?, _ start: Int, _ count: Int
  ) -> UInt8 {
    let evaluate = ScalarEvaluator(operation, format: format, to: format, semantics: semantics)
    let target = result.address(start)
    var all: Exceptions = []
    for i in 0..<count {
      let rounded = evaluate(
        UInt64(operands[0][i]), UInt64(operands[1][i]), 0, index: index &+ UInt64(i))
      switch result.type {
      case .uint8:
        target.storeBytes(
          of: UInt8(truncatingIfNeeded: rounded.value), toByteOffset: i, as: UInt8.self)
      case .int32:
        target.assumingMemoryBound(to: UInt32.self)[i] = UInt32(truncatingIfNeeded: rounded.value)
      case .int64: target.assumingMemoryBound(to: UInt64.self)[i] = rounded.value
      default: results[i] = UInt32(truncatingIfNeeded: rounded.value)
      }
      flags?[i] = rounded.flags.rawValue
      all.formUnion(rounded.flags)
    }
    if operation == .scaleB {
      Encodings.decode(results, of: format, into: target, as: result.type, count: count)
    }
    return all.rawValue
  }
}
