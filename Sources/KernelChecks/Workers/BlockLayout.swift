// SPDX-License-Identifier: Apache-2.0

/// Where the arrays of a call lie in the shared memory.
///
/// The first page is the worker's, for what a signal's handler says. Each array ends where a page
/// ends; between arrays lie pages that no kernel has business in, so that a kernel that writes
/// outside an array leaves a mark, or, in a worker that maps nothing there, ends with a signal at
/// the very byte.
struct BlockLayout: Hashable, Sendable {
  /// The bytes of a page: those of every processor that this runs on divide it.
  static let page = 1 << 16

  /// An array's place.
  struct Place: Hashable, Sendable {
    /// The bytes before its pages.
    let pages: Int
    /// The bytes of its pages.
    let pageBytes: Int
    /// The bytes before its first element.
    let offset: Int
    /// The bytes of its elements.
    let count: Int

    /// The bytes of its first page before it.
    var slack: Range<Int> { pages..<offset }
  }

  let places: [Place]
  /// The bytes of the whole memory.
  let size: Int

  /// The layout of arrays of so many bytes.
  init(bytes: [Int]) {
    var next = 2 * Self.page
    places = bytes.map { count in
      let pageBytes = max(1, (count + Self.page - 1) / Self.page) * Self.page
      defer { next += pageBytes + Self.page }
      return Place(
        pages: next, pageBytes: pageBytes, offset: next + pageBytes - count, count: count)
    }
    size = next
  }

  /// The place of pages that no array is in, after each one and before the first.
  var guards: [Range<Int>] {
    [Self.page..<2 * Self.page]
      + places.map { $0.pages + $0.pageBytes..<$0.pages + $0.pageBytes + Self.page }
  }
}
