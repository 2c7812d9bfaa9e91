// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Testing

@Suite struct AccumulatorTests {
  @Test("Each rate divides by its own denominator, and is nil where that is zero")
  func rates() {
    let counts = RangeCounts(
      elements: 20, nonzero: 8, zeroed: 2, subnormal: 4, overflow: 5, nan: 1)
    #expect(counts.zeroedRate == 0.25)
    #expect(counts.zeroedShareOfAll == 0.1)
    #expect(counts.subnormalRate == 0.5)
    #expect(counts.overflowRate == 0.25)
    #expect(counts.nanRate == 0.05)
    #expect(RangeCounts().zeroedRate == nil && RangeCounts().overflowRate == nil)
  }

  @Test("Deviation: x = (3, 4), y = (3, 0) gives relative L2 4/5, cosine 3/5, norm ratio 3/5")
  func deviationOfVectors() {
    let d = deviation([3, 4], [3, 0])
    #expect(d.relativeL2 == 0.8)
    #expect(d.cosine == 0.6)
    #expect(d.normRatio == 0.6)
    #expect(d.zeroedRate == 0.5)
  }

  @Test("A cosine stays in -1...1, also where the roundings of its sums put the quotient beyond")
  func cosineBounds() {
    var isBeyond = false
    for index in 1...400 {
      let x = (1...5).map { 1 / Double($0 * index + 2) }
      for sign in [1.0, -1] {
        let d = deviation(x, x.map { $0 * sign / 3 })
        let norms = d.referenceSquares.squareRoot() * d.resultSquares.squareRoot()
        isBeyond = isBeyond || (d.products / norms).magnitude > 1
        #expect((d.cosine ?? .nan).magnitude <= 1)
        var change = DriftChange()
        (change.directSquares, change.feedbackSquares) = (d.referenceSquares, d.resultSquares)
        change.products = d.products
        #expect((change.cosine ?? .nan).magnitude <= 1)
      }
    }
    #expect(isBeyond)
  }

  @Test("Deviation: the scale is removed from the result and not from the reference")
  func deviationScale() {
    #expect(deviation([1, -2], [65536, -131072], scale: 0x1p-16).relativeL2 == 0)
  }

  @Test("Deviation: one infinity or NaN leaves no figure, and is counted")
  func deviationNonFinite() {
    for bad in [Double.infinity, -.infinity, .nan, 1e200] {
      let d = deviation([1, 2], [1, bad])
      #expect(d.nonFinite == 1)
      #expect(d.relativeL2 == nil && d.cosine == nil && d.normRatio == nil)
      #expect(d.differenceSquares.isFinite)
    }
    #expect(deviation([0, 0], [1, 1]).relativeL2 == nil)
  }

  @Test("Deviation: minus zero is zero")
  func deviationMinusZero() {
    let d = deviation([-0.0, 1], [0, -0.0])
    #expect(d.nonzero == 1 && d.zeroed == 1)
  }

  @Test("Accumulators of parts merge to that of the whole")
  func merging() {
    let x = (0..<100).map { Double($0 - 50) }
    let y = x.map { $0 * 1.5 - 1 }
    var merged = deviation(Array(x[..<37]), Array(y[..<37]))
    merged.merge(deviation(Array(x[37...]), Array(y[37...])))
    // Small integers and halves: the sums are exact in any order.
    #expect(merged == deviation(x, y))

    var histogram = ExponentHistogram(format: .fp16)
    add(Array(y[..<37]), to: &histogram)
    var rest = ExponentHistogram(format: .fp16)
    add(Array(y[37...]), to: &rest)
    histogram.merge(rest)
    var whole = ExponentHistogram(format: .fp16)
    add(y, to: &whole)
    #expect(histogram == whole)
  }

  @Test("A lost update is d ≠ 0 with fl(w + d) = w; vanished ones are told apart by cause")
  func lostUpdates() {
    var lost = LostUpdates()
    let columns: [(w: Double, d: Double, after: Double, g: Double, reference: Double)] = [
      (1, 0.5, 1.5, -1, -1), (1, 0.25, 1, -1, -1), (1, 0, 1, 0, 1), (1, 0, 1, 0, 0),
      (1, 0, 1, 1e-9, 1), (1, .nan, .nan, 1, 1), (1, -.infinity, -.infinity, 1, 1),
    ]
    columns.map(\.w).withUnsafeBufferPointer { w in
      columns.map(\.d).withUnsafeBufferPointer { d in
        columns.map(\.after).withUnsafeBufferPointer { after in
          columns.map(\.g).withUnsafeBufferPointer { g in
            columns.map(\.reference).withUnsafeBufferPointer {
              lost.add(
                before: w, update: d, after: after, gradient: g, referenceGradient: $0)
            }
          }
        }
      }
    }
    #expect(lost.elements == 7 && lost.nonzero == 2 && lost.lost == 1)
    #expect(lost.gradientZero == 1 && lost.underflowed == 1 && lost.nonFinite == 2)
    #expect(lost.lostRate == 0.5)
    #expect(lost.lostMassShare == 1.0 / 3)
  }

  @Test("Histogram: one bin per floor(log2|x|); zeros, subnormals, infinities and NaNs apart")
  func histogram() {
    var histogram = ExponentHistogram(format: .fp16)
    add(
      [
        0, -0.0, 1, -1.999, 2, 0x1p-14, 0x1p-14.nextDown, 0x1p-24, -0x1p-20, .infinity,
        -.infinity, .nan,
      ], to: &histogram)
    #expect(histogram.zeros == 2 && histogram.subnormals == 3)
    #expect(histogram.infinities == 2 && histogram.nans == 1 && histogram.total == 12)
    let bins = histogram.bins.filter { $0.count > 0 }
    #expect(bins.map(\.exponent) == [-14, 0, 1])
    #expect(bins.map(\.count) == [1, 2, 1])
  }

  private func add(_ values: [Double], to histogram: inout ExponentHistogram) {
    values.withUnsafeBufferPointer { histogram.add($0) }
  }
}

/// The deviation of a result from a reference.
func deviation(_ reference: [Double], _ result: [Double], scale: Double = 1) -> Deviation {
  var deviation = Deviation()
  reference.withUnsafeBufferPointer { reference in
    result.withUnsafeBufferPointer {
      deviation.add(reference: reference, result: $0, scale: scale)
    }
  }
  return deviation
}
