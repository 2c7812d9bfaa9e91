// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The table of `make faults`: what it plants must be there, and nowhere in the product.
@Suite("Planted faults")
struct FaultTableTests {
  private struct Table: Decodable {
    struct Fault: Decodable {
      var name, file, old, new, run: String
    }
    var faults: [Fault]
  }

  @Test("every fault's text stands in its file, and each fault has a name of its own")
  func table() throws {
    let text = try SourceTree.text("Experiments/faults/faults.json")
    let faults = try JSONDecoder().decode(Table.self, from: Data(text.utf8)).faults
    #expect(faults.count >= 35)
    #expect(Set(faults.map(\.name)).count == faults.count)
    for fault in faults {
      #expect(try SourceTree.text("Sources/" + fault.file).contains(fault.old), "\(fault.name)")
      #expect(fault.old != fault.new)
    }
  }

  @Test("the product has no fault to choose")
  func absent() throws {
    for module in try SourceTree.folders("Sources") {
      for path in try SourceTree.swiftFiles("Sources/\(module)") {
        #expect(try !SourceTree.text(path).contains("Fault.choose"), "\(path)")
      }
    }
  }
}
