// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import TensorFiles

/// The line of the problem that a reader has with bytes, nil where it has none.
func complaint(
  _ bytes: [UInt8], _ read: (FileContents) throws(TensorFileProblem) -> Void
) -> String? {
  do throws(TensorFileProblem) {
    try read(FileContents(path: "f", bytes: bytes))
    return nil
  } catch {
    return error.description
  }
}

/// A path in a folder of one test, gone afterwards.
func withFolder(_ body: (String) throws -> Void) throws {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("halfway-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: url) }
  try body(url.path)
}
