// SPDX-License-Identifier: Apache-2.0

/// What a report says about its own making.
package struct ReportContext: Hashable, Sendable, Codable {
  /// The command line that makes the report again.
  package var command: String
  /// What was asked, beyond what the page itself says; nil where nothing is.
  package var question: String?
  /// The tool and its version.
  package var tool: String
  /// The machine and the build, in the order of the page: name and value.
  package var environment: [Fact]
  /// When and for how long; the only part that differs between two runs of one configuration on
  /// one machine.
  package var run: Run

  /// A named fact.
  package struct Fact: Hashable, Sendable, Codable {
    /// What it is called.
    package var name: String
    /// What it is.
    package var value: String
    /// The fact.
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The wall clock.
  package struct Run: Hashable, Sendable, Codable {
    /// The start in ISO 8601, UTC.
    package var started: String
    /// The duration in seconds.
    package var seconds: Double
    /// The run.
    package init(started: String, seconds: Double) {
      self.started = started
      self.seconds = seconds
    }
  }

  /// The context.
  package init(command: String, tool: String, environment: [Fact], run: Run) {
    self.command = command
    self.tool = tool
    self.environment = environment
    self.run = run
  }
}

/// A file of a report: where it lies in the report's folder and what it holds.
package struct ReportFile: Hashable, Sendable {
  /// The path relative to the report's folder, with `/` between its parts.
  package var path: String
  /// The content, UTF-8.
  package var text: String

  /// The file.
  package init(path: String, text: String) {
    self.path = path
    self.text = text
  }

  /// The files of a figure: its data, its drawing and its pgfplots source.
  package static func files(of figure: some Figure) -> [ReportFile] {
    let stem = Escaping.identifier(figure.name)
    return [
      ReportFile(path: "data/\(stem).csv", text: figure.table.csv),
      ReportFile(path: "figures/\(stem).svg", text: figure.svg),
      ReportFile(path: "figures/\(stem).tex", text: figure.tex(data: "../data/\(stem).csv")),
    ]
  }
}
