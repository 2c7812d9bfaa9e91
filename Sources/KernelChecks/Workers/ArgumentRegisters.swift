// SPDX-License-Identifier: Apache-2.0

/// The arguments of a C function as the processor's calling convention passes them.
///
/// Integers and addresses go one after another into one set of registers, then onto the stack, and
/// floating-point numbers into another set, wherever they stand among each other; a callee does not
/// look at what it has no parameters for (System V ABI for AMD64, section 3.2.3; Procedure Call
/// Standard for the Arm 64-bit Architecture, section 6.8.2). So one C type calls every function of
/// at most so many of each. Apple's variant for Arm packs what is on the stack: there, an `int`
/// after the eighth integer is not passed.
struct ArgumentRegisters {
  private var integers: [Int] = []
  /// Encodings in the low bits of registers of 64.
  private var numbers: [Double] = []

  static let mostIntegers = 16
  static let mostNumbers = 8

  mutating func append(_ integer: Int) { integers.append(integer) }
  mutating func append(_ number: Float) {
    numbers.append(Double(bitPattern: UInt64(number.bitPattern)))
  }
  mutating func append(_ number: Double) { numbers.append(number) }

  /// Whether there are not too many.
  var hold: Bool {
    integers.count <= Self.mostIntegers && numbers.count <= Self.mostNumbers
  }

  private typealias I = Int
  private typealias D = Double
  private typealias ReturningNumber =
    @convention(c) (
      I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, D, D, D, D, D, D, D, D
    ) -> Double
  private typealias ReturningInteger =
    @convention(c) (
      I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, D, D, D, D, D, D, D, D
    ) -> Int

  /// Calls a function; what its two result registers hold: one of them the result.
  func call(
    _ symbol: UnsafeMutableRawPointer, returnsNumber: Bool
  ) -> (number: UInt64, integer: Int) {
    let i = integers + repeatElement(0, count: Self.mostIntegers - integers.count)
    let d = numbers + repeatElement(0, count: Self.mostNumbers - numbers.count)
    guard returnsNumber else {
      let function = unsafeBitCast(symbol, to: ReturningInteger.self)
      let result = function(
        i[0], i[1], i[2], i[3], i[4], i[5], i[6], i[7], i[8], i[9], i[10], i[11], i[12], i[13],
        i[14], i[15], d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7])
      return (0, result)
    }
    let function = unsafeBitCast(symbol, to: ReturningNumber.self)
    let result = function(
      i[0], i[1], i[2], i[3], i[4], i[5], i[6], i[7], i[8], i[9], i[10], i[11], i[12], i[13],
      i[14], i[15], d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7])
    return (result.bitPattern, 0)
  }
}
