// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import TensorFiles

@Suite("Files are read whole or refused")
struct FileContentsTests {
  private func complaint(_ path: String, limit: Int = FileContents.sizeLimit) -> String? {
    do throws(TensorFileProblem) {
      _ = try FileContents(ofFile: path, sizeLimit: limit)
      return nil
    } catch {
      return error.description
    }
  }

  @Test("All bytes, and their hash as others compute it")
  func bytes() throws {
    try withFolder { folder in
      let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      try Data(bytes).write(to: URL(fileURLWithPath: folder + "/a"))
      #expect(try FileContents(ofFile: folder + "/a").bytes == bytes)
      try Data().write(to: URL(fileURLWithPath: folder + "/empty"))
      #expect(try FileContents(ofFile: folder + "/empty").bytes == [])
      #expect(complaint(folder + "/a", limit: 200_000) == nil)
      #expect(
        complaint(folder + "/a", limit: 199_999)
          == "'\(folder)/a': 200000 bytes, and at most 199999 are read; take a part of it")
    }
    // Test vectors of draft-eastlake-fnv, 64 bits.
    #expect(FileContents(path: "", bytes: []).digest == "cbf29ce484222325")
    #expect(FileContents(path: "", bytes: Array("foobar".utf8)).digest == "85944171f73967e8")
  }

  @Test("What is no regular file is refused without waiting for it")
  func refusals() throws {
    #expect(complaint("/") == "'/': it is a folder")
    #expect(complaint("/dev/zero") == "'/dev/zero': not a regular file")
    #expect(complaint("/nonexistent/f") == "'/nonexistent/f': No such file or directory")
    try withFolder { folder in
      let pipe = folder + "/pipe"
      try #require(mkfifo(pipe, 0o600) == 0)
      #expect(complaint(pipe) == "'\(pipe)': not a regular file")
    }
  }

  @Test("A file of more bytes than memory is refused by its size, not read")
  func sparse() throws {
    try withFolder { folder in
      let path = folder + "/sparse"
      try Data([0, 0, 8, 1]).write(to: URL(fileURLWithPath: path))
      try #require(truncate(path, 1 << 40) == 0)
      #expect(
        complaint(path)
          == "'\(path)': 1099511627776 bytes, and at most 1073741824 are read; take a part of it")
    }
  }
}
