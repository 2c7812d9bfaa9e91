// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("check: a reference beside, properties, FP64 and tuples")
struct CheckReferenceTests {
  private func exp(
    _ symbol: String, _ more: [String], cases: String = "0x3f800000..0x3f8fffff"
  ) throws -> Tool.Run {
    try Tool.run(
      [
        "check", "exp", "--library", try SampleKernels.library.get(), "--symbol", symbol,
        "--signature", SampleKernels.signature, "--cases", cases,
      ] + more)
  }

  private func reference(_ symbol: String) throws -> [String] {
    [
      "--reference-library", try SampleKernels.library.get(), "--reference-symbol", symbol,
      "--reference-signature", "void(const double*, double*, size_t)",
    ]
  }

  private func flat(_ run: Tool.Run) -> String { run.output.replacing(/\s+/, with: " ") }

  @Test("A kernel that is better than its reference passes, one that is worse does not")
  func elements() throws {
    let alone = try exp("biased", [])
    #expect(alone.status == 1 && flat(alone).contains("ulp:1 does not hold"), "\(alone.output)")
    let excused = try exp("biased", try reference("biased_more"))
    #expect(excused.status == 0, "\(excused.errors)\(excused.output)")
    #expect(flat(excused).contains("errs no more than its reference"))
    #expect(flat(excused).contains("Its reference biased_more in fp64, rounded to fp32: largest"))
    let worse = try exp("biased", try reference("double_exp"))
    #expect(worse.status == 1 && flat(worse).contains("every result is the nearest number"))
    let plain = try exp("plain_exp", try reference("double_exp"))
    #expect(plain.status == 0 && flat(plain).contains("keeps to ulp:1"), "\(plain.output)")
  }

  @Test("Its document and its baseline are as their schemas say; a part of the cases is refused")
  func documents() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("halfway-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let baseline = folder.appendingPathComponent("baseline.json").path
    let more = try reference("biased_more") + ["--properties", "--criterion", "profile:torch"]
    let whole = try exp(
      "biased", more + ["--output-format", "json", "--baseline", baseline, "--update-baseline"],
      cases: "0x3f800000..0x3f80ffff")
    #expect(try JSONSchema(named: "check-1").violations(in: whole.output) == [])
    let value = try JSONValue(whole.output)
    #expect(value["reference"]?["tested"] == .number(65536))
    #expect(value["summary"]?["outsideTolerance"] == .number(0))
    #expect(value["properties"]?.elements.count == 2)
    let written = try String(contentsOfFile: baseline, encoding: .utf8)
    #expect(try JSONSchema(named: "kernel-baseline-1").violations(in: written) == [])
    let part = try exp("biased", more + ["--shard", "1/2", "--export", baseline + ".jsonl"])
    #expect(part.status == 64 && part.errors.contains("--shard is of a part of the cases"))
  }

  @Test("Products: the reference is computed in FP64 and excuses by the case")
  func products() throws {
    let library = try SampleArrayKernels.library.get()
    func check(_ symbol: String, _ reference: String, _ more: [String] = []) throws -> Tool.Run {
      try Tool.run(
        [
          "check", "matmul", "--library", library, "--symbol", symbol, "--signature",
          SampleArrayKernels.matmul, "--reference-library", library, "--reference-symbol",
          reference, "--reference-signature",
          "void(const double*, const double*, double*, size_t, size_t, size_t)",
          "--cases", "17x31x13:normal 33x9x65:normal 64x64x64:positive",
        ] + more)
    }
    let right = try check("matmul", "matmul_double", ["--output-format", "json"])
    #expect(right.status == 0, "\(right.errors)\(right.output)")
    #expect(try JSONSchema(named: "array-check-1").violations(in: right.output) == [])
    let first = try JSONValue(right.output)["cases"]?.elements.first
    #expect(first?["reference"]?["misrounded"] == .number(0))
    #expect(try check("sloppy_sums", "matmul_double").status == 1)
    let excused = try check("sloppy_sums", "sloppier_sums")
    #expect(excused.status == 0, "\(excused.errors)\(excused.output)")
    #expect(flat(excused).contains("errs no more than its reference"), "\(excused.output)")
  }

  @Test("Properties are told, and their lack is a finding where they are required")
  func properties() throws {
    let told = try exp("unsteady", ["--criterion", "ulp:8", "--properties"])
    #expect(told.status == 0, "\(told.errors)")
    #expect(flat(told).contains("monotonic no: f(1.0625) ="), "\(told.output)")
    let required = try exp("unsteady", ["--criterion", "ulp:8", "--requires", "monotonic"])
    #expect(required.status == 1 && flat(required).contains("not monotonic: f(1.0625)"))
    #expect(try exp("plain_exp", ["--requires", "monotonic", "range"]).status == 0)
    let odd = try exp("plain_exp", ["--requires", "odd"])
    #expect(odd.status == 64 && odd.errors.contains("of exp are looked for: monotonic, range"))
  }

  @Test("Rows that depend on the batch, and on their place in it, are found")
  func batches() throws {
    func check(_ symbol: String) throws -> Tool.Run {
      try Tool.run([
        "check", "matmul", "--library", try SampleArrayKernels.library.get(), "--symbol", symbol,
        "--signature", SampleArrayKernels.matmul, "--requires", "batch-invariant",
        "position-invariant",
      ])
    }
    #expect(try check("matmul").status == 0)
    let batchy = try check("batchy")
    #expect(batchy.status == 1 && flat(batchy).contains("not batch-invariant: row 0 of"))
    #expect(flat(batchy).contains("position-invariant holds of"), "\(batchy.output)")
    // Cases of one row show nothing, and nothing is known of them.
    let single = try Tool.run([
      "check", "matmul", "--library", try SampleArrayKernels.library.get(), "--symbol", "matmul",
      "--signature", SampleArrayKernels.matmul, "--requires", "batch-invariant", "--cases",
      "1x17x33:normal",
    ])
    #expect(
      single.status == 1 && flat(single).contains("not known to be batch-invariant"),
      "\(single.output)")
    let placed = try check("placed")
    #expect(
      placed.status == 1
        && flat(placed).contains("not batch-invariant, not position-invariant: row"),
      "\(placed.output)")
  }

  @Test("FP64: exp of the C library, the hardest operands, and one wrong result by its bits")
  func double() throws {
    let exp = [
      "check", "--library", "libm.so.6", "--symbol", "exp", "--signature", "double(double)",
    ]
    let random = try Tool.run(exp + ["--samples", "50000"])
    #expect(random.status == 0 && random.output.hasPrefix("exp: exp in fp64 keeps to ulp:1"))
    let hardest = try Tool.run(exp + ["--cases", "hardest"])
    #expect(flat(hardest).contains("12 published inputs that are the hardest to round"))
    let wrong = try Tool.run([
      "check", "exp", "--library", try SampleKernels.library.get(), "--symbol", "wrong_double",
      "--signature", "double(double)", "--cases", "0x3fe6666666666666..0x3fe6666666676666",
    ])
    #expect(wrong.status == 1 && wrong.output.contains("at 0x3fe66"), "\(wrong.output)")
    let none = try Tool.run([
      "check", "exp", "--own", "elementary", "--format", "bf16", "--cases", "hardest",
    ])
    #expect(none.status == 64 && none.errors.contains("--cases exhaustive takes all"))
  }

  @Test("The worst pair of operands can be run again by itself")
  func tuple() throws {
    let pow = [
      "check", "pow", "--library", try SampleKernels.library.get(), "--symbol", "my_pow",
      "--signature", "float(float, float)", "--criterion", "correctly-rounded",
    ]
    let run = try Tool.run(pow + ["--cases", "0x3f800001,0x4b000000"])
    #expect(run.output.contains("1 input:"), "\(run.output)")
    #expect(run.output.contains("--cases 0x3f800001,0x4b000000"))
    let one = try Tool.run(pow + ["--cases", "0x3f800001,0x4b000000,0x0"])
    #expect(one.status == 64 && one.errors.contains("not an encoding for each operand"))
  }

  @Test("References that cannot be are told in one line")
  func wrong() throws {
    let rows: [([String], Int32, String)] = [
      (["--reference-python", "exp"], 64, "--reference-python 'exp' is not module:function"),
      (["--reference-symbol", "exp"], 64, "no reference: name --reference-library with"),
      (["--reference-worker", "true", "--reference-format", "bf16"], 64, "fp32 or fp64"),
      (
        [
          "--reference-library", "libm.so.6", "--reference-symbol", "expf",
          "--reference-signature", "float(float",
        ], 64, "--reference-signature:"
      ),
      (
        [
          "--reference-library", "libm.so.6", "--reference-symbol", "nothing",
          "--reference-signature", "double(double)",
        ], 2, "the reference: no symbol 'nothing' in 'libm.so.6'"
      ),
      (
        [
          "--reference-library", "libm.so.6", "--reference-symbol", "pow",
          "--reference-signature", "double(double, double)",
        ], 64, "exp has 1 operand, and the reference's"
      ),
      (["--reference-worker", "true", "--reference-argument", "dim=-1"], 64, "kernels of arrays"),
      (
        try reference("crashing_double"), 2, "the reference gives no results: signal 11"
      ),
      (["--requires", ""], 64, "--requires names no property"),
    ]
    for (more, status, text) in rows {
      let run = try exp("plain_exp", more)
      #expect(run.status == status, "\(more): \(run.status) \(run.errors)")
      #expect(run.errors.replacing(/\s+/, with: " ").contains(text), "\(run.errors)")
    }
  }
}
