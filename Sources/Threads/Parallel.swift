// SPDX-License-Identifier: Apache-2.0

/// Loops split among threads.
package enum Parallel {
  /// Calls `body` with bands that cover 0..<count, each with its number, on as many threads.
  @inlinable @inline(__always)
  package static func bands(
    of count: Int, _ bands: Int, _ body: (_ band: Int, _ range: Range<Int>) -> Void
  ) {
    guard bands > 1 else {
      body(0, 0..<count)
      return
    }
    ThreadTeam.run(parts: bands) { band in
      body(band, count * band / bands..<count * (band + 1) / bands)
    }
  }

  /// The values of `body` for 0..<count, in order, computed in bands on as many threads.
  package static func map<Value>(of count: Int, _ bands: Int, _ body: (Int) -> Value) -> [Value] {
    [Value](unsafeUninitializedCapacity: count) { values, initialized in
      let values = values.baseAddress
      Self.bands(of: count, bands) { _, range in
        for index in range { values?.advanced(by: index).initialize(to: body(index)) }
      }
      initialized = count
    }
  }
}
