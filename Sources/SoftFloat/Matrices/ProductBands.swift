// SPDX-License-Identifier: Apache-2.0
import Threads

/// How the products of a batch are shared out among threads: whole matrices where there are enough,
/// otherwise bands of rows or columns of each, so that one thread computes all of an element.
struct ProductBands: Sendable {
  /// Some rows and columns of one matrix.
  struct Band {
    let matrix: Int
    let rows: Range<Int>
    let columns: Range<Int>
  }

  private let shape: ProductShape
  private let threads: Int
  private let bands: Int
  private let parts: Int
  /// Whether a band is of rows.
  private let isOfRows: Bool
  /// What the length of a band is a multiple of.
  private let unit: Int

  /// - Parameters:
  ///   - cost: the cost of one term in that of a fused multiply-add in FP32.
  ///   - minimumWork: what is worth a thread of its own, in the same.
  ///   - unit: rows and columns that a kernel computes together.
  init(
    _ shape: ProductShape, batch: Int, threads: Int, cost: Int, minimumWork: Int,
    unit: (rows: Int, columns: Int)
  ) {
    let work = batch * shape.rows * shape.inner * shape.columns * cost
    self.shape = shape
    self.threads = max(1, min(threads, work / minimumWork))
    bands = batch >= 2 * self.threads ? 1 : self.threads
    parts = batch * bands
    let ofRows = Self.largestShare(of: shape.rows, unit.rows, bands)
    let ofColumns = Self.largestShare(of: shape.columns, unit.columns, bands)
    // The longer side is split, for bands then pack less of an operand twice, unless its largest
    // band has much more than the other side's: of 65 columns, which are three slivers, one of two
    // threads would get two.
    isOfRows =
      shape.rows >= shape.columns
      ? ofRows < Self.tolerance * ofColumns : Self.tolerance * ofRows < ofColumns
    self.unit = isOfRows ? unit.rows : unit.columns
  }

  /// How many times the other side's largest share the longer side's may be.
  private static let tolerance = 1.2

  /// The share of a side that the largest of its bands has.
  private static func largestShare(of length: Int, _ unit: Int, _ bands: Int) -> Double {
    let units = max(1, (length + unit - 1) / unit)
    return Double((units + bands - 1) / bands) / Double(units)
  }

  private var length: Int { isOfRows ? shape.rows : shape.columns }
  private var units: Int { (length + unit - 1) / unit }

  /// The rows and columns of the largest band.
  var largest: (rows: Int, columns: Int) {
    let longest = min((units + bands - 1) / bands * unit, length)
    return isOfRows ? (longest, shape.columns) : (shape.rows, longest)
  }

  /// Calls the function once on each thread, with the numbers of its parts.
  func run(_ compute: @Sendable (Range<Int>) -> Void) {
    ThreadTeam.run(parts: threads) { thread in
      compute(parts * thread / threads..<parts * (thread + 1) / threads)
    }
  }

  subscript(part: Int) -> Band {
    let band = part % bands
    let some =
      min(length, units * band / bands * unit)..<min(length, units * (band + 1) / bands * unit)
    return Band(
      matrix: part / bands, rows: isOfRows ? some : 0..<shape.rows,
      columns: isOfRows ? 0..<shape.columns : some)
  }
}
