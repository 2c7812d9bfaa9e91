// SPDX-License-Identifier: Apache-2.0

/// Suggestions for a name that does not exist.
package enum NearestNames {
  /// The known names nearest to `name`, at most three, none farther than half its length. A name's
  /// part up to a hyphen stands for it one step farther away: `nearst` is near `nearest-even`.
  package static func of(_ name: String, among known: [String]) -> [String] {
    guard name.utf8.count <= longestName else { return [] }
    let name = name.lowercased()
    let limit = max(1, name.count / 2)
    let ranked =
      known.enumerated()
      .map { (distance: distanceToStart(name, $0.element.lowercased()), $0.offset, $0.element) }
      .filter { $0.distance <= limit }
      .sorted { ($0.distance, $0.1) < ($1.distance, $1.1) }
    guard let best = ranked.first?.distance else { return [] }
    return ranked.filter { $0.distance == best }.prefix(3).map(\.2)
  }

  /// No known name is near a longer one, and distances take the product of the lengths.
  private static let longestName = 64

  private static func distanceToStart(_ name: String, _ known: String) -> Int {
    let whole = distance(name, known)
    guard let hyphen = known.firstIndex(of: "-") else { return whole }
    return min(whole, distance(name, String(known[..<hyphen])) + 1)
  }

  /// The number of insertions, deletions, substitutions and swaps of neighbours that turn one
  /// text into the other, no part edited twice (optimal string alignment).
  package static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a)
    let b = Array(b)
    var beforePrevious = [Int]()
    var previous = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        let substitution = previous[j] + (a[i] == b[j] ? 0 : 1)
        var best = min(substitution, previous[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          best = min(best, beforePrevious[j - 1] + 1)
        }
        row.append(best)
      }
      beforePrevious = previous
      previous = row
    }
    return previous[b.count]
  }
}
