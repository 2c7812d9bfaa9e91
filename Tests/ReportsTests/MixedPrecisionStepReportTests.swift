// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Measurements
import Testing

@testable import Reports

@Suite struct MixedPrecisionStepReportTests {
  private func report(
    _ run: TrainingRun = Fixture.run(), proof: ArithmeticProof = Fixture.proof
  ) -> MixedPrecisionStepReport {
    MixedPrecisionStepReport(proof: proof, run: run, context: Fixture.context)
  }

  private func text(_ path: String, of files: [ReportFile]) -> String {
    files.first { $0.path == path }?.text ?? ""
  }

  @Test("The same results give the same bytes, file by file")
  func determinism() throws {
    #expect(try report().files() == report().files())
    let paths = try report().files().map(\.path)
    #expect(Set(paths).count == paths.count)
    #expect(paths.contains("index.html") && paths.contains("report.json"))
    #expect(paths.contains("data/loss.csv") && paths.contains("figures/zeroed.svg"))
    let drawn = StepFigures(Fixture.blamed).all.map(\.name)
    #expect(drawn == StepFigures.names)
    let all = try report(Fixture.blamed).files().map(\.path)
    #expect(report().possiblePaths.isSubset(of: all))
    for path in paths {
      #expect(!path.hasPrefix("/") && !path.contains(".."), "\(path) leaves the folder")
    }
  }

  @Test("Every drawing of a report is well-formed, and the page's ids are unique")
  func wellFormed() throws {
    let files = try report(Fixture.run(text: Fixture.hostile)).files()
    for file in files where file.path.hasSuffix(".svg") {
      #expect(XML(file.text).failure == nil, "\(file.path)")
    }
    let page = text("index.html", of: files)
    let ids = page.matches(of: #/ id="([^"]*)"/#).map { String($0.output.1) }
    #expect(ids.count > 20)
    #expect(Set(ids).count == ids.count)
    // The body is written as XML; only the head has HTML's void elements.
    let body = page.split(separator: "<body>")[1].split(separator: "</body>")[0]
    #expect(XML("<body>\(body)</body>").failure == nil)
  }

  @Test("No text of the input becomes markup, and the page asks the network for nothing")
  func closed() throws {
    var run = Fixture.run(text: Fixture.hostile)
    run.policies[0].policy.name = Fixture.hostile
    run.policies[0].policy.summary = Fixture.hostile
    run.configuration.architecture = Fixture.hostile
    let files = try report(run).files()
    let page = text("index.html", of: files)
    #expect(page.contains("&lt;script&gt;"))
    #expect(!page.contains("<script"))
    #expect(!page.contains("src="))
    #expect(!page.replacing("http://www.w3.org/2000/svg", with: "").contains("http:"))
    #expect(!page.contains("https:") && !page.contains("@import") && !page.contains("url("))
    for file in files where file.path.hasSuffix(".svg") { #expect(XML(file.text).failure == nil) }
  }

  @Test("A run without steps, policies or tensors still gives a report")
  func empty() throws {
    for run in [Fixture.run(steps: 0), Fixture.run(steps: 1)] {
      var bare = run
      bare.policies = []
      for run in [run, bare] {
        let files = try report(run).files()
        let page = text("index.html", of: files)
        #expect(page.contains("over \(run.stepsInWords)") || run.policies.isEmpty)
        let body = page.split(separator: "<body>")[1].split(separator: "</body>")[0]
        #expect(XML("<body>\(body)</body>").failure == nil)
        for file in files where file.path.hasSuffix(".svg") {
          #expect(XML(file.text).failure == nil)
        }
      }
    }
    var blank = Fixture.proof
    blank.rows = []
    let verdict = report(proof: blank).verdict
    #expect(verdict.sentence.hasPrefix("No arithmetic was compared"))
    #expect(!verdict.arithmeticHolds)
  }

  @Test("report.json is sorted, and only `run` holds a time")
  func json() throws {
    let first = text("report.json", of: try report().files())
    var context = Fixture.context
    context.run = .init(started: "2030-01-01T00:00:00Z", seconds: 99)
    let second = text(
      "report.json",
      of: try MixedPrecisionStepReport(proof: Fixture.proof, run: Fixture.run(), context: context)
        .files())
    let a = first.split(separator: "\n")
    let b = second.split(separator: "\n")
    let differing = zip(a, b).filter { $0 != $1 }.map { $0.0.trimmingCharacters(in: .whitespaces) }
    #expect(a.count == b.count)
    #expect(differing.map { $0.prefix(4) } == ["\"sec", "\"sta"])
    let keys = a.filter { $0.hasPrefix("  \"") }.compactMap {
      $0.split(separator: "\"")[1...].first
    }
    #expect(keys == keys.sorted())
  }

  @Test("Infinite and missing figures are written, not trapped on")
  func nonFinite() throws {
    var run = Fixture.run()
    run.policies[3].editSteps { record, index in
      guard index >= 60 else { return }
      record.exactLoss = nil
      record.loss = nil
      record.drift = nil
      record.lossScale = .infinity
    }
    let report = report(run)
    #expect(report.outcomes[3].status == .diverged)
    #expect(report.verdict.sentence.contains("diverged at step 61"))
    #expect(try !report.files().isEmpty)
  }
}
