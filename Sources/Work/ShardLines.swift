// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFiles

/// The first line of a shard's file: what determines the result, and how many rows follow.
package protocol ShardHeader: Codable, Hashable, Sendable {
  /// The name and version of the form, which the first line repeats.
  static var form: String { get }
  /// The form that the line names.
  var schema: String { get }
  /// The part of the work that the rows are of.
  var shard: Shard { get }
  /// The number of rows.
  var rows: Int { get }
}

/// A shard's result as JSON lines: a header, one line per row, one with the run, and one with the
/// checksum of all before it, so that a damaged copy is noticed.
package enum ShardLines {
  private struct RunLine<Run: Encodable>: Encodable { var run: Run }
  private struct Checksum: Codable { var checksum: String }
  private struct Form: Decodable { var schema: String }

  private static let runStart = Data("{\"run\":".utf8)
  private static let checksumStart = Data("{\"checksum\":".utf8)

  /// The text of a result; `run` holds what may differ between equal results, of which a merged one
  /// keeps nothing.
  package static func text(
    _ header: some ShardHeader, rows: [some Encodable], run: some Encodable
  ) throws -> String {
    var data = try CanonicalJSON.encode(header) + Data([0x0a])
    for row in rows { data += try CanonicalJSON.encode(row) + Data([0x0a]) }
    data += try CanonicalJSON.encode(RunLine(run: run)) + Data([0x0a])
    data += try CanonicalJSON.encode(Checksum(checksum: FNV1a.digest(data))) + Data([0x0a])
    return String(decoding: data, as: UTF8.self)
  }

  /// What a shard costs that cannot be used.
  package static func lost(_ shard: Shard) -> String {
    "shard \(shard.index)/\(shard.of) is lost, run it again"
  }

  /// The form that a file's first line names; nil where it names none.
  package static func form(ofFile path: String) -> String? {
    guard let head = try? FileContents.head(ofFile: path, most: longestHeader) else { return nil }
    return form(ofLine: Data(head.bytes.prefix { $0 != 0x0a }))
  }

  /// More than any header has: a configuration names each operation, format and rounding once.
  private static let longestHeader = 1 << 20

  private static func form(ofLine line: Data) -> String? {
    (try? JSONDecoder().decode(Form.self, from: line))?.schema
  }

  /// The header and the rows in a file; throws a `FileProblem` when it is unreadable or damaged.
  package static func read<Header: ShardHeader, Row: Codable>(
    _ path: String, _: Header.Type, _: Row.Type
  ) throws -> (header: Header, rows: [Row]) {
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
      header.schema == Header.form, (try? CanonicalJSON.encode(header)) == first,
      (0...data.count).contains(header.rows)
    else {
      if let other = lines.first.flatMap(form(ofLine:)), other != Header.form {
        throw problem(
          "of the form '\(other.prefix(60))', not of '\(Header.form)' as shards written with --shard i/n "
            + "--export FILE.jsonl are here; it adds nothing to the result")
      }
      throw problem(
        "not the result of a shard in the form '\(Header.form)': its first line, bytes 0 to "
          + "\(lines.first?.endIndex ?? 0), names none; it adds nothing to the result")
    }
    let lost = lost(header.shard)
    if let reason = damage(to: data, lines: lines, rows: header.rows) {
      throw problem("\(reason); \(lost)")
    }
    var rows: [Row] = []
    for line in lines.dropFirst().prefix(header.rows) {
      // Read and written again a row is the same bytes: nothing stands twice in it, or beside it.
      guard let row = try? decoder.decode(Row.self, from: line),
        (try? CanonicalJSON.encode(row)) == line
      else {
        throw problem("damaged: no row of a result at byte \(line.startIndex); \(lost)")
      }
      rows.append(row)
    }
    return (header, rows)
  }

  /// What keeps a file with a header of so many rows from being read, nil where its lines and their
  /// checksum are as written. What follows the last newline is no line, but its beginning.
  private static func damage(to data: Data, lines: [Data], rows: Int) -> String? {
    let complete = lines.dropLast()
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

  /// Whether shards make up a whole work; throws a `FileProblem` on a gap, an overlap or a
  /// difference in configuration.
  package static func checkWhole<Configuration: Equatable>(
    _ shards: [(path: String, shard: Shard, configuration: Configuration)]
  ) throws {
    guard let first = shards.first else {
      throw FileProblem(path: "", reason: "no shards to merge")
    }
    let count = first.shard.of
    var seen: [Int: String] = [:]
    for (path, shard, configuration) in shards {
      guard configuration == first.configuration else {
        throw FileProblem(
          path: path, reason: "the configuration differs from that of '\(first.path)'")
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
    }
    let missing = (1...count).filter { seen[$0] == nil }
    guard missing.isEmpty else {
      let list = missing.prefix(8).map { "\($0)/\(count)" }.joined(separator: ", ")
      throw FileProblem(
        path: first.path,
        reason: "gap: \(missing.count == 1 ? "shard" : "shards") \(list)"
          + (missing.count > 8 ? " and \(missing.count - 8) more" : "") + " missing")
    }
  }
}
