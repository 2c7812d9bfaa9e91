// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFiles
import Work

/// A check that can be compared with what its kernel did before.
package protocol BaselinedWork: NamedWork {
  /// The name and version of the form of its baselines.
  static var baselineForm: String { get }
  /// Whether another configuration has the same cases, whatever the kernel and the criterion.
  func hasCases(of other: Configuration) -> Bool
  /// What a configuration checks, in a few words.
  static func summary(of configuration: Configuration) -> String
  /// How a count is beside an earlier one of the same cases.
  func comparison(of count: Count, to old: Count) -> BaselineComparison
}

/// What a kernel did when somebody wrote it down, and with what.
package struct KernelBaseline<Checks: BaselinedWork>: Codable, Sendable {
  package var schema = Checks.baselineForm
  package var configuration: Checks.Configuration
  /// What ran it: the kernel's own versions, the library's file and its digest, MPFR, the
  /// processor.
  package var provenance: [String: String]
  package var count: Checks.Count

  package init(
    configuration: Checks.Configuration, provenance: [String: String], count: Checks.Count
  ) {
    self.configuration = configuration
    self.provenance = provenance
    self.count = count
  }

  /// The baseline in a file; throws a `FileProblem`.
  package init(ofFile path: String) throws {
    let contents: FileContents
    do {
      contents = try FileContents(ofFile: path)
    } catch {
      throw FileProblem(path: path, reason: error.reason)
    }
    let decoder = JSONDecoder()
    let data = Data(contents.bytes)
    guard let form = try? decoder.decode(Form.self, from: data) else {
      throw FileProblem(
        path: path, reason: "it is no baseline of check; --update-baseline writes one")
    }
    guard form.schema == Checks.baselineForm else {
      throw FileProblem(
        path: path, reason: "it is of '\(form.schema)', and '\(Checks.baselineForm)' is read")
    }
    do {
      self = try decoder.decode(Self.self, from: data)
    } catch {
      throw FileProblem(path: path, reason: "it is damaged; --update-baseline writes it anew")
    }
    guard let work = Checks(configuration),
      work.contradiction([count], shard: .whole) == nil
    else {
      throw FileProblem(
        path: path, reason: "its counts contradict its cases; --update-baseline writes it anew")
    }
  }

  /// The file's bytes.
  package func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }
}

/// The name and version of a file's form.
private struct Form: Decodable { var schema: String }
