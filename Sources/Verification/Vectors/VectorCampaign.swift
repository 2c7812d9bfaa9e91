// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Formats
import Foundation
import Synchronization
import Work

/// Whole lines of a stream of vectors.
package struct VectorBlock: Sendable {
  /// The bytes, ending in a newline unless the stream ends without one.
  package var bytes: [UInt8]
  /// The number of lines before them.
  package var firstLine: UInt64
  /// Whether the last line has no newline.
  package var endsEarly: Bool

  /// The block of the given parts.
  package init(bytes: [UInt8], firstLine: UInt64, endsEarly: Bool) {
    self.bytes = bytes
    self.firstLine = firstLine
    self.endsEarly = endsEarly
  }
}

/// What judging vectors found: a function of their bytes and the request.
package struct VectorResult: Sendable {
  /// One row per operation, formats and rounding, in the order of their first lines.
  package var rows: [(evaluation: Evaluation, tally: VectorTally)] = []
  /// The rows that were not judged, by reason.
  package var skipped: [String: UInt64] = [:]
  /// The first faults, in the order of their lines.
  package var faults: [VectorDifference] = []
  /// The first difference by each documented choice.
  package var examples: [DocumentedChoice: VectorDifference] = [:]
  /// The lines read.
  package var lines: UInt64 = 0
  /// Whether the stream ends within a line.
  package var endsEarly = false

  /// Nothing read.
  package init() {}

  /// The rows judged.
  package var tested: UInt64 { rows.reduce(0) { $0 + $1.tally.tested } }
  /// The rows that differ otherwise than by a documented choice.
  package var faultCount: UInt64 { rows.reduce(0) { $0 + $1.tally.faults } }
  /// The rows that differ by each documented choice.
  package var choices: [DocumentedChoice: UInt64] {
    rows.reduce(into: [:]) { $0.merge($1.tally.choices, uniquingKeysWith: +) }
  }
}

/// Judges a subject by vectors, over threads.
package struct VectorCampaign: Sendable {
  /// How lines are read and judged.
  package let request: VectorRequest
  /// The implementation under test.
  package let subject: any Subject
  /// The columns of comma-separated vectors.
  package let columns: VectorColumns?

  /// The campaign of a request.
  package init(request: VectorRequest, subject: any Subject, columns: VectorColumns? = nil) {
    self.request = request
    self.subject = subject
    self.columns = columns
  }

  private struct Shared {
    var taken = 0
    var isAtEnd = false
    var delivered = 0
    var waiting: [Int: VectorBlockOutcome] = [:]
    var result = VectorResult()
    var problem: (any Error)?
  }

  /// How many blocks each thread may be ahead of the one that is listed next.
  private static let lead = 8

  /// The result of all blocks that `next` delivers, nil where the control cancelled; throws what
  /// `next` throws, and the `VectorStreamProblem` of the first line that cannot be read.
  package func run(
    control: WorkControl<Never>, next: @escaping @Sendable () throws -> VectorBlock?
  ) throws -> VectorResult? {
    let shared = Mutex(Shared())
    let source = Mutex(next)
    DispatchQueue.concurrentPerform(iterations: max(1, control.threads)) { _ in
      var worker = VectorWorker(
        request, subject, columns: columns, listsDifferences: control.list != nil)
      while !control.isCancelled() {
        // One lock over number and bytes: blocks are numbered as they are read.
        let taken = source.withLock { next -> (Int, VectorBlock)? in
          guard shared.withLock({ !$0.isAtEnd && $0.problem == nil }) else { return nil }
          do {
            guard let block = try next() else {
              shared.withLock { $0.isAtEnd = true }
              return nil
            }
            return shared.withLock { shared in
              defer { shared.taken += 1 }
              return (shared.taken, block)
            }
          } catch {
            shared.withLock { shared in
              shared.isAtEnd = true
              if shared.problem == nil { shared.problem = error }
            }
            return nil
          }
        }
        guard let (number, block) = taken else { return }
        let outcome = worker.judge(block)
        let rows = shared.withLock { shared in
          deliver(outcome, number, &shared, control)
          return shared.result.tested
        }
        control.report(rows)
        while !control.isCancelled(),
          shared.withLock({
            $0.problem == nil && number >= $0.delivered + VectorCampaign.lead * control.threads
          })
        { usleep(1000) }
      }
    }
    return try shared.withLock { shared in
      if let problem = shared.problem { throw problem }
      return control.isCancelled() ? nil : shared.result
    }
  }

  private func deliver(
    _ outcome: VectorBlockOutcome, _ number: Int, _ shared: inout Shared,
    _ control: WorkControl<Never>
  ) {
    shared.waiting[number] = outcome
    while let outcome = shared.waiting.removeValue(forKey: shared.delivered) {
      shared.delivered += 1
      // The first line that cannot be read ends the stream, whoever met it.
      if shared.problem is VectorStreamProblem { continue }
      if let problem = outcome.problem {
        shared.problem = problem
        continue
      }
      if let list = control.list, !outcome.list.isEmpty, !list(outcome.list) { return }
      shared.result.add(outcome, limit: request.limit)
    }
  }
}

/// The first line of a stream that cannot be read.
package struct VectorStreamProblem: Error {
  /// The line, from 1.
  package var line: UInt64
  /// What is wrong with it.
  package var reason: String

  /// The problem with a line.
  package init(line: UInt64, reason: String) {
    self.line = line
    self.reason = reason
  }
}

extension VectorResult {
  fileprivate mutating func add(_ outcome: VectorBlockOutcome, limit: Int) {
    for (group, tally) in outcome.tallies {
      if let place = rows.firstIndex(where: { $0.evaluation == group.evaluation }) {
        rows[place].tally.merge(tally)
      } else {
        rows.append((group.evaluation, tally))
      }
    }
    skipped.merge(outcome.skipped, uniquingKeysWith: +)
    for difference in outcome.differences {
      if let choice = difference.choice {
        if examples[choice] == nil { examples[choice] = difference }
      } else if faults.count < limit {
        faults.append(difference)
      }
    }
    lines += outcome.lines
    endsEarly = endsEarly || outcome.endsEarly
  }
}
