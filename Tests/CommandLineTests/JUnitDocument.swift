// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a JUnit file says, read by a parser of XML.
final class JUnitDocument: NSObject, XMLParserDelegate {
  private(set) var suite = ""
  /// The counts of the suite, as they stand in its attributes.
  private(set) var counts: [String: String] = [:]
  private(set) var tests: [String] = []
  private(set) var failing: [String] = []
  private(set) var broken: [String] = []
  private(set) var skipped: [String] = []
  private(set) var text = ""

  init(ofFile path: String) throws {
    super.init()
    let parser = XMLParser(data: try Data(contentsOf: URL(fileURLWithPath: path)))
    parser.delegate = self
    try #require(parser.parse(), "the file is XML")
    #expect(counts["tests"] == "\(tests.count)" && counts["failures"] == "\(failing.count)")
    #expect(counts["errors"] == "\(broken.count)" && counts["skipped"] == "\(skipped.count)")
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    switch name {
    case "testsuite": (suite, counts) = (attributes["name"] ?? "", attributes)
    case "testcase": tests.append(attributes["name"] ?? "")
    case "failure": failing.append(tests.last ?? "")
    case "error": broken.append(tests.last ?? "")
    case "skipped": skipped.append(tests.last ?? "")
    default: break
    }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
