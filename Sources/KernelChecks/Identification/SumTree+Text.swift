// SPDX-License-Identifier: Apache-2.0

extension SumTree: LosslessStringConvertible, Codable {
  /// The tree in parentheses: `((0 1) 2)` adds the first two terms, then the third.
  package var description: String {
    var text = ""
    // What is still to be written: a node, or the end of one.
    var stack: [Int?] = [nodes.count - 1]
    while let next = stack.popLast() {
      guard let index = next else {
        text += ")"
        continue
      }
      if let last = text.last, last != "(" { text += " " }
      switch nodes[index] {
      case .term(let term): text += "\(term)"
      case .sum(let children):
        text += "("
        stack.append(nil)
        for child in children.reversed() { stack.append(child) }
      }
    }
    return text
  }

  /// The tree of such a text, nil where it is none.
  package init?(_ description: String) {
    var nodes: [Node] = []
    var open: [[Int]] = [[]]
    var number: Int?
    func isClosed() -> Bool { open.count == 1 }
    func close(_ node: Node) {
      nodes.append(node)
      open[open.count - 1].append(nodes.count - 1)
    }
    for character in description.utf8 + [UInt8(ascii: " ")] {
      if let digit = Self.digit(character) {
        let (scaled, isLarge) = (number ?? 0).multipliedReportingOverflow(by: 10)
        guard !isLarge, scaled < .max - digit else { return nil }
        number = scaled + digit
        continue
      }
      if let term = number { close(.term(term)) }
      number = nil
      switch character {
      case UInt8(ascii: "("): open.append([])
      case UInt8(ascii: ")"):
        guard !isClosed(), let children = open.popLast() else { return nil }
        close(.sum(children))
      case UInt8(ascii: " "): break
      default: return nil
      }
    }
    guard isClosed(), open[0].count == 1 else { return nil }
    self.init(nodes)
  }

  private static func digit(_ character: UInt8) -> Int? {
    let digit = Int(character) - Int(UInt8(ascii: "0"))
    return (0...9).contains(digit) ? digit : nil
  }

  /// The tree whose text the decoder holds.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let tree = SumTree(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no order of a sum")
    }
    self = tree
  }

  /// Encodes the text.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
