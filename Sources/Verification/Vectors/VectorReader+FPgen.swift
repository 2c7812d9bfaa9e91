// SPDX-License-Identifier: Apache-2.0
import Formats

// IBM's Floating-Point Test Suite for IEEE 754R, syntax.txt: format and operation, rounding,
// enabled traps, operands, `->`, result and exceptions.
extension VectorReader {
  mutating func readFPgen(_ fields: VectorFields, _ line: Int) throws(Unreadable) {
    let arrow = (0..<fields.count).first { fields.holds($0, "->") }
    // Every file begins with lines of text.
    guard let name = FPgenName(fields.text(0)) else {
      if arrow == nil {
        rows.skipped["lines of text", default: 0] += 1
        return
      }
      throw Unreadable(reason: "'\(fields.text(0))' is no format and operation, such as b32+")
    }
    guard let arrow, arrow >= 3, fields.count == arrow + 2 || fields.count == arrow + 3 else {
      throw Unreadable(
        reason: "not operation, rounding, operands, ->, result and exceptions, blanks between them")
    }
    guard let rounding = FPgenName.rounding(fields, 1) else {
      throw Unreadable(reason: "'\(fields.text(1))' is no rounding: =0, =^, 0, > or <")
    }
    guard let (operation, format) = wanted(name, rounding) else { return }
    let arity = operation.arity
    let operandStart = arrow - arity
    guard operandStart == 2 || operandStart == 3 else {
      throw Unreadable(
        reason: "\(arrow - 2) fields before -> where \(operation.rawValue) has \(arity) "
          + "operand\(arity == 1 ? "" : "s")")
    }
    guard let enabled = operandStart == 3 ? FPgenName.flags(fields, 2) : 0 else {
      throw Unreadable(reason: "'\(fields.text(2))' are no enabled exceptions among x, u, o, z, i")
    }
    guard let raised = fields.count == arrow + 3 ? FPgenName.flags(fields, arrow + 2) : 0 else {
      throw Unreadable(
        reason: "'\(fields.text(arrow + 2))' are no exceptions among x, u, v, w, o, z, i")
    }
    if enabled & raised != 0 || fields.holds(arrow + 1, "#") {
      rows.skipped["results of trap handlers", default: 0] += 1
      return
    }
    var operands: [UInt64] = []
    for (place, kind) in operation.operandKinds(format).enumerated() {
      operands.append(try value(fields, operandStart + place, kind))
    }
    guard let kind = operation.resultKind(format, to: format) else { return }
    let group = rows.place(
      of: VectorGroup(
        evaluation: Evaluation(
          operation: operation, format: format, to: format, semantics: request.semantics(rounding)))
    )
    try append(
      group, operands, expected: try value(fields, arrow + 1, kind), flags: raised, line: line)
  }

  /// The operation and format of a line that is asked for; nil after counting one that is not.
  private mutating func wanted(
    _ name: FPgenName, _ rounding: Rounding
  ) -> (ArithmeticOperation, Format)? {
    let reason: String
    if name.formats.count > 1 {
      reason = "conversions to a format that is not known here"
    } else if let operation = name.operation, let format = name.format {
      if !request.operations.contains(operation) {
        reason = "\(operation.rawValue), which was not asked for"
      } else if !request.formats.contains(format) {
        reason = "operands in \(format), which was not asked for"
      } else if !request.roundings.isEmpty, !request.roundings.contains(rounding) {
        reason = "rounding \(rounding), which was not asked for"
      } else {
        return (operation, format)
      }
    } else if name.format == nil {
      reason = "format \(name.formats[0]), which is not known here"
    } else {
      reason = "operation \(name.symbol), which is not known here"
    }
    rows.skipped[reason, default: 0] += 1
    return nil
  }

  /// The datum of `+1.7FFFFFP127`, `-Inf`, `+Zero`, `Q`, `S`, or of an integer in decimal.
  private func value(
    _ fields: VectorFields, _ field: Int, _ kind: OperandKind
  ) throws(Unreadable) -> UInt64 {
    guard case .float(let format) = kind else {
      guard let integer = Int64(fields.text(field)),
        kind == .int64 || Int32(exactly: integer) != nil
      else { throw Unreadable(reason: "'\(fields.text(field))' is no integer of its operation") }
      return kind == .int64
        ? UInt64(bitPattern: integer) : UInt64(UInt32(truncatingIfNeeded: integer))
    }
    if let encoding = FPgenName.encoding(fields, field, format) { return encoding }
    throw Unreadable(
      reason: "'\(fields.text(field))' is no number of \(format), such as +1.000000P0, +0.000001P"
        + "\(format.minExponent), -Inf, +Zero, Q or S")
  }
}

/// `b32+`: the formats and the operation of a line.
struct FPgenName {
  /// The names of the formats: one, or source and destination.
  let formats: [String]
  /// The operation's symbol.
  let symbol: String

  /// The parts of a name; nil where it begins with no format.
  init?(_ text: String) {
    var formats: [String] = []
    var rest = Substring(text)
    while let first = rest.first, first == "b" || first == "d" {
      let digits = rest.dropFirst().prefix(3).prefix { $0.isNumber }
      guard ["16", "32", "64", "128"].contains(digits) else { break }
      formats.append(String(first) + digits)
      rest = rest.dropFirst(1 + digits.count)
    }
    guard !formats.isEmpty, !rest.isEmpty else { return nil }
    self.formats = formats
    symbol = String(rest)
  }

  /// The format of the operands; nil where it is not known here.
  var format: Format? { ["b16": .fp16, "b32": .fp32][formats[0]] }

  /// The operation; nil where it is not known here. minNum and maxNum of IEEE 754-2008 are those of
  /// 2019 under which a number wins.
  var operation: ArithmeticOperation? { FPgenName.operations[symbol] }

  private static let operations: [String: ArithmeticOperation] = [
    "+": .add, "-": .sub, "*": .mul, "/": .div, "*+": .fma, "V": .sqrt, "%": .remainder,
    "rfi": .roundToIntegral, "<C": .minimumNumber, ">C": .maximumNumber, "Nu": .nextUp,
    "Nd": .nextDown, "S": .scaleB, "L": .logB, "cfi": .toInt32, "cif": .fromInt32,
  ]

  static func rounding(_ fields: VectorFields, _ field: Int) -> Rounding? {
    if fields.holds(field, "=0") { return .nearestEven }
    if fields.holds(field, "=^") { return .nearestAway }
    if fields.holds(field, "0") { return .towardZero }
    if fields.holds(field, ">") { return .up }
    return fields.holds(field, "<") ? .down : nil
  }

  /// The exceptions of letters; underflow is u, v or w by its definition.
  static func flags(_ fields: VectorFields, _ field: Int) -> UInt8? {
    var flags: UInt8 = 0
    for place in fields.ranges[field] {
      switch fields.bytes[place] {
      case 0x78: flags |= 1
      case 0x75, 0x76, 0x77: flags |= 2
      case 0x6f: flags |= 4
      case 0x7a: flags |= 8
      case 0x69: flags |= 16
      default: return nil
      }
    }
    return flags
  }

  /// The encoding of a binary number: the fraction's hexadecimal digits are right-aligned.
  static func encoding(_ fields: VectorFields, _ field: Int, _ format: Format) -> UInt64? {
    guard let infinity = format.infinity, let nan = format.canonicalNaN else { return nil }
    if fields.holds(field, "Q") { return UInt64(nan) }
    if fields.holds(field, "S") { return UInt64(infinity | 1) }
    let bytes = fields.bytes[fields.ranges[field]]
    guard let sign = bytes.first, sign == 0x2b || sign == 0x2d else { return nil }
    let signBit = sign == 0x2d ? UInt64(format.signMask) : 0
    if fields.holds(field, "+Inf") || fields.holds(field, "-Inf") {
      return signBit | UInt64(infinity)
    }
    if fields.holds(field, "+Zero") || fields.holds(field, "-Zero") { return signBit }
    let text = Array(bytes.dropFirst())
    let digitCount = (format.fractionBits + 3) / 4
    guard text.count > digitCount + 3, text[0] == 0x30 || text[0] == 0x31, text[1] == 0x2e,
      text[2 + digitCount] == 0x50
    else { return nil }
    var fraction: UInt64 = 0
    for byte in text[2..<2 + digitCount] {
      guard let digit = VectorFields.digit(byte) else { return nil }
      fraction = fraction << 4 | digit
    }
    let exponentText = String(decoding: text[(3 + digitCount)...], as: UTF8.self)
    guard fraction <= UInt64(format.fractionMask), let exponent = Int(exponentText),
      (format.minExponent...format.maxExponent).contains(exponent)
    else { return nil }
    let isSubnormal = text[0] == 0x30
    if isSubnormal { return exponent == format.minExponent ? signBit | fraction : nil }
    return signBit | UInt64(exponent + format.bias) << UInt64(format.fractionBits) | fraction
  }
}
