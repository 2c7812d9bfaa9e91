// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Testing

/// The loops that vectorise against the definitions, element by element.
@Suite struct FastPathTests {
  /// Every kind of FP32 number, more than a block of them.
  private let numbers: [Float] = {
    let special: [Float] = [
      0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, -0x1p-130,
      .leastNormalMagnitude, 0x1p-24, 0x1.fp-15, 65504, 65536, .greatestFiniteMagnitude, 1, -1.5,
    ]
    return (0..<5003).map { i in
      i % 11 == 3
        ? special[i / 11 % special.count]
        : Float(bitPattern: UInt32(truncatingIfNeeded: i &* 0x9E37_79B1))
    }
  }()

  @Test(
    "An FP32 histogram is that of the same numbers in FP64, in every format",
    arguments: [Format.fp16, .bf16, .fp32, .e4m3, .e5m2, nil])
  func histograms(_ format: Format?) {
    var (narrow, wide) = (ExponentHistogram(format: format), ExponentHistogram(format: format))
    for count in [0, 1, 7, 8, 100, numbers.count] {
      numbers[..<count].withUnsafeBufferPointer { narrow.add($0) }
      numbers[..<count].map(Double.init).withUnsafeBufferPointer { wide.add($0) }
    }
    #expect(narrow == wide)
    #expect(
      narrow.nans > 0 && narrow.zeros > 0 && narrow.infinities > 0 && narrow.subnormals > 0
        || format == nil)
  }

  @Test(
    "A deviation is its definition in eight interleaved sums, for FP32 and FP64, with residuals")
  func deviations() {
    compareDeviations(numbers, Array(numbers.reversed()))
  }

  @Test("So is one of blocks without zeros, infinities and NaNs, but for those that a scale makes")
  func plainDeviations() {
    let plain = (0..<5003).map { (i: Int) -> Float in
      let scale: Float = i % 2 == 0 ? 0x1p-20 : -0x1p20
      return scale * Float(1 + i % 97)
    }
    compareDeviations(plain, plain.reversed())
    for special: Float in [0, -0.0, .nan, .infinity, .leastNonzeroMagnitude] {
      var one = plain
      one[700] = special
      compareDeviations(one, plain)
      compareDeviations(plain, one)
    }
  }

  private func compareDeviations(_ numbers: [Float], _ y: [Float]) {
    let x = numbers.map { Double($0) * 1.25 }
    for count in [1, 8, 513, 4099, numbers.count] {
      for scale in [1, 0x1p-16, 0x1p470, 0x1p500, 0x1p-1060, -1] {
        let (x, y) = (Array(x[..<count]), Array(y[..<count]))
        let residual = x.map { $0.isFinite ? $0 * 0x1p-55 : 0 }
        #expect(added(x, nil, y, scale) == Plain.deviation(x, nil, y.map(Double.init), scale))
        #expect(
          added(x, residual, y, scale) == Plain.deviation(x, residual, y.map(Double.init), scale))
        #expect(
          added(x, residual, y.map(Double.init), scale)
            == Plain.deviation(x, residual, y.map(Double.init), scale))
        let floats = Array(numbers[..<count])
        #expect(
          added(floats, y, scale)
            == Plain.deviation(floats.map(Double.init), nil, y.map(Double.init), scale))
      }
    }
  }

  @Test(
    "What underflows and what a scale recovers is what the definition counts, value by value",
    arguments: [Format.fp16, .bf16, .e5m2])
  func underflow(_ format: Format) {
    let half = Double(sign: .plus, exponent: format.minUlpExponent - 1, significand: 1)
    let scale = 0x1p10
    let values = numbers.map(Double.init) + (0..<1500).map { half * (1 + Double($0)) }
    var (fast, plain) = (UnderflowRecovery(), UnderflowRecovery())
    values.withUnsafeBufferPointer { fast.add($0, format: format, scale: scale) }
    for x in values where !x.isNaN && x != 0 {
      plain.nonzero += 1
      guard x.magnitude <= half else { continue }
      plain.vanishing += 1
      if x.magnitude * scale > half { plain.recovered += 1 }
    }
    #expect(fast == plain)
    #expect(plain.recovered > 0 && plain.recovered < plain.vanishing)
    // The same of values kept for several scales.
    var vanishing = VanishingValues(format: format)
    values.withUnsafeBufferPointer { vanishing.add($0) }
    #expect(vanishing.recovery(scale: scale) == plain)
    #expect(vanishing.recovery(scale: 1).recovered == 0)
  }

  @Test("Lost updates are their definition, for FP32 and FP64")
  func lostUpdates() {
    let d = numbers.map { $0.isNaN || $0.magnitude < 1e30 ? $0 : 0 }
    let w = (0..<d.count).map { Float($0 % 7) * 0.25 }
    let after = zip(w, d).map { $0 + $1 }
    let g = d.indices.map { $0 % 3 == 0 ? 0 : d[$0] + 1 }
    let expected = d.indices.map { $0 % 5 == 0 ? 0 : Float($0) }
    for count in [1, 9, 512, 513, d.count] {
      var (narrow, mixed, wide) = (LostUpdates(), LostUpdates(), LostUpdates())
      func with(_ values: [Float], _ body: (UnsafeBufferPointer<Float>) -> Void) {
        values[..<count].withUnsafeBufferPointer(body)
      }
      func withDoubles(_ values: [Float], _ body: (UnsafeBufferPointer<Double>) -> Void) {
        values[..<count].map(Double.init).withUnsafeBufferPointer(body)
      }
      with(w) { w in
        with(d) { d in
          with(after) { after in
            with(g) { g in
              with(expected) {
                narrow.add(before: w, update: d, after: after, gradient: g, referenceGradient: $0)
              }
              withDoubles(expected) {
                mixed.add(before: w, update: d, after: after, gradient: g, referenceGradient: $0)
              }
            }
          }
        }
      }
      withDoubles(w) { w in
        withDoubles(d) { d in
          withDoubles(after) { after in
            withDoubles(g) { g in
              withDoubles(expected) {
                wide.add(before: w, update: d, after: after, gradient: g, referenceGradient: $0)
              }
            }
          }
        }
      }
      let plain = Plain.lostUpdates(
        w[..<count].map(Double.init), d.map(Double.init), after.map(Double.init),
        g.map(Double.init), expected.map(Double.init))
      #expect(narrow == plain && mixed == plain && wide == plain)
    }
  }

  private func added(
    _ x: [Double], _ residual: [Double]?, _ y: [Float], _ scale: Double
  ) -> Deviation {
    var deviation = Deviation()
    x.withUnsafeBufferPointer { x in
      y.withUnsafeBufferPointer { y in
        (residual ?? []).withUnsafeBufferPointer {
          deviation.add(
            reference: x, residual: residual == nil ? nil : $0, result: y, scale: scale)
        }
      }
    }
    return deviation
  }

  private func added(
    _ x: [Double], _ residual: [Double], _ y: [Double], _ scale: Double
  ) -> Deviation {
    var deviation = Deviation()
    x.withUnsafeBufferPointer { x in
      y.withUnsafeBufferPointer { y in
        residual.withUnsafeBufferPointer {
          deviation.add(reference: x, residual: $0, result: y, scale: scale)
        }
      }
    }
    return deviation
  }

  private func added(_ x: [Float], _ y: [Float], _ scale: Double) -> Deviation {
    var deviation = Deviation()
    x.withUnsafeBufferPointer { x in
      y.withUnsafeBufferPointer { deviation.add(reference: x, result: $0, scale: scale) }
    }
    return deviation
  }
}

/// The definitions, an element at a time.
private enum Plain {
  /// Eight interleaved sums, added as a tree.
  struct Sums {
    var lanes = [Double](repeating: 0, count: 8)
    var total: Double {
      let four = (0..<4).map { lanes[$0] + lanes[$0 + 4] }
      return (four[0] + four[2]) + (four[1] + four[3])
    }
  }

  static func deviation(
    _ x: [Double], _ residual: [Double]?, _ y: [Double], _ scale: Double
  ) -> Deviation {
    var result = Deviation()
    var (xx, yy, xy, dd) = (Sums(), Sums(), Sums(), Sums())
    for i in x.indices {
      let (a, b) = (x[i], y[i] * scale)
      guard a.magnitude < 0x1p480, b.magnitude < 0x1p480 else {
        result.nonFinite += 1
        continue
      }
      result.nonzero += a != 0 ? 1 : 0
      result.zeroed += a != 0 && b == 0 ? 1 : 0
      let difference = b - a - (residual?[i] ?? 0)
      xx.lanes[i % 8] += a * a
      yy.lanes[i % 8] += b * b
      xy.lanes[i % 8] += a * b
      dd.lanes[i % 8] += difference * difference
    }
    result.elements = x.count
    result.referenceSquares = xx.total
    result.resultSquares = yy.total
    result.products = xy.total
    result.differenceSquares = dd.total
    return result
  }

  static func lostUpdates(
    _ w: [Double], _ d: [Double], _ after: [Double], _ g: [Double], _ expected: [Double]
  ) -> LostUpdates {
    var result = LostUpdates()
    var (all, lost) = (Sums(), Sums())
    for i in w.indices {
      result.elements += 1
      if d[i] == 0 {
        result.gradientZero += g[i] == 0 && expected[i] != 0 ? 1 : 0
        result.underflowed += g[i] != 0 ? 1 : 0
      } else if d[i].isFinite {
        result.nonzero += 1
        result.lost += after[i] == w[i] ? 1 : 0
        all.lanes[i % 8] += d[i].magnitude
        lost.lanes[i % 8] += after[i] == w[i] ? d[i].magnitude : 0
      } else {
        result.nonFinite += 1
      }
    }
    result.mass = all.total
    result.lostMass = lost.total
    return result
  }
}
