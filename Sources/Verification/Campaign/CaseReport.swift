// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// A datum as a person and a machine read it.
package struct DatumText: Hashable, Sendable, Codable {
  /// The encoding in hexadecimal with all its digits, or the integer in two's complement.
  package var bits: String
  /// Hex-float text of a number or NaN, decimal text of an integer, the name of a relation.
  package var value: String

  /// The texts of a datum of a kind; nil stands for a relation.
  package init(_ datum: UInt64, kind: OperandKind?) {
    switch kind {
    case .float(let format):
      let encoding = UInt32(truncatingIfNeeded: datum)
      bits = format.encodingText(encoding)
      value = format.hexText(encoding)
    case .int32:
      bits = DatumText.hex(datum & 0xffff_ffff, digits: 8)
      value = String(Int32(truncatingIfNeeded: datum))
    case .int64:
      bits = DatumText.hex(datum, digits: 16)
      value = String(Int64(bitPattern: datum))
    case nil:
      bits = String(datum)
      value = Relation(rawValue: UInt8(truncatingIfNeeded: datum)).map { "\($0)" } ?? "undefined"
    }
  }

  private static func hex(_ word: UInt64, digits: Int) -> String {
    let text = String(word, radix: 16)
    return "0x" + String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}

/// Everything about one case: operands, exact value, what was expected and what was delivered.
package struct CaseReport: Hashable, Sendable, Codable {
  /// The operation.
  package var operation: ArithmeticOperation
  /// The format of the operands.
  package var format: Format
  /// The format of the result.
  package var to: Format
  /// The rounding.
  package var rounding: Rounding
  /// The index of the case in its set.
  package var index: UInt64
  /// The operands.
  package var operands: [DatumText]
  /// The value before rounding; nil where the operation does not round.
  package var exact: String?
  /// The reference's result.
  package var expected: DatumText
  /// The reference's exceptions in TestFloat's letters.
  package var expectedFlags: String
  /// The subject's result.
  package var got: DatumText
  /// The subject's exceptions; nil where it reports none.
  package var gotFlags: String?
  /// The distance of the subject's result from the exact value in ulps of the result; nil where it
  /// has no meaning.
  package var errorUlp: Double?
  /// Whether subject and reference differ.
  package var differs: Bool
  /// The command that runs the case again.
  package var reproduction: String

  /// The report of a recorded mismatch.
  package init(_ row: VerificationRow, _ record: MismatchRecord, _ configuration: Configuration) {
    var semantics = Semantics(
      rounding: row.rounding, tininess: configuration.tininess,
      subnormals: configuration.subnormals, nan: configuration.nan)
    semantics.overflow = configuration.overflow
    self.init(
      Evaluation(
        operation: row.operation, format: row.format, to: row.to, semantics: semantics),
      record, subject: configuration.subject, differs: true)
  }

  /// The report of one case run now; nil where the subject cannot do the evaluation.
  package init?(
    _ evaluation: Evaluation, operands: [UInt64], index: UInt64, subject: any Subject
  ) {
    guard case .success(let function) = subject.function(for: evaluation) else { return nil }
    let words = operands + Array(repeating: 0, count: 3 - operands.count)
    var got: UInt64 = 0
    var gotFlags: UInt8 = 0
    words.withUnsafeBufferPointer { words in
      guard let base = words.baseAddress else { return }
      let block = OperandBlock(a: base, b: base + 1, c: base + 2, count: 1, firstIndex: index)
      function(block, &got, &gotFlags)
    }
    let expected = Oracle.evaluate(
      evaluation.operation, words[0], words[1], words[2], format: evaluation.format,
      to: evaluation.to, semantics: evaluation.semantics, index: index)
    let kind = evaluation.operation.resultKind(evaluation.format, to: evaluation.to)
    let differs = Criterion(kind: kind, subject: subject).differs(
      expected.value, got, expected.flags.rawValue, gotFlags)
    let record = MismatchRecord(
      index: index, operands: operands, expected: expected.value, got: got,
      expectedFlags: expected.flags,
      gotFlags: subject.reportsFlags ? Exceptions(rawValue: gotFlags) : nil)
    self.init(evaluation, record, subject: subject.name, differs: differs)
  }

  private init(
    _ evaluation: Evaluation, _ record: MismatchRecord, subject: String, differs: Bool
  ) {
    operation = evaluation.operation
    format = evaluation.format
    to = evaluation.to
    rounding = evaluation.semantics.rounding
    index = record.index
    let kinds = operation.operandKinds(format)
    let result = operation.resultKind(format, to: to)
    operands = zip(record.operands, kinds).map { DatumText($0, kind: $1) }
    expected = DatumText(record.expected, kind: result)
    expectedFlags = record.expectedFlags.description
    got = DatumText(record.got, kind: result)
    gotFlags = record.gotFlags?.description
    self.differs = differs
    reproduction = CaseReport.command(evaluation, record, subject: subject)
    let words = record.operands + [0, 0]
    exact = CaseReport.exactText(evaluation, words)
    errorUlp = CaseReport.ulps(evaluation, words, got: record.got, kind: result)
  }

  private static func command(
    _ evaluation: Evaluation, _ record: MismatchRecord, subject: String
  ) -> String {
    let (semantics, defaults) = (evaluation.semantics, Semantics())
    var words = ["halfway verify \(evaluation.operation.rawValue)"]
    words.append("--format \(evaluation.format)")
    if evaluation.operation == .convert { words.append("--to \(evaluation.to)") }
    words.append("--rounding \(semantics.rounding) --subject \(subject)")
    if semantics.tininess != defaults.tininess {
      words.append("--tininess \(semantics.tininess.rawValue)")
    }
    if semantics.subnormals != defaults.subnormals {
      words.append("--subnormals \(semantics.subnormals.rawValue)")
    }
    if semantics.nan != defaults.nan { words.append("--nan \(semantics.nan.rawValue)") }
    if semantics.overflow != defaults.overflow {
      words.append("--overflow \(semantics.overflow.rawValue)")
    }
    if case .stochastic = semantics.rounding { words.append("--index \(record.index)") }
    let kinds = evaluation.operation.operandKinds(evaluation.format)
    let operands = zip(record.operands, kinds).map {
      String(DatumText($0, kind: $1).bits.dropFirst(2))
    }
    words.append("--operands \(operands.joined(separator: ","))")
    return words.joined(separator: " ")
  }
}
