// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Reports
import Testing

@testable import halfway

@Suite("docs/metrics.md")
struct MetricsDocumentTests {
  @Test("It defines every column of every table that a training run writes")
  func columns() throws {
    let run = try TrainCommand.parse(Array(SchemaTests.train.dropFirst())).session().experiment()
      .run()
    let report = MixedPrecisionStepReport(
      proof: ArithmeticProof(subject: "soft", reference: "MPFR", rows: []), run: run,
      context: ReportContext(command: "", started: Date(), seconds: 1))
    let tables = ["data/policies.csv", "data/tensors.csv", "data/arithmetic.csv"]
    var headers = try report.files().filter { tables.contains($0.path) }.map(\.text)
    #expect(headers.count == tables.count)
    headers.append(TrainingOutput(run: run).table.csv)
    let document = try Repository.text("docs/metrics.md")
    for header in headers {
      let columns = try #require(header.split(whereSeparator: \.isNewline).first)
        .split(separator: ",")
      #expect(columns.count > 6)
      let missing = columns.filter { !document.contains("`\($0)`") }
      #expect(missing == [])
    }
  }
}
