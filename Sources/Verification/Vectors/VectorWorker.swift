// SPDX-License-Identifier: Apache-2.0
import Formats

/// What a block of vectors shows.
struct VectorBlockOutcome: Sendable {
  var lines: UInt64 = 0
  var endsEarly = false
  var tallies: [(group: VectorGroup, tally: VectorTally)] = []
  var skipped: [String: UInt64] = [:]
  /// The first faults and the first difference by each choice, in the order of their lines.
  var differences: [VectorDifference] = []
  /// Every difference as lines of a list.
  var list: [UInt8] = []
  var problem: VectorStreamProblem?
}

/// Reads and judges blocks of vectors; one for each thread.
struct VectorWorker {
  private let request: VectorRequest
  private let subject: any Subject
  private let listsDifferences: Bool
  private var reader: VectorReader
  private var judges: [VectorGroup: VectorJudge] = [:]
  private var columns: [[UInt64]] = [[], [], []]
  private var results: [UInt64] = []
  private var flags: [UInt8] = []

  init(
    _ request: VectorRequest, _ subject: any Subject, columns: VectorColumns?,
    listsDifferences: Bool
  ) {
    self.request = request
    self.subject = subject
    self.listsDifferences = listsDifferences
    reader = VectorReader(request, header: columns)
  }

  /// The outcome of a block.
  mutating func judge(_ block: VectorBlock) -> VectorBlockOutcome {
    var outcome = VectorBlockOutcome()
    outcome.endsEarly = block.endsEarly
    do {
      try block.bytes.withUnsafeBufferPointer { bytes throws(VectorLineProblem) in
        try reader.read(bytes, endsEarly: block.endsEarly)
      }
    } catch {
      outcome.problem = VectorStreamProblem(
        line: block.firstLine + UInt64(error.line) + 1, reason: error.reason)
      return outcome
    }
    outcome.lines = UInt64(block.bytes.count { $0 == 0x0a }) + (block.endsEarly ? 1 : 0)
    outcome.skipped = reader.rows.skipped
    var differences: [VectorDifference] = []
    var members = [[Int]](repeating: [], count: reader.rows.groups.count)
    for row in reader.rows.group.indices { members[reader.rows.group[row]].append(row) }
    // By first rows: which groups a thread met before says nothing.
    let order = members.indices.filter { !members[$0].isEmpty }.sorted {
      members[$0][0] < members[$1][0]
    }
    for place in order {
      let rows = members[place]
      let group = reader.rows.groups[place]
      let judge = judges[group] ?? VectorJudge(group, request, subject)
      judges[group] = judge
      if let refusal = judge.refusal {
        outcome.skipped[refusal, default: 0] += UInt64(rows.count)
        continue
      }
      let tally = judgeGroup(rows, judge, firstLine: block.firstLine, &differences)
      outcome.tallies.append((group, tally))
    }
    differences.sort { $0.line < $1.line }
    if listsDifferences {
      for difference in differences { outcome.list += VectorList.line(difference) }
    }
    outcome.differences = selected(differences)
    return outcome
  }

  private mutating func judgeGroup(
    _ rows: [Int], _ judge: VectorJudge, firstLine: UInt64, _ differences: inout [VectorDifference]
  ) -> VectorTally {
    var tally = VectorTally()
    tally.tested = UInt64(rows.count)
    let read = reader.rows
    columns = [rows.map { read.a[$0] }, rows.map { read.b[$0] }, rows.map { read.c[$0] }]
    if results.count < rows.count {
      results = [UInt64](repeating: 0, count: rows.count)
      flags = [UInt8](repeating: 0, count: rows.count)
    }
    judge.run(columns, count: rows.count, &results, &flags)
    let arity = judge.group.evaluation.operation.arity
    for (place, row) in rows.enumerated() {
      let wanted = read.flags[row]
      let hasFlags = wanted != VectorRows.noFlags && subject.reportsFlags
      if hasFlags { tally.withFlags += 1 }
      if read.expected[row] == results[place], !hasFlags || wanted == flags[place] { continue }
      let difference = judge.judge(
        line: firstLine + UInt64(read.line[row]) + 1,
        operands: Array([read.a[row], read.b[row], read.c[row]].prefix(arity)),
        expected: VectorOutcome(
          value: read.expected[row],
          flags: wanted == VectorRows.noFlags ? nil : Exceptions(rawValue: wanted)),
        got: results[place], gotFlags: flags[place], into: &tally)
      if let difference { differences.append(difference) }
    }
    return tally
  }

  /// The first faults and the first difference by each choice.
  private func selected(_ differences: [VectorDifference]) -> [VectorDifference] {
    var faults = 0
    var seen: Set<DocumentedChoice> = []
    return differences.filter { difference in
      if let choice = difference.choice { return seen.insert(choice).inserted }
      faults += 1
      return faults <= request.limit
    }
  }
}

/// Differences as comma-separated lines.
package enum VectorList {
  /// The names of the columns.
  package static let header =
    "line,operation,format,to,rounding,a,b,c,expected,expected_flags,got,got_flags,mpfr,mpfr_flags,"
    + "verdict\n"

  /// The line of a difference.
  static func line(_ difference: VectorDifference) -> [UInt8] {
    let (evaluation, record) = (difference.evaluation, difference.record)
    let operands = zip(record.operands, evaluation.operation.operandKinds(evaluation.format)).map {
      DatumText($0, kind: $1).bits
    }
    let kind = evaluation.operation.resultKind(evaluation.format, to: evaluation.to)
    func text(_ value: UInt64) -> String { DatumText(value, kind: kind).bits }
    let cells =
      [
        "\(difference.line)", evaluation.operation.rawValue, evaluation.format.id, evaluation.to.id,
        "\(evaluation.semantics.rounding)",
      ] + operands + [String](repeating: "", count: 3 - operands.count) + [
        text(record.expected),
        difference.hasExpectedFlags ? record.expectedFlags.description : "", text(record.got),
        record.gotFlags?.description ?? "", text(difference.reference),
        difference.referenceFlags.description, difference.choice?.rawValue ?? "fault",
      ]
    return Array((cells.joined(separator: ",") + "\n").utf8)
  }
}
