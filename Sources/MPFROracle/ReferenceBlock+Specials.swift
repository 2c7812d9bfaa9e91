// SPDX-License-Identifier: Apache-2.0
import Formats

/// What the outcomes that are not numbers deliver under each variant, computed once: they make up
/// 6 % of all pairs of binary16 operands.
struct SpecialDeliveries {
  private let deliveries: [Rounded<UInt64>]
  private let variantCount: Int
  private let propagates: Bool

  init(_ variants: [Semantics], _ format: Format) {
    let outcomes: [Outcome] = [
      .nan(first: nil, invalid: false), .nan(first: nil, invalid: true),
      .infinity(negative: false, dividesByZero: false),
      .infinity(negative: true, dividesByZero: false),
      .infinity(negative: false, dividesByZero: true),
      .infinity(negative: true, dividesByZero: true),
      .zero(negative: false), .zero(negative: true), .cancellation,
    ]
    deliveries = outcomes.flatMap { outcome in
      variants.map { format.deliver(outcome, $0, index: 0) }
    }
    variantCount = variants.count
    propagates = variants.contains { $0.nan == .propagateFirst }
  }

  /// The position of an outcome's first delivery, nil when it has to be computed.
  @inline(__always)
  private func position(_ outcome: Outcome) -> Int? {
    let kind: Int
    switch outcome {
    case .nan(_, let invalid):
      if propagates { return nil }
      kind = invalid ? 1 : 0
    case .infinity(let negative, let dividesByZero):
      kind = 2 + (negative ? 1 : 0) + (dividesByZero ? 2 : 0)
    case .zero(let negative): kind = negative ? 7 : 6
    case .cancellation: kind = 8
    case .number: return nil
    }
    return kind * variantCount
  }

  /// Writes the results of an outcome at a position of every variant's buffers; false when it has
  /// to be computed.
  @inline(__always)
  func store(
    _ outcome: Outcome, at i: Int, results: [UnsafeMutablePointer<UInt64>],
    flags: [UnsafeMutablePointer<UInt8>]
  ) -> Bool {
    guard let first = position(outcome) else { return false }
    for v in 0..<variantCount {
      results[v][i] = deliveries[first + v].value
      flags[v][i] = deliveries[first + v].flags.rawValue
    }
    return true
  }
}

extension ReferenceBlock {
  /// Evaluates the elements that `special` lists under every variant without the bulk path.
  func patch(
    _ a: UnsafePointer<UInt64>, _ b: UnsafePointer<UInt64>, _ c: UnsafePointer<UInt64>,
    _ count: Int, _ firstIndex: UInt64, results: [UnsafeMutablePointer<UInt64>],
    flags: [UnsafeMutablePointer<UInt8>]
  ) {
    let daz = flushesOperands
    let arity = operation.arity
    for s in 0..<count {
      let i = special[s]
      switch path {
      case .unary, .binary, .fma:
        let x = format.operand(a[i], flushingSubnormals: daz)
        let y = arity > 1 ? format.operand(b[i], flushingSubnormals: daz) : x
        let z = arity > 2 ? format.operand(c[i], flushingSubnormals: daz) : x
        guard let outcome = Exact.outcome(operation, x, y, z) else { continue }
        if deliveries.store(outcome, at: i, results: results, flags: flags) { continue }
        for v in variants.indices {
          let delivered = format.deliver(outcome, variants[v], index: firstIndex &+ UInt64(i))
          results[v][i] = delivered.value
          flags[v][i] = delivered.flags.rawValue
        }
      case .convert, .integral, .scalar:
        for v in variants.indices {
          let delivered = Oracle.evaluate(
            operation, a[i], b[i], c[i], format: format, to: to, semantics: variants[v],
            index: firstIndex &+ UInt64(i))
          results[v][i] = delivered.value
          flags[v][i] = delivered.flags.rawValue
        }
      }
    }
  }
}
