// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFiles
import Work

/// What a kernel did when somebody wrote it down, and with what.
package struct KernelBaseline: Codable, Sendable {
  /// The name and version of the file's form.
  package static let form = "halfway/kernel-baseline/1"

  package var schema = Self.form
  package var configuration: KernelCampaign.Configuration
  /// What ran it: the kernel's own versions, the library's file and its digest, MPFR, the
  /// processor.
  package var provenance: [String: String]
  package var count: KernelCount

  package init(
    configuration: KernelCampaign.Configuration, provenance: [String: String], count: KernelCount
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
    guard form.schema == Self.form else {
      throw FileProblem(path: path, reason: "it is of '\(form.schema)', and '\(Self.form)' is read")
    }
    do {
      self = try decoder.decode(KernelBaseline.self, from: data)
    } catch {
      throw FileProblem(path: path, reason: "it is damaged; --update-baseline writes it anew")
    }
    guard let work = KernelCampaign(configuration),
      work.contradiction([count], shard: .whole) == nil
    else {
      throw FileProblem(
        path: path, reason: "its counts contradict its cases; --update-baseline writes it anew")
    }
  }

  private struct Form: Decodable { var schema: String }

  /// The file's bytes.
  package func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }
}
