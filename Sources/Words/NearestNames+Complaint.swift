// SPDX-License-Identifier: Apache-2.0

extension NearestNames {
  /// The one line about an unknown name: `unknown format 'fp17'; did you mean fp16? known: ...`; an
  /// empty one is told by its option.
  package static func complaint(
    kind: String, name: String, known: [String], also: String = "", option: String? = nil
  ) -> String {
    if name.isEmpty, let option {
      return "\(option) has an empty name; known: " + known.joined(separator: ", ") + also
    }
    let nearest = of(name, among: known)
    let suggestion = nearest.isEmpty ? "" : "; did you mean \(nearest.joined(separator: " or "))?"
    let separator = nearest.isEmpty ? "; " : " "
    return "unknown \(kind) '\(Echo.word(name))'\(suggestion)\(separator)known: "
      + list(known) + also
  }

  /// The names in a row; of more than anybody reads in a message, the first ones and their number.
  private static func list(_ names: [String]) -> String {
    guard names.count > mostListed else { return names.joined(separator: ", ") }
    return names.prefix(mostListed - 1).joined(separator: ", ")
      + " and \(names.count - mostListed + 1) more"
  }

  /// The most names that a message lists.
  private static let mostListed = 48
}
