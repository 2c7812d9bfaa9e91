// SPDX-License-Identifier: Apache-2.0
import Formats

extension Batch {
  /// The results and exceptions of an operation on `count` elements held as 64-bit words, through
  /// the loops over the formats' own containers: the form in which campaigns call every subject.
  ///
  /// Operands and results as those of `Arithmetic.evaluate`.
  public static func evaluate(
    _ operation: ArithmeticOperation, format: Format, to target: Format, semantics: Semantics,
    a: UnsafePointer<UInt64>, b: UnsafePointer<UInt64>, c: UnsafePointer<UInt64>, count: Int,
    firstIndex: UInt64, results: UnsafeMutablePointer<UInt64>,
    flags: UnsafeMutablePointer<UInt8>
  ) {
    let words = Words(
      operation: operation, format: format, target: target, semantics: semantics, a: a, b: b,
      c: c, results: results, flags: flags)
    switch (operation, format.containerBytes, target.containerBytes) {
    case (.convert, 1, 1): converted(words, count, firstIndex, UInt8.self, UInt8.self)
    case (.convert, 1, 2): converted(words, count, firstIndex, UInt8.self, UInt16.self)
    case (.convert, 1, _): converted(words, count, firstIndex, UInt8.self, UInt32.self)
    case (.convert, 2, 1): converted(words, count, firstIndex, UInt16.self, UInt8.self)
    case (.convert, 2, 2): converted(words, count, firstIndex, UInt16.self, UInt16.self)
    case (.convert, 2, _): converted(words, count, firstIndex, UInt16.self, UInt32.self)
    case (.convert, _, 1): converted(words, count, firstIndex, UInt32.self, UInt8.self)
    case (.convert, _, 2): converted(words, count, firstIndex, UInt32.self, UInt16.self)
    case (.convert, _, _): converted(words, count, firstIndex, UInt32.self, UInt32.self)
    case (_, 1, _) where hasFloatOperands(operation):
      applied(words, count, firstIndex, UInt8.self)
    case (_, 2, _) where hasFloatOperands(operation):
      applied(words, count, firstIndex, UInt16.self)
    case (_, _, _) where hasFloatOperands(operation):
      applied(words, count, firstIndex, UInt32.self)
    default: integers(words, count, firstIndex)
    }
  }

  /// The arguments of one `evaluate`.
  private struct Words {
    let operation: ArithmeticOperation
    let format: Format, target: Format
    let semantics: Semantics
    let a: UnsafePointer<UInt64>, b: UnsafePointer<UInt64>, c: UnsafePointer<UInt64>
    let results: UnsafeMutablePointer<UInt64>
    let flags: UnsafeMutablePointer<UInt8>
  }

  /// Whether operands and result are numbers in containers of their formats.
  private static func hasFloatOperands(_ operation: ArithmeticOperation) -> Bool {
    let signature = operation.signature
    return signature.first == .number && signature.second == .number
      && [.number, .target, .relation].contains(signature.result)
  }

  private static func pack<C: Container>(
    _ words: UnsafePointer<UInt64>, _ count: Int, _ packed: UnsafeMutablePointer<C>
  ) {
    for i in 0..<count { packed[i] = C(truncatingIfNeeded: words[i]) }
  }

  private static func unpack<C: Container>(
    _ packed: UnsafePointer<C>, _ count: Int, _ words: UnsafeMutablePointer<UInt64>
  ) {
    for i in 0..<count { words[i] = UInt64(packed[i]) }
  }

  private static func applied<C: Container>(
    _ w: Words, _ count: Int, _ firstIndex: UInt64, _: C.Type
  ) {
    withUnsafeTemporaryAllocation(of: C.self, capacity: 4 * count) { scratch in
      guard let base = scratch.baseAddress else { return }
      let arity = w.operation.arity
      pack(w.a, count, base)
      if arity > 1 { pack(w.b, count, base + count) }
      if arity > 2 { pack(w.c, count, base + 2 * count) }
      let results = base + 3 * count
      apply(
        w.operation, base, arity > 1 ? UnsafePointer(base + count) : nil,
        arity > 2 ? UnsafePointer(base + 2 * count) : nil, into: results,
        elementFlags: w.flags, count: count, format: w.format, semantics: w.semantics,
        firstIndex: firstIndex)
      unpack(results, count, w.results)
    }
  }

  private static func converted<A: Container, B: Container>(
    _ w: Words, _ count: Int, _ firstIndex: UInt64, _: A.Type, _: B.Type
  ) {
    withUnsafeTemporaryAllocation(of: A.self, capacity: count) { source in
      withUnsafeTemporaryAllocation(of: B.self, capacity: count) { results in
        guard let input = source.baseAddress, let output = results.baseAddress else { return }
        pack(w.a, count, input)
        convert(
          input, from: w.format, to: w.target, into: output, elementFlags: w.flags,
          count: count, semantics: w.semantics, firstIndex: firstIndex)
        unpack(output, count, w.results)
      }
    }
  }

  private static func integers(_ w: Words, _ count: Int, _ firstIndex: UInt64) {
    let evaluate = ScalarEvaluator(
      w.operation, format: w.format, to: w.target, semantics: w.semantics)
    for i in 0..<count {
      let rounded = evaluate(w.a[i], w.b[i], w.c[i], index: firstIndex &+ UInt64(i))
      w.results[i] = rounded.value
      w.flags[i] = rounded.flags.rawValue
    }
  }
}
