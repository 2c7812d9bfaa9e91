// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import TensorFiles
import TestSupport
import Testing
import Work

@testable import Verification

/// A campaign small enough to be read thousands of times, with mismatches of two operations.
private let subject = MutableArithmetic(mutation: .tiesAway)

private func makeCampaign() -> Campaign {
  let configuration = Configuration(
    operations: [.add, .mul], formats: [.fp16], roundings: [.nearestEven, .up],
    cases: [.random(3000)], subject: subject.name, mismatchLimit: 3)
  return Campaign(
    plan: Plan(configuration, subject: subject), subject: subject, reference: MPFRReference())
}

/// What a forger puts where a number, a name or a list stood.
private let forgeries = [
  "0", "-1", "1", "2", "18446744073709551615", "9223372036854775807", "-9223372036854775808",
  "9007199254740992", "4294967296", "65536", "1e400", "0.5", "null", "[]", "{}", "\"\"", "true",
  "\"fp32\"", "\"e8m23\"", "\"fma\"", "\"convert\"", "\"stochastic:32:1\"", "\"exhaustive\"",
  "\"random:9007199254740991\"", "\"coverage:4294967295\"", "\"significands\"", "[[]]",
]

/// A text with one value of its JSON replaced, or a stretch left out or said twice.
private func forged(_ text: String, _ random: inout Draw) -> String {
  let bytes = Array(text.utf8)
  let starts = bytes.indices.filter { $0 > 0 && [0x3a, 0x5b, 0x2c].contains(bytes[$0 - 1]) }
  guard let start = starts.isEmpty ? nil : starts[random.below(starts.count)] else { return text }
  let ends = bytes.indices[start...].dropFirst().filter { [0x2c, 0x5d, 0x7d].contains(bytes[$0]) }
  guard let end = ends.first else { return text }
  let (head, tail) = (bytes[..<start], bytes[end...])
  let middle: [UInt8] =
    switch random.below(8) {
    case 0: []
    case 1: Array(bytes[start..<end]) + [0x2c] + bytes[start..<end]
    default: Array(forgeries[random.below(forgeries.count)].utf8)
    }
  return String(decoding: head + middle + tail, as: UTF8.self)
}

@Suite("Forged files with right checksums")
struct ForgedFileTests {
  private func withPath(_ body: (String) throws -> Void) rethrows {
    let path = NSTemporaryDirectory() + "halfway-forged-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private func known(_ name: String) -> (any Subject)? {
    name == subject.name ? subject : SubjectCatalog.subject(named: name)
  }

  /// The problem that reading a shard of these lines and merging it gives; nil where both succeed.
  private func problem(_ lines: [String], _ path: String) throws -> String? {
    var data = Data(lines.map { $0 + "\n" }.joined().utf8)
    data += Data("{\"checksum\":\"\(FNV1a.digest(data))\"}\n".utf8)
    try data.write(to: URL(fileURLWithPath: path))
    do {
      let result = try ShardFile.read(path, subject: known)
      _ = try ShardFile.merge([(path, result)])
      return nil
    } catch let problem as FileProblem { return problem.description }
  }

  private func shardLines() throws -> [String] {
    let campaign = makeCampaign()
    let result = VerificationResult(plan: campaign.plan, state: campaign.run().state)
    let text = try ShardFile.text(result, run: ["seconds": 1])
    return text.split(separator: "\n").dropLast().map(String.init)
  }

  @Test("rows that contradict their configuration are refused, each with its reason")
  func contradictions() throws {
    let lines = try shardLines()
    try withPath { path in
      #expect(try problem(lines, path) == nil)
      let header = lines[0]
      let row = lines[1]
      let tested = "\"tested\":3000"
      try #require(row.contains(tested) && header.contains("\"mismatchLimit\":3"))
      let cases: [(Int, String, String)] = [
        (0, header.replacing("\"mismatchLimit\":3", with: "\"mismatchLimit\":-1"), "mismatchLimit"),
        (0, header.replacing("\"mismatchLimit\":3", with: "\"mismatchLimit\":2"), "listed where"),
        (0, header.replacing("\"add\",\"mul\"", with: "\"add\",\"add\""), "repetition"),
        (0, header.replacing("\"add\",\"mul\"", with: "\"add\""), "rows are not those"),
        (0, header.replacing("\"mutable\"", with: "\"another\""), "no subject 'another'"),
        (0, header.replacing("\"mpfr\"", with: "\"hand\""), "no reference 'hand'"),
        (0, header.replacing("\"seed\":1", with: "\"seed\":2"), "operands of that case"),
        (
          0, header.replacing("\"generatorVersion\":", with: "\"generatorVersion\":9"),
          "cases are those of version"
        ),
        (1, row.replacing(tested, with: "\"tested\":18446744073709551615"), "tested is 184467"),
        (1, row.replacing(tested, with: "\"tested\":3001"), "where there are 3000 cases"),
        (1, row.replacing("\"mismatches\":", with: "\"mismatches\":9"), "mismatches"),
        (1, row.replacing("\"inexact\":", with: "\"inexact\":9"), "signalled"),
        (
          1, row.replacing(/"overflow":\d+/, with: "\"overflow\":2999"),
          "overflow and underflow more often than inexact"
        ),
        (
          1, row.replacing(/"invalid":\d+/, with: "\"invalid\":2999"),
          "more results with exceptions than results"
        ),
        (1, row.replacing(tested, with: "\(tested),\(tested)"), "no row of a result"),
        (1, lines[2], "rows are not those"),
        (1, row.replacing("\"add\"", with: "\"fma\""), "rows are not those"),
      ]
      for (place, text, reason) in cases {
        var forged = lines
        forged[place] = text
        let found = try #require(try problem(forged, path), "accepted: \(reason)")
        #expect(found.contains(reason), "\(found)")
      }
      #expect(try problem([], path) != nil)
      #expect(try problem([header], path) != nil)
    }
  }

  @Test("three thousand forged shards: read or refused, never a trap")
  func shards() throws {
    let lines = try shardLines()
    var random = Draw(seed: 1)
    var refused = 0
    try withPath { path in
      for _ in 0..<3000 {
        var forgery = lines
        for _ in 0...random.below(2) {
          let place = random.below(forgery.count)
          forgery[place] = forged(forgery[place], &random)
        }
        if try problem(forgery, path) != nil { refused += 1 }
      }
    }
    // What is left alone says nothing of the campaign: the time of the run, a got result.
    #expect(refused > 2000)
  }

  @Test("three thousand forged checkpoints: resumed or refused, never a trap")
  func checkpoints() throws {
    let campaign = makeCampaign()
    let (state, _) = campaign.run()
    let text = String(decoding: try CanonicalJSON.encode(state), as: UTF8.self)
    let fingerprint = try campaign.plan.configuration.fingerprint(shard: .whole)
    var random = Draw(seed: 2)
    var refused = 0
    try withPath { path in
      let file = CheckpointFile(
        path: path, kind: .init(schema: "halfway/checkpoint/4", work: "campaign", remedy: "x"),
        fingerprint: fingerprint)
      let checkpoint = WorkCheckpoint(path: path, fingerprint: fingerprint)
      for round in 0..<3000 {
        // An empty body first.
        let body = round == 0 ? "" : forged(text, &random)
        try file.save(Data(body.utf8), done: "cases")
        do {
          let state = try checkpoint.load(for: campaign, shard: .whole)
          #expect(campaign.run(from: state).isComplete)
        } catch is FileProblem { refused += 1 }
      }
    }
    #expect(refused > 2000)
  }
}
