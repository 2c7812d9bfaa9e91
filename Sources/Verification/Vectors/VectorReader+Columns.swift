// SPDX-License-Identifier: Apache-2.0
import Formats

/// The columns of comma-separated vectors by their meaning.
package struct VectorColumns: Hashable, Sendable {
  /// What a column holds.
  enum Meaning: Hashable { case a, b, c, expected, flags, operation, format, to, rounding }

  /// The places of the columns.
  fileprivate(set) var places: [Meaning: Int] = [:]
  /// The number of columns.
  fileprivate(set) var count = 0
  /// The names of the columns that mean nothing here.
  package fileprivate(set) var ignored: [String] = []

  /// Every name of a column.
  private static let names: [String: Meaning] = [
    "a": .a, "x": .a, "operand1": .a, "b": .b, "y": .b, "operand2": .b, "c": .c, "z": .c,
    "operand3": .c, "expected": .expected, "result": .expected, "expected_flags": .flags,
    "flags": .flags, "exceptions": .flags, "operation": .operation, "op": .operation,
    "format": .format, "to": .to, "rounding": .rounding,
  ]

  /// No columns.
  package init() {}

  /// Whether there is a column of a name, or of its other names.
  package func contains(_ name: String) -> Bool {
    VectorColumns.names[name].map { places[$0] != nil } ?? false
  }

  /// The columns of a header; throws one clause where the columns of a row are not all there or
  /// one is there twice.
  package init(header: String) throws(VectorHeaderProblem) {
    let names = header.split(separator: ",", omittingEmptySubsequences: false).map { name in
      String(name.filter { !$0.isWhitespace && $0 != "\"" && $0 != "\u{feff}" }).lowercased()
    }
    for (place, name) in names.enumerated() {
      guard let meaning = VectorColumns.names[name] else {
        ignored.append(String(name.prefix(40)))
        continue
      }
      guard places[meaning] == nil else {
        throw VectorHeaderProblem(reason: "the columns name '\(name)' or its other name twice")
      }
      places[meaning] = place
    }
    count = names.count
    guard places[.a] != nil, places[.expected] != nil else {
      throw VectorHeaderProblem(
        reason: "the header names no columns 'a' and 'result'; known: a, b, c, result (expected), "
          + "flags (expected_flags), operation, format, to, rounding")
    }
  }
}

/// A header that cannot be used.
package struct VectorHeaderProblem: Error {
  /// One clause.
  package var reason: String
}

extension VectorReader {
  mutating func readColumns(_ fields: VectorFields, _ line: Int) throws(Unreadable) {
    guard fields.count == columns.count else {
      throw Unreadable(reason: "\(fields.count) fields under \(columns.count) columns")
    }
    let operation: ArithmeticOperation
    if let name = text(fields, .operation) {
      guard
        let known = ArithmeticOperation.allCases.first(where: { $0.rawValue.lowercased() == name })
      else {
        throw Unreadable(reason: "no operation '\(name)'")
      }
      operation = known
    } else {
      operation = try only(request.operations, "operation")
    }
    let format = try self.format(fields, .format, among: request.formats)
    let to = operation == .convert ? try self.format(fields, .to, among: request.targets) : format
    let rounding: Rounding
    if let name = text(fields, .rounding) {
      guard let known = Rounding(name: name) else {
        throw Unreadable(reason: "no rounding '\(name)'")
      }
      if case .stochastic = known {
        throw Unreadable(reason: "stochastic rounding depends on the index of a case: judge others")
      }
      rounding = known
    } else {
      rounding = request.roundings.first ?? .nearestEven
    }
    if let reason = refusal(operation, format, to, rounding) {
      rows.skipped[reason, default: 0] += 1
      return
    }
    let group = rows.place(
      of: VectorGroup(
        evaluation: Evaluation(
          operation: operation, format: format, to: to, semantics: request.semantics(rounding)),
        predicate: operation.isComparison ? request.predicate : nil))
    var operands: [UInt64] = []
    for meaning in [VectorColumns.Meaning.a, .b, .c].prefix(operation.arity) {
      guard let place = columns.places[meaning] else {
        throw Unreadable(
          reason: "\(operation.rawValue) has \(operation.arity) operands, and there "
            + "is no column '\(meaning)'")
      }
      operands.append(try hex(fields, place))
    }
    var flags = VectorRows.noFlags
    if let place = columns.places[.flags] {
      guard let read = fields.flags(place) else {
        throw Unreadable(
          reason:
            "'\(fields.text(place))' are no exceptions: hexadecimal below 20, or letters vioux")
      }
      flags = read
    }
    try append(
      group, operands, expected: try result(fields, operation), flags: flags, line: line)
  }

  private func text(_ fields: VectorFields, _ meaning: VectorColumns.Meaning) -> String? {
    guard let place = columns.places[meaning], !fields.ranges[place].isEmpty else { return nil }
    return fields.text(place).lowercased()
  }

  /// The one value that was asked for, which a row need not name.
  private func only<Value>(_ values: [Value], _ name: String) throws(Unreadable) -> Value {
    if values.count == 1 { return values[0] }
    throw Unreadable(reason: "no \(name), of which \(values.count) were asked for")
  }

  private func format(
    _ fields: VectorFields, _ meaning: VectorColumns.Meaning, among asked: [Format]
  ) throws(Unreadable) -> Format {
    guard let name = text(fields, meaning) else { return try only(asked, "\(meaning)") }
    if let format = Format(id: name) { return format }
    throw Unreadable(reason: "no format '\(name)'")
  }

  private func refusal(
    _ operation: ArithmeticOperation, _ format: Format, _ to: Format, _ rounding: Rounding
  ) -> String? {
    if !request.operations.contains(operation) {
      return "\(operation.rawValue), which was not asked for"
    }
    if !request.formats.contains(format) { return "operands in \(format), which was not asked for" }
    if operation == .convert, !request.targets.contains(to) {
      return "results in \(to), which was not asked for"
    }
    if !request.roundings.isEmpty, !request.roundings.contains(rounding) {
      return "rounding \(rounding), which was not asked for"
    }
    return nil
  }

  /// The result of a row: a number in hexadecimal, or the name of a relation.
  private func result(_ fields: VectorFields, _ operation: ArithmeticOperation) throws(Unreadable)
    -> UInt64
  {
    guard let place = columns.places[.expected] else { return 0 }
    if operation.isComparison, fields.hex(place) == nil {
      let names: [String: UInt64] =
        request.predicate == nil
        ? ["less": 0, "equal": 1, "greater": 2, "unordered": 3] : ["false": 0, "true": 1]
      if let value = names[fields.text(place).lowercased()] { return value }
    }
    return try hex(fields, place)
  }
}
