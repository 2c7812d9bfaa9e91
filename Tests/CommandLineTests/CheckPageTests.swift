// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Testing

@Suite("check --page: the page of a check")
struct CheckPageTests {
  /// The end of a check with a page, and the page.
  private func page(
    _ arguments: [String], in folder: String
  ) throws -> (run: Tool.Run, text: String) {
    let path = "\(folder)/page.html"
    let run = try Tool.run(["check"] + arguments + ["--page", path])
    return (run, try String(contentsOfFile: path, encoding: .utf8))
  }

  private func elements(_ symbol: String, _ cases: String) throws -> [String] {
    [
      "exp", "--library", try SampleKernels.library.get(), "--symbol", symbol, "--signature",
      SampleKernels.signature, "--cases", cases,
    ]
  }

  @Test("It has the verdict, the numbers of the result and its figures, and needs nothing else")
  func numbers() throws {
    try withTemporaryFolder { folder in
      let json = "\(folder)/r.json"
      let (run, text) = try page(
        elements("plain_exp", "0x3f800000..0x4048ffff") + ["--export", json], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let document = try JSONValue(String(contentsOfFile: json, encoding: .utf8))
      let worst = try #require(document["worst"]?.elements.first)
      guard case .number(let operand)? = worst["operands"]?.elements.first,
        case .number(let misrounded)? = document["summary"]?["misrounded"]
      else {
        Issue.record("no numbers in \(worst)")
        return
      }
      #expect(text.contains("<code>0x\(String(UInt64(operand), radix: 16))</code>"))
      #expect(text.contains("\(UInt64(misrounded).groupedDigits) results"))
      #expect(text.contains("plain_exp: exp in fp32 keeps to ulp:1 on 13,172,736 inputs"))
      #expect(text.contains("0x3f800000 (1) to 0x4048ffff"))
      #expect(text.contains("<pre>halfway check exp --library"))
      // Two figures, each wide and narrow.
      #expect(text.components(separatedBy: "<svg ").count == 5)
      #expect(!text.contains("<script") && !text.contains("<link") && !text.contains(" src="))
      #expect(!text.contains("data/") && !text.contains("NaN\""))
      #expect(
        text.matches(of: /https?:\/\//).count
          == text.matches(of: /xmlns="http:\/\/www.w3.org/).count)
      let ids = text.matches(of: /id="([^"]+)"/).map { String($0.output.1) }
      #expect(Set(ids).count == ids.count, "ids are unique")
    }
  }

  @Test("What no kernel may do stands in it with the least input and a line that does it again")
  func misdeeds() throws {
    try withTemporaryFolder { folder in
      let (run, text) = try page(elements("crashing", "0x40490000..0x4049ffff"), in: folder)
      #expect(run.status == 1)
      #expect(text.contains("verdict fails"))
      #expect(text.contains("<code>0x40490fdb</code>") && text.contains("signal 11"))
      #expect(text.contains("--cases 0x40490fdb..0x40490fdb"))
    }
  }

  @Test("Names and messages open no tag")
  func hostile() throws {
    try withTemporaryFolder { folder in
      let library = "\(folder)/<img src=x onerror=alert(1)>&\"'`.so"
      try FileManager.default.copyItem(
        atPath: try SampleKernels.library.get(), toPath: library)
      let worker = "\(folder)/<i>worker</i>".replacing("/i", with: "i")
      try """
      #!/bin/sh
      echo '{"protocol": "halfway-kernel/1", "name": "<u>name</u>", "versions": {"<s>": "<b>1</b>"}}'
      read line
      echo '{"call": 1, "error": "<em>no</em>"}'
      """.write(toFile: worker, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: worker)
      var arguments = try elements("plain_exp", "0x3f800000..0x3f80ffff")
      arguments[2] = library
      for hostile in [
        arguments, ["exp", "--worker", worker, "--cases", "0x3f800000..0x3f80ffff"],
      ] {
        let (_, text) = try page(hostile, in: folder)
        for tag in ["<img", "<i>", "<u>", "<s>", "<em>"] {
          #expect(!text.contains(tag), "\(hostile)")
        }
        #expect(text.contains("&lt;"))
      }
    }
  }

  @Test("A kernel of arrays has its cases, and the figure of its errors by kinds of data")
  func arrays() throws {
    try withTemporaryFolder { folder in
      for (symbol, status) in [("my_sum", 0), ("half_sum", 1)] {
        let (run, text) = try page(
          [
            "sum", "--library", try SampleKernels.library.get(), "--symbol", symbol, "--signature",
            "float(const float*, size_t)", "--cases",
            "7:integers 33:normal 64:normal 65:normal 129:normal 257:normal",
          ], in: folder)
        #expect(run.status == Int32(status), "\(run.errors)\(run.output)")
        #expect(text.contains("<code>257:normal</code>"))
        #expect(text.components(separatedBy: "<svg ").count == 3)
        #expect(text.contains(">fails<") == (status == 1))
      }
    }
  }

  @Test("A file of checks has one page with all of them, those that could not be made, too")
  func suite() throws {
    try withTemporaryFolder { folder in
      func entry(_ symbol: String) throws -> String {
        let library = try SampleKernels.library.get()
        return "\(symbol): {function: 'exp', library: '\(library)', symbol: '\(symbol)', "
          + "signature: '\(SampleKernels.signature)', cases: '0x3f800000..0x3f80ffff'},"
      }
      let file = "\(folder)/k.json5"
      let checks = try ["good", "zeros", "missing"].map(entry).joined()
      try "{checks: {\(checks)}}".write(toFile: file, atomically: true, encoding: .utf8)
      let (run, text) = try page([file], in: folder)
      #expect(run.status == 1)
      #expect(text.contains("3 checks: 1 hold, 1 with findings, 1 could not be made."))
      for name in ["check-1-good", "check-2-zeros", "check-3-missing"] {
        #expect(text.contains("href=\"#\(name)\"") && text.contains("id=\"\(name)\""))
      }
      #expect(text.contains("no symbol &#39;missing&#39;"))
      let ids = text.matches(of: /id="([^"]+)"/).map { String($0.output.1) }
      #expect(Set(ids).count == ids.count, "ids are unique")
      let same = try Tool.run(["check", file, "--page", file])
      #expect(same.status == 64 && same.errors.contains("--page"), "\(same.errors)")
    }
  }

  @Test("Shards tell the same errors along the operand as the whole, wherever they are cut")
  func profile() throws {
    try withTemporaryFolder { folder in
      let check = ["check"] + (try elements("half", "0x3f8003e8..0x3f8c0007"))
      func profile(_ path: String) throws -> JSONValue {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try #require(try JSONValue(text)["profile"])
      }
      let parts = try (1...3).map { part in
        let path = "\(folder)/\(part).jsonl"
        _ = try Tool.run(check + ["--shard", "\(part)/3", "--export", path])
        return path
      }
      let (merged, whole) = ("\(folder)/merged.json", "\(folder)/whole.json")
      let pages = (merged: "\(folder)/merged.html", whole: "\(folder)/whole.html")
      _ = try Tool.run(["merge"] + parts + ["--export", merged, "--page", pages.merged])
      _ = try Tool.run(check + ["--export", whole, "--page", pages.whole])
      // The same but for what ran it.
      func sections(_ path: String) throws -> String {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try #require(text.components(separatedBy: "id=\"environment\"").first)
      }
      #expect(try sections(pages.merged).contains("<svg "))
      #expect(try sections(pages.merged).count > 5000)
      #expect(try profile(merged) == profile(whole))
      #expect(try profile(whole)["first"] == .number(Double(0x3f80_0000)))
    }
  }
}
