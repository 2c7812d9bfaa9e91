// SPDX-License-Identifier: Apache-2.0
import Datasets
import Tables
import Words

/// What determines the bytes of a generated data set.
struct DataSource: Encodable {
  /// The name on the command line.
  var name: String
  var set: GeneratedSet
  /// Training images.
  var train: Int
  /// Test images.
  var test: Int
  var seed: UInt64

  private enum CodingKeys: String, CodingKey {
    case name = "set"
    case train, test, seed, size, objects
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(train, forKey: .train)
    try container.encode(test, forKey: .test)
    try container.encode(seed, forKey: .seed)
    if case .shapes(let side, let objects) = set {
      try container.encode(side, forKey: .size)
      try container.encode(objects, forKey: .objects)
    }
  }
}

/// Data files with what they hold, in every output format.
struct DataOutput: Presentable {
  /// Where the files come from, nil where they were only read.
  var source: DataSource?
  var files: [DataFileSummary]

  private struct Configuration: Encodable {
    var generated: DataSource?
    var described: [String]?
  }

  var document: any Encodable {
    ResultDocument(
      schema: "halfway/data/1",
      configuration: Configuration(
        generated: source, described: source == nil ? files.map(\.path) : nil),
      results: files)
  }

  var table: Table {
    let columns = [
      "path", "kind", "content", "element", "shape", "bytes", "digest", "smallest", "largest",
      "classes", "vocabulary",
    ]
    func integer(_ value: Int?) -> Table.Cell { value.map { .integer(Int64($0)) } ?? .missing }
    let rows: [[Table.Cell]] = files.map { file in
      [
        .text(file.path), .text(file.kind.rawValue), .text(file.content.rawValue),
        .text(file.element), .text(shapeText(file)), integer(file.bytes), .text(file.digest),
        integer(file.range?.lowerBound), integer(file.range?.upperBound),
        classText(file).map { .text($0) } ?? .missing, integer(file.vocabulary),
      ]
    }
    return Table(columns: columns, rows: rows)
  }

  func text(for terminal: Terminal) -> String {
    var lines: [String] = []
    if let source {
      lines += [
        "\(source.name): \(source.train) training and \(source.test) test images, "
          + "seed \(source.seed)", "",
      ]
    }
    for (index, file) in files.enumerated() {
      if index > 0 { lines.append("") }
      lines.append(terminal.styled(Echo.plain(file.path), .bold))
      let kind = file.kind == .text ? "text" : "\(file.kind == .idx ? "IDX" : "CIFAR-10")"
      lines.append("  kind     \(kind), \(contentText(file))")
      lines.append("  size     \(file.bytes) bytes, digest \(file.digest)")
      if let range = file.range {
        lines.append("  values   \(range.lowerBound) to \(range.upperBound), \(file.element)")
      }
      if let classes = classText(file) {
        lines += terminal.wrapped(classes, label: "  classes  ")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func contentText(_ file: DataFileSummary) -> String {
    switch file.content {
    case .labels: "\(shapeText(file)) labels"
    case .planes: "\(shapeText(file)): image, row, column of grey images or masks"
    case .images: "\(shapeText(file)): image, channel, row, column"
    case .labelledImages: "\(shapeText(file)): image, channel, row, column, with labels"
    case .boxes: "\(shapeText(file)): image, object, (class, left, top, right, bottom)"
    case .characters: "\(shapeText(file)) characters, \(file.vocabulary ?? 0) different ones"
    case .numbers: shapeText(file)
    }
  }

  private func shapeText(_ file: DataFileSummary) -> String {
    file.shape.map(String.init).joined(separator: " x ")
  }

  /// `0:5923 1:6742 ...`: each class that occurs with its count.
  private func classText(_ file: DataFileSummary) -> String? {
    file.classCounts.map { counts in
      counts.enumerated().filter { $0.element > 0 }.map { "\($0.offset):\($0.element)" }
        .joined(separator: " ")
    }
  }
}
