// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("Documents keep to the results")
struct DocumentTests {
  private static let python = "/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin".split(separator: ":")
    .map { "\($0)/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  @Test(
    "The README's tables are those of reports/verification",
    .enabled(if: python != nil, "python3 is missing: Experiments/arithmetic/tables.py cannot run"))
  func tables() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(DocumentTests.python))
    process.arguments = ["Experiments/arithmetic/tables.py", "--check"]
    process.currentDirectoryURL = Repository.root
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "run python3 Experiments/arithmetic/tables.py")
  }
}
