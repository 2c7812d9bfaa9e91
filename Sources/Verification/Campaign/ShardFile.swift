// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFiles

/// A shard's result as JSON lines: a header, one line per row, one with the run, and one with the
/// checksum of all before it, so that a damaged copy is noticed.
public enum ShardFile {
  private struct Header: Codable {
    var schema: String
    var configuration: Configuration
    var shard: Shard
    var skipped: [Skipped]
    var rows: Int
  }

  private struct RunLine<Run: Encodable>: Encodable {
    var run: Run

    static var start: String { "{\"run\":" }
  }

  private struct Checksum: Codable {
    var checksum: String

    static let start = "{\"checksum\":"
  }

  private static let schema = "halfway/verification-shard/3"

  /// The text of a result; `run` holds what may differ between equal campaigns, of which a merged
  /// result keeps nothing.
  public static func text(_ result: VerificationResult, run: some Encodable) throws -> String {
    let header = Header(
      schema: schema, configuration: result.configuration, shard: result.shard ?? .whole,
      skipped: result.skipped, rows: result.rows.count)
    var data = try CanonicalJSON.encode(header) + Data([0x0a])
    for row in result.rows { data += try CanonicalJSON.encode(row) + Data([0x0a]) }
    data += try CanonicalJSON.encode(RunLine(run: run)) + Data([0x0a])
    data += try CanonicalJSON.encode(Checksum(checksum: FNV1a.digest(data))) + Data([0x0a])
    return String(decoding: data, as: UTF8.self)
  }

  /// The result in a file; throws a `FileProblem` when it is unreadable, damaged or not what its
  /// configuration can have made.
  ///
  /// - Parameter known: the implementation of a name, nil where there is none.
  public static func read(
    _ path: String, subject known: (String) -> (any Subject)? = SubjectCatalog.subject(named:)
  ) throws -> VerificationResult {
    func problem(_ reason: String) -> FileProblem { FileProblem(path: path, reason: reason) }
    let data: Data
    do {
      data = Data(try FileContents(ofFile: path).bytes)
    } catch {
      throw problem("unreadable: \(error.reason); its shard is missing from the result")
    }
    guard !data.isEmpty else { throw problem("empty: its shard is lost, run it again") }
    let lines = data.split(separator: 0x0a, omittingEmptySubsequences: false)
    let decoder = JSONDecoder()
    guard let first = lines.first, let header = try? decoder.decode(Header.self, from: first),
      header.schema == schema, (try? CanonicalJSON.encode(header)) == first,
      (0...data.count).contains(header.rows)
    else {
      throw problem(
        "not the result of a shard in the form '\(schema)': its first line, bytes 0 to "
          + "\(lines.first?.endIndex ?? 0), names none; it adds nothing to the result")
    }
    let lost = "shard \(header.shard.index)/\(header.shard.of) is lost, run it again"
    if let reason = damage(to: data, lines: lines, rows: header.rows) {
      throw problem("\(reason); \(lost)")
    }
    var rows: [VerificationRow] = []
    for line in lines.dropFirst().prefix(header.rows) {
      // Read and written again a row is the same bytes: nothing stands twice in it, or beside it.
      guard let row = try? decoder.decode(VerificationRow.self, from: line),
        (try? CanonicalJSON.encode(row)) == line
      else {
        throw problem("damaged: no row of a result at byte \(line.startIndex); \(lost)")
      }
      rows.append(row)
    }
    let result = VerificationResult(
      configuration: header.configuration, shard: header.shard, rows: rows,
      skipped: header.skipped)
    if let reason = contradiction(result, header.shard, known) {
      throw problem("it contradicts its own configuration: \(reason); \(lost)")
    }
    return result
  }

  /// What a result cannot have from its configuration, nil where it can have everything.
  private static func contradiction(
    _ result: VerificationResult, _ shard: Shard, _ known: (String) -> (any Subject)?
  ) -> String? {
    let configuration = result.configuration
    if let fault = configuration.fault { return fault }
    guard let subject = known(configuration.subject) else {
      return "there is no subject '\(configuration.subject.prefix(40))'"
    }
    return Plan(configuration, subject: subject).contradiction(
      result, shard: shard, subject: subject)
  }

  /// What keeps a file with a header of so many rows from being read, nil where its lines and their
  /// checksum are as written. What follows the last newline is no line, but its beginning.
  private static func damage(to data: Data, lines: [Data], rows: Int) -> String? {
    let complete = lines.dropLast()
    let runStart = Data(RunLine<Bool>.start.utf8)
    let checksumStart = Data(Checksum.start.utf8)
    guard let end = complete.firstIndex(where: { $0.starts(with: checksumStart) }) else {
      let (seen, last) = (complete.count - 1, complete.last ?? Data())
      if seen > rows + 1 {
        return "damaged: no checksum in its last line, at byte \(last.startIndex)"
      }
      let isWithRun = seen > rows || last.starts(with: runStart)
      let seenRows = max(seen - (isWithRun ? 1 : 0), 0)
      return "truncated: it ends at byte \(data.count) after \(seenRows) of \(rows) rows"
        + (seenRows == rows ? ", before the end of the line with the checksum" : "")
    }
    let trailer = lines[end]
    if trailer.endIndex + 1 != data.endIndex {
      return "damaged: it goes on after its end at byte \(trailer.endIndex + 1)"
    }
    if let empty = complete.firstIndex(where: \.isEmpty) {
      return "damaged: line \(empty + 1), at byte \(lines[empty].startIndex), is empty"
    }
    guard lines[end - 1].starts(with: runStart) else {
      return "damaged: the line before that with the checksum, at byte "
        + "\(lines[end - 1].startIndex), is not that with the run"
    }
    guard end - 2 == rows else {
      return "damaged: rows are \(end - 2 < rows ? "missing" : "added"): it has \(end - 2), and "
        + "\(rows) by its first line"
    }
    guard let checksum = try? JSONDecoder().decode(Checksum.self, from: trailer) else {
      return "damaged: no checksum in its last line, at byte \(trailer.startIndex)"
    }
    return FNV1a.digest(data[..<trailer.startIndex]) == checksum.checksum
      ? nil
      : "damaged: the checksum differs, bytes 0 to \(trailer.startIndex) are not those that were "
        + "written"
  }

  /// The result of the campaign that shards make up; throws a `FileProblem` on a gap, an overlap or
  /// a difference in configuration.
  public static func merge(
    _ shards: [(path: String, result: VerificationResult)]
  ) throws -> VerificationResult {
    guard let first = shards.first else {
      throw FileProblem(path: "", reason: "no shards to merge")
    }
    let firstPath = first.path
    var merged = first.result
    let count = merged.shard?.of ?? 1
    var seen: [Int: String] = [:]
    for (path, result) in shards {
      let shard = result.shard ?? .whole
      guard result.configuration == merged.configuration else {
        throw FileProblem(
          path: path, reason: "the configuration differs from that of '\(firstPath)'")
      }
      guard shard.of == count else {
        throw FileProblem(
          path: path, reason: "shard \(shard.index)/\(shard.of) among shards of \(count)")
      }
      if let other = seen[shard.index] {
        throw FileProblem(
          path: path, reason: "overlap: shard \(shard.index)/\(count) is also in '\(other)'")
      }
      seen[shard.index] = path
      guard result.rows.map(\.key) == merged.rows.map(\.key), result.skipped == merged.skipped
      else { throw FileProblem(path: path, reason: "the rows differ from those of '\(firstPath)'") }
    }
    let missing = (1...count).filter { seen[$0] == nil }
    guard missing.isEmpty else {
      let list = missing.prefix(8).map { "\($0)/\(count)" }.joined(separator: ", ")
      throw FileProblem(
        path: firstPath,
        reason: "gap: \(missing.count == 1 ? "shard" : "shards") \(list)"
          + (missing.count > 8 ? " and \(missing.count - 8) more" : "") + " missing")
    }
    for (_, result) in shards.dropFirst() {
      for i in merged.rows.indices {
        merged.rows[i].tally.merge(
          result.rows[i].tally, limit: merged.configuration.mismatchLimit)
      }
    }
    merged.shard = nil
    return merged
  }
}

extension VerificationRow {
  /// The row without its counts.
  var key: VerificationRow {
    var key = self
    key.tally = Tally()
    return key
  }
}
