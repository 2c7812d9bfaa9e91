// SPDX-License-Identifier: Apache-2.0
import Formats
import Verification

/// The JSON of `verify --vectors` (docs/schema/verification-vectors-1.json): all but `run` is a
/// function of the vectors and the options.
struct VectorDocument: Encodable {
  var schema = "halfway/verification-vectors/1"
  var tool = "halfway"
  var configuration: Configuration
  var summary: Summary
  var results: [Row]
  var skipped: [String: UInt64]
  var firstFaults: [Fault]
  var run: RunRecord

  /// What was asked.
  struct Configuration: Encodable {
    var vectors: String
    var request: VectorRequest
    var columnsNotRead: [String]
  }

  /// The counts of all rows.
  struct Summary: Encodable {
    var lines: UInt64
    var tested: UInt64
    var faults: UInt64
    var choices: [String: UInt64]
    var endsWithinLine: Bool
    var faultsNotListed: UInt64
  }

  /// The counts of one operation, formats and rounding.
  struct Row: Encodable {
    var operation: ArithmeticOperation
    var format: Format
    var to: Format
    var rounding: Rounding
    var tested: UInt64
    var flagsCompared: UInt64
    var choices: [String: UInt64]
    var faults: UInt64
    var subjectAlone: UInt64
    var vectorsAlone: UInt64
    var faultsByTininess: UInt64
  }

  /// A fault.
  struct Fault: Encodable {
    var line: UInt64
    var operation: ArithmeticOperation
    var format: Format
    var to: Format
    var rounding: Rounding
    var operands: [String]
    var expected: String
    var expectedFlags: String?
    var got: String
    var gotFlags: String?
    var reference: String
    var referenceFlags: String
  }

  init(_ output: VectorOutput) {
    let result = output.result
    func named(_ choices: [DocumentedChoice: UInt64]) -> [String: UInt64] {
      Dictionary(uniqueKeysWithValues: choices.map { ($0.key.rawValue, $0.value) })
    }
    configuration = Configuration(
      vectors: output.path, request: output.request, columnsNotRead: output.ignoredColumns)
    summary = Summary(
      lines: result.lines, tested: result.tested, faults: result.faultCount,
      choices: named(result.choices), endsWithinLine: result.endsEarly,
      faultsNotListed: result.faultCount - UInt64(result.faults.count))
    results = result.rows.map { evaluation, tally in
      Row(
        operation: evaluation.operation, format: evaluation.format, to: evaluation.to,
        rounding: evaluation.semantics.rounding, tested: tally.tested,
        flagsCompared: tally.withFlags, choices: named(tally.choices), faults: tally.faults,
        subjectAlone: tally.subjectAlone, vectorsAlone: tally.vectorsAlone,
        faultsByTininess: tally.byTininess)
    }
    skipped = result.skipped
    firstFaults = result.faults.map { difference in
      let (evaluation, record) = (difference.evaluation, difference.record)
      let kind = evaluation.operation.resultKind(evaluation.format, to: evaluation.to)
      func bits(_ value: UInt64) -> String { DatumText(value, kind: kind).bits }
      return Fault(
        line: difference.line, operation: evaluation.operation, format: evaluation.format,
        to: evaluation.to, rounding: evaluation.semantics.rounding,
        operands: zip(record.operands, evaluation.operation.operandKinds(evaluation.format)).map {
          DatumText($0, kind: $1).bits
        }, expected: bits(record.expected),
        expectedFlags: difference.hasExpectedFlags ? record.expectedFlags.description : nil,
        got: bits(record.got), gotFlags: record.gotFlags?.description,
        reference: bits(difference.reference),
        referenceFlags: difference.referenceFlags.description)
    }
    run = output.run
  }
}
