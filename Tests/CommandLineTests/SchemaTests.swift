// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("JSON keeps to the published schemas")
struct SchemaTests {
  @Test(
    "Documents of every command with a small result",
    arguments: [
      ("formats-1", ["formats"]), ("format-1", ["formats", "--format", "fp16"]),
      ("format-1", ["formats", "--format", "e8m0"]),
      ("explanation-1", ["explain", "fma(0.1, 3, -0.3)", "--format", "bf16", "--rounding", "all"]),
      ("explanation-1", ["explain", "sqrt(-1) + 1/0 - min(inf, 0x01)", "--format", "e4m3"]),
      ("verification-1", ["verify", "add", "sqrt", "--format", "e2m1", "--cases", "boundary"]),
    ])
  func documents(schema: String, arguments: [String]) throws {
    let run = try Tool.run(arguments + ["--output-format", "json"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(try JSONSchema(named: schema).violations(in: run.output) == [])
  }

  @Test("The validator finds what breaks a schema")
  func validator() throws {
    let schema = try JSONSchema(named: "format-1")
    let text = try Tool.run(["formats", "--format", "fp16", "--output-format", "json"]).output
    for (part, wrong) in [
      ("\"bias\" : 15", "\"bias\" : 15.5"), ("\"bias\"", "\"biased\""),
      ("\"containerBytes\" : 2", "\"containerBytes\" : 3"),
      ("\"schema\" : \"halfway/format/1\"", "\"schema\" : \"halfway/format/2\""),
      ("\"hasSubnormals\" : true", "\"hasSubnormals\" : 1"),
    ] {
      let broken = text.replacing(part, with: wrong)
      try #require(broken != text)
      #expect(try !schema.violations(in: broken).isEmpty, "\(wrong)")
    }
  }
}
