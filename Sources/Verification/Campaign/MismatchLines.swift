// SPDX-License-Identifier: Apache-2.0
import Formats
import TensorFiles

/// The mismatches of a campaign as comma-separated lines, one result each, in the order of the
/// cases: operands and results in hexadecimal, exceptions in TestFloat's letters. `verify
/// --vectors` reads them.
package struct MismatchLines {
  /// The names of the columns.
  package static let header =
    "operation,format,to,cases,rounding,index,a,b,c,expected,expected_flags,got,got_flags\n"

  private let starts: [[UInt8]]
  private let digits: [Int]
  private let resultDigits: Int
  private let reportsFlags: Bool
  /// The lines of a block by element and variant, before they are put in order.
  private var pending: [(element: Int, variant: Int, start: Int)] = []
  private var scratch: [UInt8] = []
  /// The finished lines.
  private(set) var bytes: [UInt8] = []

  /// No lines of a unit.
  init(_ unit: Unit, reportsFlags: Bool) {
    starts = unit.variants.map { semantics in
      Array(
        ("\(unit.operation.rawValue),\(unit.format.id),\(unit.to.id),\(unit.selection),"
          + "\(semantics.rounding),").utf8)
    }
    digits = unit.operation.operandKinds(unit.format).map(MismatchLines.digits)
    resultDigits =
      unit.operation.resultKind(unit.format, to: unit.to).map(MismatchLines.digits) ?? 0
    self.reportsFlags = reportsFlags
  }

  /// The hexadecimal digits of every operand or result of a kind.
  private static func digits(_ kind: OperandKind) -> Int { (kind.bitWidth + 3) / 4 }

  /// Adds the line of an element of a block.
  mutating func append(
    _ block: OperandBlock, element: Int, variant: Int, expected: UInt64, expectedFlags: UInt8,
    got: UInt64, gotFlags: UInt8
  ) {
    pending.append((element, variant, scratch.count))
    scratch += starts[variant]
    appendDecimal(block.firstIndex + UInt64(element))
    scratch.append(MismatchLines.comma)
    let operands = [block.a[element], block.b[element], block.c[element]]
    for place in 0..<3 {
      if place < digits.count { appendHex(operands[place], digits: digits[place]) }
      scratch.append(MismatchLines.comma)
    }
    appendResult(expected)
    appendFlags(expectedFlags)
    scratch.append(MismatchLines.comma)
    appendResult(got)
    if reportsFlags { appendFlags(gotFlags) }
    scratch.append(0x0a)
  }

  /// Ends a block: its lines go by element, then by variant.
  mutating func endBlock() {
    guard !pending.isEmpty else { return }
    let ends = pending.dropFirst().map(\.start) + [scratch.count]
    let order = pending.indices.sorted {
      (pending[$0].element, pending[$0].variant) < (pending[$1].element, pending[$1].variant)
    }
    for line in order { bytes += scratch[pending[line].start..<ends[line]] }
    pending.removeAll(keepingCapacity: true)
    scratch.removeAll(keepingCapacity: true)
  }

  private static let comma: UInt8 = 0x2c

  private mutating func appendResult(_ value: UInt64) {
    // A relation is its number.
    if resultDigits == 0 { appendDecimal(value) } else { appendHex(value, digits: resultDigits) }
    scratch.append(MismatchLines.comma)
  }

  private mutating func appendHex(_ value: UInt64, digits: Int) {
    scratch += [0x30, 0x78]
    for place in (0..<digits).reversed() {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(4 * place)) & 15
      scratch.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
  }

  private mutating func appendDecimal(_ value: UInt64) {
    let start = scratch.count
    var rest = value
    repeat {
      scratch.append(0x30 + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    scratch[start...].reverse()
  }

  private mutating func appendFlags(_ flags: UInt8) {
    // v i o u x, as `Exceptions.description` has them.
    let letters: [UInt8] = [0x76, 0x69, 0x6f, 0x75, 0x78]
    for (place, letter) in letters.enumerated() {
      scratch.append(flags >> UInt8(4 - place) & 1 == 1 ? letter : 0x2e)
    }
  }
}
