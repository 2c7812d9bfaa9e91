// SPDX-License-Identifier: Apache-2.0
import Formats

/// Reads blocks of lines in one notation; one for each thread.
struct VectorReader {
  let request: VectorRequest
  /// The columns of comma-separated lines.
  var columns = VectorColumns()
  /// What was read of the last block.
  var rows = VectorRows()
  private var caches = VectorGroupCache()

  init(_ request: VectorRequest, header: VectorColumns?) {
    self.request = request
    if let header { columns = header }
  }

  /// Reads whole lines. `endsEarly` says that the last one has no newline, as in a file that was
  /// cut.
  mutating func read(
    _ bytes: UnsafeBufferPointer<UInt8>, endsEarly: Bool
  ) throws(VectorLineProblem) {
    rows.removeRows()
    var fields = VectorFields(bytes)
    var start = 0
    var line = 0
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != 0x0a { end += 1 }
      fields.cut(start..<end, atCommas: request.notation == .csv)
      let isEmpty = fields.count == 0 || (fields.count == 1 && fields.ranges[0].isEmpty)
      if !isEmpty, !fields.isComment {
        let isCut = endsEarly && end == bytes.count
        do {
          switch request.notation {
          case .testfloat: try readTestFloat(fields, line, isCut: isCut)
          case .fpgen: try readFPgen(fields, line)
          case .csv: try readColumns(fields, line)
          }
        } catch {
          throw VectorLineProblem(
            line: line,
            reason: error.reason + (isCut ? "; the file ends in this line: was it cut?" : ""))
        }
      }
      start = end + 1
      line += 1
    }
  }

  /// Why a line cannot be read.
  struct Unreadable: Error {
    var reason: String
  }

  /// Adds a row unless its operands or result have more bits than theirs.
  mutating func append(
    _ group: Int, _ operands: [UInt64], expected: UInt64, flags: UInt8, line: Int
  ) throws(Unreadable) {
    let asked = rows.groups[group]
    let kinds = asked.evaluation.operation.operandKinds(asked.evaluation.format)
    for (operand, kind) in zip(operands, kinds) {
      guard operand <= UInt64.max >> UInt64(64 - kind.bitWidth) else {
        throw Unreadable(
          reason: "operand \(String(operand, radix: 16)) has more than \(kind.bitWidth) bits")
      }
    }
    guard expected <= asked.greatestResult else {
      throw Unreadable(
        reason: "result \(String(expected, radix: 16)) is above "
          + "\(String(asked.greatestResult, radix: 16)), the greatest that "
          + "\(asked.evaluation.operation.rawValue) delivers"
          + (asked.evaluation.operation == .compareQuiet
            || asked.evaluation.operation == .compareSignaling
            ? ": 0 less, 1 equal, 2 greater, 3 unordered; with --predicate 0 or 1" : ""))
    }
    rows.append(
      group,
      (
        operands[0], operands.count > 1 ? operands[1] : 0, operands.count > 2 ? operands[2] : 0
      ), expected: expected, flags: flags, line: line)
  }

  // MARK: - TestFloat

  private mutating func readTestFloat(
    _ fields: VectorFields, _ line: Int, isCut: Bool
  ) throws(Unreadable) {
    let (operation, format) = (request.operations[0], request.formats[0])
    let to = operation == .convert ? request.targets[0] : format
    let group = caches.only(&rows) {
      VectorGroup(
        evaluation: Evaluation(
          operation: operation, format: format, to: to,
          semantics: request.semantics(request.roundings.first ?? .nearestEven)),
        predicate: operation.isComparison ? request.predicate : nil)
    }
    let arity = operation.arity
    guard fields.count == arity + 2 || fields.count == arity + 1 else {
      throw Unreadable(
        reason: "\(fields.count) fields where \(operation.rawValue) has \(arity) "
          + "operand\(arity == 1 ? "" : "s"), a result and the exceptions")
    }
    var operands: [UInt64] = []
    for field in 0..<arity { operands.append(try hex(fields, field)) }
    var flags = VectorRows.noFlags
    if fields.count == arity + 2 {
      guard let bits = fields.flags(arity + 1), !(isCut && fields.ranges[arity + 1].count < 2)
      else {
        throw Unreadable(
          reason: "'\(fields.text(arity + 1))' are no exceptions: two hexadecimal digits below 20")
      }
      flags = bits
    } else if isCut {
      throw Unreadable(reason: "no exceptions after the result")
    }
    try append(
      group, operands, expected: try hex(fields, arity), flags: flags, line: line)
  }

  /// The number of a field in hexadecimal.
  func hex(_ fields: VectorFields, _ field: Int) throws(Unreadable) -> UInt64 {
    guard let value = fields.hex(field) else {
      throw Unreadable(reason: "'\(fields.text(field))' is no number in hexadecimal")
    }
    return value
  }
}

extension ArithmeticOperation {
  /// Whether the result is a relation.
  var isComparison: Bool { self == .compareQuiet || self == .compareSignaling }
}

/// The group that most lines share.
struct VectorGroupCache {
  private var place: Int?

  /// The place of the one group of all lines.
  mutating func only(_ rows: inout VectorRows, _ make: () -> VectorGroup) -> Int {
    if let place { return place }
    let found = rows.place(of: make())
    place = found
    return found
  }
}
