// SPDX-License-Identifier: Apache-2.0

extension Tick {
  /// How far beyond a bound a tick may stand, in steps.
  private static let tolerance = 1e-9

  /// The multiples of a step of 1, 2 or 5 times a power of ten, at most `most` of them, and the
  /// step.
  static func linear(
    _ range: ClosedRange<Double>, most: Int, isWhole: Bool = false
  ) -> (positions: [Double], step: Double) {
    let extent = range.upperBound - range.lowerBound
    guard extent.isFinite, extent > 0 else { return ([], 0) }
    let most = max(most, 2)
    var exponent = Int(
      (Powers.log2(extent / Double(most)) / Powers.log2Of10).rounded(.down))
    if isWhole { exponent = max(exponent, 0) }
    var steps = [1.0, 2, 5].makeIterator()
    while exponent <= 308 {
      guard let factor = steps.next() else {
        steps = [1.0, 2, 5].makeIterator()
        exponent += 1
        continue
      }
      let step = factor * Powers.power(10, exponent)
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
  /// would set the greatest of them plainly (`ReadableNumber.significant`), otherwise all as
  /// multiples of that one's power of ten.
  static func labelled(_ positions: [Double], step: Double) -> [Tick] {
    let greatest = positions.map(\.magnitude).max() ?? 0
    guard let top = ReadableNumber.decimal(greatest, digits: 15)?.exponent,
      let unit = ReadableNumber.decimal(step, digits: 1)?.exponent
    else { return positions.map { Tick(position: $0, label: .plain("0")) } }
    let isPlain = ReadableNumber.plainExponents.contains(top)
    return positions.map { value in
      let scaled = isPlain ? value : ReadableNumber.scaled(value, byPowerOfTen: -top)
      let digits = max(0, (isPlain ? 0 : top) - unit)
      let text = ReadableNumber.fixed(scaled, digits: digits)
        .replacing("-", with: ReadableNumber.minus)
      let isZero = value == 0
      return Tick(
        position: value,
        label: isZero ? .plain("0") : isPlain ? .plain(text) : .multiple(text, exponent: top))
    }
  }

  /// The strides between labelled exponents.
  static let strides = [1, 2, 4, 5, 8, 10, 16, 20, 32, 50, 64, 100, 128, 256, 512, 1024]

  /// Ticks at whole exponents, all multiples of one stride, at most `most` of them; the first and
  /// the last where a single multiple is in the range.
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
