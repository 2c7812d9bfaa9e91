// SPDX-License-Identifier: Apache-2.0
import Formats

/// The criterion: which pairs of results count as equal.
struct Criterion: Sendable {
  /// The mask of all bits of a result but its sign, where NaNs are to be recognised.
  let magnitudeMask: UInt64
  /// The greatest magnitude that is not a NaN; UInt64.max where every NaN must match bit for bit.
  let greatestNumber: UInt64
  /// The flag bits that must agree.
  let flagMask: UInt8

  init(kind: OperandKind?, subject: any Subject) {
    flagMask = subject.reportsFlags ? .max : 0
    guard !subject.deliversDefinedNaNs, case .float(let format) = kind, format.hasNaN else {
      (magnitudeMask, greatestNumber) = (.max, .max)
      return
    }
    magnitudeMask = UInt64(format.magnitudeMask)
    greatestNumber = UInt64(format.infinity ?? format.magnitudeMask - 1)
  }

  /// Whether two results and their flags differ under the criterion.
  @inline(__always)
  func differs(_ x: UInt64, _ y: UInt64, _ xFlags: UInt8, _ yFlags: UInt8) -> Bool {
    let bothNaN = x & magnitudeMask > greatestNumber && y & magnitudeMask > greatestNumber
    return (x != y && !bothNaN) || (xFlags ^ yFlags) & flagMask != 0
  }

  /// Whether any element of a block differs, without branches so that the loop vectorises.
  func anyDiffers(
    _ x: UnsafePointer<UInt64>, _ y: UnsafePointer<UInt64>, _ xFlags: UnsafePointer<UInt8>,
    _ yFlags: UnsafePointer<UInt8>, count: Int
  ) -> Bool {
    var flagBits: UInt8 = 0
    for i in 0..<count { flagBits |= xFlags[i] ^ yFlags[i] }
    if flagBits & flagMask != 0 { return true }
    var bits: UInt64 = 0
    if greatestNumber == .max {
      for i in 0..<count { bits |= x[i] ^ y[i] }
    } else {
      for i in 0..<count {
        let bothNaN = x[i] & magnitudeMask > greatestNumber && y[i] & magnitudeMask > greatestNumber
        bits |= bothNaN ? 0 : x[i] ^ y[i]
      }
    }
    return bits != 0
  }
}

/// The counts of the five exceptions in a block of raw flags, lowest bit first.
func exceptionCounts(_ flags: UnsafePointer<UInt8>, count: Int) -> ExceptionCounts {
  // Byte sums of at most 255 elements keep a whole vector of counters in one register.
  let stride = 128
  var total = ExceptionCounts()
  var start = 0
  while start < count {
    let end = min(start + stride, count)
    var sums: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
    for i in start..<end {
      let byte = flags[i]
      sums.0 &+= byte & 1
      sums.1 &+= byte &>> 1 & 1
      sums.2 &+= byte &>> 2 & 1
      sums.3 &+= byte &>> 3 & 1
      sums.4 &+= byte &>> 4 & 1
    }
    total.inexact += UInt64(sums.0)
    total.underflow += UInt64(sums.1)
    total.overflow += UInt64(sums.2)
    total.divideByZero += UInt64(sums.3)
    total.invalid += UInt64(sums.4)
    start = end
  }
  return total
}
