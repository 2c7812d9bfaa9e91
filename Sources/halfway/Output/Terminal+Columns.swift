// SPDX-License-Identifier: Apache-2.0
import Words

extension Terminal {
  /// The rows under their header in columns, the first to the left and the others to the right.
  /// What is wider than `width` goes on below, under the first column again; a name that takes more
  /// than a third of the line has one to itself.
  func aligned(_ header: [[String]], _ rows: [[String]]) -> [String] {
    let all = (header + rows).map { [Echo.word($0[0])] + $0.dropFirst() }
    let side = all.map { $0[0].count }.filter { $0 <= width / 3 }.max() ?? 0
    let widths = all[0].indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    var parts: [Range<Int>] = []
    var start = 1
    while start < widths.count {
      var (end, sum) = (start, side)
      while end < widths.count, end == start || sum + 2 + widths[end] <= width {
        sum += 2 + widths[end]
        end += 1
      }
      parts.append(start..<end)
      start = end
    }
    return parts.enumerated().flatMap { index, part in
      (index > 0 ? [""] : [])
        + all.flatMap { row -> [String] in
          let isLong = row[0].count > side
          let name = isLong ? "" : row[0]
          let cells = part.map { column in
            "  " + String(repeating: " ", count: widths[column] - row[column].count) + row[column]
          }
          let line = name + String(repeating: " ", count: side - name.count) + cells.joined()
          return (isLong ? [row[0]] : []) + [line.replacing(#/ +$/#, with: "")]
        }
    }
  }
}
