// SPDX-License-Identifier: Apache-2.0
import Formats
import Verification
import Words

/// Operands on the command line: encodings in hexadecimal, with or without 0x.
enum OperandText {
  /// The operands of an operation; a usage error names the first that does not fit.
  static func read(
    _ text: String, for operation: ArithmeticOperation, format: Format
  ) throws(CommandExit) -> [UInt64] {
    let kinds = operation.operandKinds(format)
    let words = text.split(separator: ",", omittingEmptySubsequences: false)
    guard words.count == kinds.count else {
      let count = text.isEmpty ? "is empty" : "has \(words.count)"
      throw .usage(
        "\(operation.rawValue) takes \(kinds.count) operand\(kinds.count == 1 ? "" : "s"), "
          + "--operands \(count)")
    }
    var values: [UInt64] = []
    for (word, kind) in zip(words, kinds) {
      let digits = word.hasPrefix("0x") || word.hasPrefix("0X") ? word.dropFirst(2) : word
      guard let value = UInt64(digits, radix: 16), !digits.hasPrefix("+"),
        value <= UInt64.max >> UInt64(64 - kind.bitWidth)
      else {
        throw .usage(
          "operand '\(Echo.word(word))' is not the encoding of \(kind.bitWidth) bits in hexadecimal"
        )
      }
      values.append(value)
    }
    return values
  }
}
