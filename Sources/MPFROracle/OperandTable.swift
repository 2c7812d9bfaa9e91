// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

/// Every encoding of a narrow format as an MPFR number of one limb, indexed by the encoding.
///
/// The numbers are never changed after construction and hold no memory of MPFR's own, so that any
/// number of threads may read them.
final class OperandTable: @unchecked Sendable {
  /// The widest encoding worth a table: 65,536 numbers take 2.5 MB.
  static let widestEncoding = 16

  /// The number at each encoding.
  let numbers: UnsafeMutablePointer<__mpfr_struct>
  private let limbs: UnsafeMutablePointer<UInt>

  /// The table of a format of at most 16 bits.
  ///
  /// - Parameter precision: The precision of every number, at least the format's and at most 63.
  init(_ format: Format, precision: Int, flushingSubnormals: Bool) {
    precondition(format.bitWidth <= OperandTable.widestEncoding)
    precondition((format.precision...63).contains(precision))
    let count = Int(format.encodingCount)
    numbers = .allocate(capacity: count)
    limbs = .allocate(capacity: count)
    limbs.initialize(repeating: 0, count: count)
    for i in 0..<count {
      let operand = format.operand(UInt64(i), flushingSubnormals: flushingSubnormals)
      initialize(numbers + i, limb: limbs + i, to: operand, precision: precision)
    }
  }

  deinit {
    numbers.deallocate()
    limbs.deallocate()
  }
}

/// Makes an MPFR number of one limb that is equal to an operand.
private func initialize(
  _ number: mpfr_ptr, limb: UnsafeMutablePointer<UInt>, to operand: Operand, precision: Int
) {
  let kind: mpfr_kind_t
  var exponent = 0
  switch operand {
  case .nan: kind = MPFR_NAN_KIND
  case .infinity: kind = MPFR_INF_KIND
  case .zero: kind = MPFR_ZERO_KIND
  case .number(let x):
    kind = MPFR_REGULAR_KIND
    // MPFR's significand lies in [1/2, 1), its leading bit at the top of the limb.
    exponent = x.leadingExponent + 1
    limb.pointee = UInt(x.significand << UInt64(x.significand.leadingZeroBitCount))
  }
  let signedKind = Int32(kind.rawValue) * (operand.isNegative ? -1 : 1)
  mpfr_custom_init_set(number, signedKind, exponent, precision, limb)
}

/// One MPFR number of one limb with memory of its own.
struct OneLimbNumber: ~Copyable {
  /// Large enough for every operand and a result that a sticky bit completes, and small enough for
  /// the functions that MPFR has for precisions below one limb.
  static let precision = 63

  let number: mpfr_ptr
  let limb: UnsafeMutablePointer<UInt>

  init(precision: Int = OneLimbNumber.precision) {
    number = .allocate(capacity: 1)
    limb = .allocate(capacity: 1)
    limb.initialize(to: 0)
    initialize(number, limb: limb, to: .zero(negative: false), precision: precision)
  }

  deinit {
    number.deallocate()
    limb.deallocate()
  }
}
