// SPDX-License-Identifier: Apache-2.0

extension Tick {
  /// How far beyond a bound a tick may stand, in steps.
  private static let tolerance = 1e-9

  /// The multiples of a step of 1, 2 or 5 times a power of ten, at most `most` of them, and the step.
  static func linear(
    _ range: ClosedRange<Double>, most: Int, isWhole: Bool = false
  ) -> (positions: [Double], step: Double) {
    let extent = range.upperBound - range.lowerBound
    guard extent.isFinite, extent > 0 else { return ([], 0) }
    let most = max(most, 2)
    var exponent = Int(
      (Elementary.log2(extent / Double(most)) / Elementary.log2Of10).rounded(.down))
    if isWhole { exponent = max(exponent, 0) }
    var steps = [1.0, 2, 5].makeIterator()
    while exponent <= 308 {
      guard let factor = steps.next() else {
        steps = [1.0, 2, 5].makeIterator()
        exponent += 1
        continue
      }
      let step = factor * Elementary.power(10, exponent)
      guard step > 0 else { continue }
      // A tick belongs to a bound that rounding has moved past it.
      let first = (range.lowerBound / step - tolerance).rounded(.up)
      let last = (range.upperBound / step + tolerance).rounded(.down)
      guard last - first < Double(most) else { continue }
      guard first <= last else { return ([], step) }
      return ((0...Int(last - first)).map { (first + Double($0)) * step }, step)
    }
    return ([], 0)
  }

  /// The ticks of positions a step apart, with as many digits as the step has. Plain where a table
  /// would set the greatest of them plainly (`NumberText.significant`), otherwise all as multiples of
  /// that one's power of ten.
  static func labelled(_ positions: [Double], step: Double) -> [Tick] {
    let greatest = positions.map(\.magnitude).max() ?? 0
    guard let top = NumberText.decimal(greatest, digits: 15)?.exponent,
      let unit = NumberText.decimal(step, digits: 1)?.exponent
    else { return positions.map { Tick(position: $0, label: .plain("0")) } }
    let isPlain = NumberText.plainExponents.contains(top)
    return positions.map { value in
      let scaled = isPlain ? value : NumberText.scaled(value, byPowerOfTen: -top)
      let digits = max(0, (isPlain ? 0 : top) - unit)
      let text = NumberText.fixed(scaled, digits: digits)
        .replacing("-", with: NumberText.minus)
      let isZero = value == 0
      return Tick(
        position: value,
        label: isZero ? .plain("0") : isPlain ? .plain(text) : .multiple(text, exponent: top))
    }
  }

  /// The strides between labelled exponents.
  static let strides = [1, 2, 4, 5, 8, 10, 16, 20, 32, 50, 64, 100, 128, 256, 512, 1024]

  /// Ticks at whole exponents, all multiples of one stride, at most `most` of them; the first and the
  /// last where a single multiple is in the range.
  static func powers(of base: Int, exponents: ClosedRange<Double>, most: Int) -> [Tick] {
    guard let first = Int(exactly: exponents.lowerBound.rounded(.up)),
      let last = Int(exactly: exponents.upperBound.rounded(.down)), first <= last
    else { return [] }
    let most = max(most, 2)
    // Multiples of the stride in first...last; floor division also below zero.
    func count(_ stride: Int) -> Int {
      Int((Double(last) / Double(stride)).rounded(.down))
        - Int((Double(first) / Double(stride)).rounded(.up)) + 1
    }
    let stride = strides.first { count($0) <= most } ?? 2048
    var exponents = (first...last).filter { $0 % stride == 0 }
    // Two exponents that are no multiples say more than one that is.
    if exponents.count < 2, last > first {
      exponents = [first, last]
    }
    return exponents.map {
      Tick(position: Double($0), label: .power(base: base, exponent: $0))
    }
  }
}

/// The two functions that axes need, without libm, so that a figure has the same bytes everywhere.
enum Elementary {
  /// log2(10), rounded to nearest.
  static let log2Of10 = 3.321928094887362
  /// ln 2, rounded to nearest.
  static let naturalLog2 = 0.6931471805599453

  /// log2(x) for positive finite x, to about 1e-15: the exponent is exact, the significand's
  /// logarithm is 2 atanh((m - 1) / (m + 1)) / ln 2 by its series.
  static func log2(_ x: Double) -> Double {
    guard x > 0, x.isFinite else { return x == 0 ? -.infinity : .nan }
    var exponent = Double(x.exponent)
    var significand = x.significand
    if significand > 2.0.squareRoot() {
      significand /= 2
      exponent += 1
    }
    let z = (significand - 1) / (significand + 1)
    let square = z * z
    var term = z
    var sum = 0.0
    // |z| <= 0.1716, so the twelfth term is below 2^-63.
    for k in 0..<12 {
      sum += term / Double(2 * k + 1)
      term *= square
    }
    return exponent + sum * 2 / naturalLog2
  }

  /// base^exponent by squaring; the reciprocal for a negative exponent.
  static func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var square = base
    var remaining = exponent.magnitude
    while remaining > 0 {
      if remaining & 1 == 1 { result *= square }
      square *= square
      remaining >>= 1
    }
    return exponent < 0 ? 1 / result : result
  }
}
