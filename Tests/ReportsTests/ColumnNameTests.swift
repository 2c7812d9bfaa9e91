// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Reports

@Suite struct ColumnNameTests {
  @Test(
    "Whatever policies are called, no two columns share a name, and pgfplots reads each of them")
  func reports() throws {
    for names in [
      ["a_b", "a-b", "a+b", "a:b"], ["step", "row", "tensor", "bin"],
      ["step-2", "step", "Step", "exponent"], ["+x", "_x", "=x", "-"],
      ["fp64", "fp64.", "FP64", "ü"],
    ] {
      var run = Fixture.run(steps: 12)
      for (index, name) in names.enumerated() { run.policies[index].policy.name = name }
      for figure in StepFigures(run).all {
        let header = csvFields(figure.table.csv)[0]
        #expect(
          Set(header.map { $0.lowercased() }).count == header.count, "\(figure.name): \(header)")
        #expect(header == figure.table.columns, "a field that is written otherwise")
        let tex = figure.tex(data: "d.csv")
        let fixed = ["step", "row", "tensor", "bin", "exponent"]
        for column in header.dropFirst(1) where !fixed.contains(column) {
          #expect(tex.contains("{\(column)}"), "\(figure.name): \(column)")
        }
      }
    }
  }

  @Test("Every column of every table of a report is lower_snake_case")
  func snakeCase() throws {
    let report = MixedPrecisionStepReport(
      proof: Fixture.proof, run: Fixture.run(steps: 12), context: Fixture.context)
    let tables = try report.files().filter { $0.path.hasSuffix(".csv") }
    #expect(tables.count > 10)
    for table in tables {
      for column in csvFields(table.text)[0] {
        #expect(
          column.wholeMatch(of: /[a-z0-9.]+(?:_[a-z0-9.]+)*/) != nil, "\(table.path): \(column)")
      }
    }
  }

  @Test("A name that is free stays; the others are numbered in their order")
  func readable() {
    func unique(_ texts: String...) -> [String] {
      ColumnNames.unique(texts, reserved: ["step", "row"])
    }
    #expect(unique("fp16-amp", "bf16+sr") == ["fp16_amp", "bf16_sr"])
    #expect(unique("Swamped: by mass", "2^-24") == ["swamped_by_mass", "2_24"])
    #expect(unique("a-b", "a_b", "a.b") == ["a_b_2", "a_b", "a.b"])
    #expect(unique("a b", "a-b", "a:b") == ["a_b", "a_b_2", "a_b_3"])
    #expect(unique("a-b", "a_b_2", "a_b") == ["a_b_3", "a_b_2", "a_b"])
    #expect(unique("step", "step_2", "Row") == ["step_3", "step_2", "row_2"])
    #expect(unique("x", "X", "", "_") == ["x", "x_2", "unnamed", "unnamed_2"])
  }

  @Test("Any texts: as many names, all different, all plain, the same every time")
  func anyTexts() {
    let parts = ["a", "A", "-", "_", "+", "2", "-2", ".", "step", "\u{202e}", "é"]
    for seed in 0..<300 {
      let texts = (0..<12).map { index in
        (0..<3).map { parts[Int((Fixture.noise(seed * 36 + index * 3 + $0, 11) + 1) * 5.49)] }
          .joined()
      }
      let names = ColumnNames.unique(texts, reserved: ["step"])
      #expect(names.count == texts.count)
      #expect(Set(names.map { $0.lowercased() } + ["step"]).count == texts.count + 1, "\(texts)")
      #expect(names.allSatisfy { $0.wholeMatch(of: /[a-z0-9.][a-z0-9._]*/) != nil }, "\(names)")
      #expect(names == ColumnNames.unique(texts, reserved: ["step"]))
    }
  }
}
