// SPDX-License-Identifier: Apache-2.0
import Words

/// Texts that come in, none longer than names are.
enum Texts {
  private static let longest = 64

  /// The text at a pointer; of none `other`, or a refusal.
  static func read(
    _ pointer: UnsafePointer<CChar>?, _ parameter: String, else other: String? = nil
  ) throws(Refusal) -> String {
    guard let pointer else {
      if let other { return other }
      throw Refusal("\(parameter) is null: a name is needed")
    }
    var length = 0
    while length <= longest, pointer[length] != 0 { length += 1 }
    guard length <= longest else {
      throw Refusal("\(parameter) is longer than \(longest) bytes: no name is")
    }
    let bytes = UnsafeRawBufferPointer(start: pointer, count: length)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Refusal("\(parameter) is not UTF-8")
    }
    return text
  }

  /// The value that a text names, of all those that have a name.
  static func choose<Value>(
    _ pointer: UnsafePointer<CChar>?, _ parameter: String, of known: [String],
    _ value: (String) -> Value?, else other: Value? = nil
  ) throws(Refusal) -> Value {
    if pointer == nil, let other { return other }
    let text = try read(pointer, parameter)
    guard let value = value(text) else { throw unknown(text, parameter, known) }
    return value
  }

  /// The refusal of a name that nothing has.
  static func unknown(_ text: String, _ parameter: String, _ known: [String]) -> Refusal {
    let near = NearestNames.of(text, among: known)
    return Refusal(
      "\(parameter) is '\(Echo.word(text))': "
        + (near.isEmpty
          ? "one of \(known.joined(separator: ", ")) is wanted"
          : "\(near.joined(separator: " or ")) may be meant"))
  }
}
