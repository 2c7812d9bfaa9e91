// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SoftFloat

@Suite struct ProductBandsTests {
  private let unit = (rows: 4, columns: 32)

  private func bands(_ rows: Int, _ columns: Int, batch: Int = 1, threads: Int) -> ProductBands {
    ProductBands(
      ProductShape(rows: rows, inner: 64, columns: columns), batch: batch, threads: threads,
      cost: 1, minimumWork: 1, unit: unit)
  }

  @Test("Of two threads neither has more than five eighths, also where slivers of columns are few")
  func division() {
    let shapes = [
      (32, 65), (65, 32), (32, 96), (128, 76), (33, 33), (24, 160), (256, 128), (16, 1024),
    ]
    for (rows, columns) in shapes {
      let largest = bands(rows, columns, threads: 2).largest
      let share = Double(largest.rows * largest.columns) / Double(rows * columns)
      #expect(share <= 0.625, "\(rows) x \(columns): \(share)")
    }
  }

  @Test("Every element belongs to one band, whatever the shape, the batch and the threads")
  func cover() {
    for (rows, columns) in [(1, 1), (1, 70), (70, 1), (5, 33), (13, 100), (40, 40)] {
      for (batch, threads) in [(1, 1), (1, 2), (1, 7), (3, 2), (3, 5), (8, 3)] {
        let bands = bands(rows, columns, batch: batch, threads: threads)
        let count = batch * rows * columns
        let seen = UnsafeMutableBufferPointer<Int>.allocate(capacity: count)
        defer { seen.deallocate() }
        seen.initialize(repeating: 0)
        nonisolated(unsafe) let counts = seen
        bands.run { parts in
          for part in parts {
            let band = bands[part]
            for row in band.rows {
              for column in band.columns {
                counts[(band.matrix * rows + row) * columns + column] += 1
              }
            }
          }
        }
        #expect(seen.allSatisfy { $0 == 1 }, "\(batch) of \(rows) x \(columns), \(threads) threads")
      }
    }
  }
}
