// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

/// Reference results in bulk: every variant of the semantics from one MPFR call per element, or per
/// class of pairs whose exact results are the same up to the sign (`SharedRuns`).
///
/// The call computes at 63 bits toward zero, where MPFR has its fastest functions; the ternary
/// value is the sticky bit, and the variants are rounded from that in loops that vectorise. Results
/// and flags are those of `Oracle.evaluate`. `DirectReference` audits the shortcut.
///
/// A block owns scratch memory: use one per thread.
package final class ReferenceBlock {
  /// The operation.
  package let operation: ArithmeticOperation
  /// The operands' format.
  package let format: Format
  /// The result's format in `convert`.
  package let to: Format
  /// The semantics evaluated for each element, in the order of the result buffers.
  package let variants: [Semantics]

  let path: Path
  let rounders: [BlockVariant]
  let deliveries: SpecialDeliveries
  let numbers = BlockNumbers()
  let x = OneLimbNumber(), y = OneLimbNumber(), z = OneLimbNumber()
  let product = OneLimbNumber()
  let result = OneLimbNumber()
  let table: OperandTable?
  let reader: FieldReader?
  let flushesOperands: Bool
  /// The elements of the block at hand that need the scalar path.
  let special: UnsafeMutablePointer<Int>
  let shared = SharedResults()

  typealias Unary = @convention(c) (mpfr_ptr?, mpfr_srcptr?, mpfr_rnd_t) -> Int32
  typealias Binary =
    @convention(c) (mpfr_ptr?, mpfr_srcptr?, mpfr_srcptr?, mpfr_rnd_t) -> Int32

  /// How the numbers before rounding are made.
  enum Path {
    /// By one MPFR call.
    case unary(Unary)
    case binary(Binary)
    case fma
    /// The operand is the number.
    case convert, integral
    /// Element by element through `Oracle.evaluate`.
    case scalar
  }

  /// A block evaluator; allocates its scratch memory and operand tables.
  package init(operation: ArithmeticOperation, format: Format, to: Format, variants: [Semantics]) {
    self.operation = operation
    self.format = format
    self.to = to
    self.variants = variants
    flushesOperands = variants.first?.subnormals.flushesOperands ?? false
    let target = operation == .convert ? to : format
    let daz = flushesOperands
    // The scale format's rounding has rules of its own; variants that disagree about the operands'
    // values have no common number before rounding.
    let isUniform = variants.allSatisfy { $0.subnormals.flushesOperands == daz }
    path =
      if format.specials == .scale || target.specials == .scale || !isUniform {
        .scalar
      } else {
        switch operation {
        case .add: .binary(mpfr_add)
        case .sub: .binary(mpfr_sub)
        case .mul: .binary(mpfr_mul)
        case .div: .binary(mpfr_div)
        case .remainder: .binary(mpfr_remainder)
        case .sqrt: .unary(mpfr_sqrt)
        case .fma: .fma
        case .convert: .convert
        case .roundToIntegral: .integral
        default: .scalar
        }
      }
    rounders = target.specials == .scale ? [] : variants.map { BlockVariant($0, target) }
    deliveries = SpecialDeliveries(variants, format)
    let usesTable =
      switch path {
      // The second operands of an exhaustive run walk through the table in order; the scattered
      // ones of a fused operation would miss the caches three times per element.
      case .binary: format.bitWidth <= OperandTable.widestEncoding
      case .unary, .fma, .convert, .integral, .scalar: false
      }
    table =
      usesTable
      ? OperandTable(format, precision: OneLimbNumber.precision, flushingSubnormals: daz) : nil
    reader =
      format.hasZero ? FieldReader(format, flushingSubnormals: daz) : nil
    special = .allocate(capacity: BlockNumbers.capacity)
  }

  deinit { special.deallocate() }

  /// Writes the result and the exception bits of each element under each variant.
  ///
  /// - Parameters:
  ///   - a: The first operands.
  ///   - b: The second operands; any readable memory of `count` words for unary operations.
  ///   - c: The addends of `fma`; any such memory for all others.
  ///   - firstIndex: The position of the first element, for stochastic rounding.
  ///   - results: One buffer of `count` words per variant.
  ///   - flags: One buffer of `count` bytes per variant.
  package func evaluate(
    a: UnsafePointer<UInt64>, b: UnsafePointer<UInt64>, c: UnsafePointer<UInt64>, count: Int,
    firstIndex: UInt64, results: [UnsafeMutablePointer<UInt64>],
    flags: [UnsafeMutablePointer<UInt8>]
  ) {
    precondition(results.count == variants.count && flags.count == variants.count)
    var start = 0
    while start < count {
      let index = firstIndex &+ UInt64(start)
      // Up to the end of a group, so that wherever a part begins its later groups are whole.
      let length = min(
        SharedRuns.groupSize - Int(index % UInt64(SharedRuns.groupSize)), count - start)
      if length == SharedRuns.groupSize, case .binary(let function) = path, let table,
        let runs = SharedRuns(operation, a + start, b + start, sign: UInt64(format.signMask))
      {
        evaluate(
          runs, function, table.numbers, a + start, b + start, c + start, firstIndex: index,
          results: results.map { $0 + start }, flags: flags.map { $0 + start })
        start += length
        continue
      }
      let specials = compute(a + start, b + start, c + start, length)
      for (v, rounder) in rounders.enumerated() where specials < length {
        rounder.round(
          numbers, from: 0, count: length, firstIndex: index, results: results[v] + start,
          flags: flags[v] + start)
      }
      if specials > 0 {
        patch(
          a + start, b + start, c + start, specials, index,
          results: results.map { $0 + start }, flags: flags.map { $0 + start })
      }
      start += length
    }
  }
}
