// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Formats

/// `halfway formats`: lists the formats, or shows one in depth.
struct FormatsCommand: ExemplifiedCommand {
  static let configuration = CommandConfiguration(
    commandName: "formats", abstract: "Lists the formats and shows what each one holds.")

  static let examples = [
    Example("halfway formats", "every named format"),
    Example("halfway formats --format e4m3", "one in depth"),
    Example("halfway formats --format e5m7", "a custom one: 5 exponent and 7 fraction bits"),
    Example("halfway formats --output-format csv", "the table for a program"),
  ]

  @Option(
    name: .long, help: "The formats: one is shown in depth, several as a table.",
    completion: Completions.formats)
  var format: [String] = []

  @OptionGroup var output: OutputOptions

  func run() throws {
    let formats = try Options.formats(format.isEmpty ? ["all"] : format)
    try output.checkFiles()
    if formats.count == 1 {
      try output.write(FormatSheet(format: formats[0]))
    } else {
      try output.write(FormatTable(formats: formats))
    }
  }
}
