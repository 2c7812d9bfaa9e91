// SPDX-License-Identifier: Apache-2.0

/// Formats and their conversions as the specifications state them, from bit fields up: IEEE 754-2019
/// (binary16), OCP OFP8 1.0 (E4M3, E5M2) and OCP Microscaling Formats (MX) 1.0, 5.3 (E3M2, E2M3,
/// E2M1). Nothing of it is the code that is judged.
struct FormatOracle {
  let exponentBits: Int
  let mantissaBits: Int
  let bias: Int
  /// What the encodings with all exponent bits set are.
  let top: Top

  enum Top { case specials, oneNaN, numbers }

  static let fp16 = FormatOracle(exponentBits: 5, mantissaBits: 10, bias: 15, top: .specials)
  static let bf16 = FormatOracle(exponentBits: 8, mantissaBits: 7, bias: 127, top: .specials)
  static let e5m2 = FormatOracle(exponentBits: 5, mantissaBits: 2, bias: 15, top: .specials)
  static let e4m3 = FormatOracle(exponentBits: 4, mantissaBits: 3, bias: 7, top: .oneNaN)
  static let e3m2 = FormatOracle(exponentBits: 3, mantissaBits: 2, bias: 3, top: .numbers)
  static let e2m3 = FormatOracle(exponentBits: 2, mantissaBits: 3, bias: 1, top: .numbers)
  static let e2m1 = FormatOracle(exponentBits: 2, mantissaBits: 1, bias: 1, top: .numbers)

  /// The finite numbers that are not negative, ascending: an encoding each.
  let numbers: [Double]

  private init(exponentBits: Int, mantissaBits: Int, bias: Int, top: Top) {
    (self.exponentBits, self.mantissaBits, self.bias, self.top) = (
      exponentBits, mantissaBits, bias, top
    )
    var numbers: [Double] = []
    for encoding in 0..<1 << (exponentBits + mantissaBits) {
      let exponent = encoding >> mantissaBits
      let mantissa = encoding & (1 << mantissaBits - 1)
      let isTop = exponent == 1 << exponentBits - 1
      if isTop, top == .specials { continue }
      if isTop, top == .oneNaN, mantissa == 1 << mantissaBits - 1 { continue }
      let fraction = Double(mantissa) / Double(1 << mantissaBits)
      numbers.append(
        exponent == 0
          ? Self.power(1 - bias) * fraction : Self.power(exponent - bias) * (1 + fraction))
    }
    self.numbers = numbers
  }

  static func power(_ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<exponent.magnitude { result = exponent > 0 ? result * 2 : result / 2 }
    return result
  }

  var largest: Double { numbers[numbers.count - 1] }
  var smallestNormal: Double { Self.power(1 - bias) }

  /// emax of MX 5.3: the exponent of the largest normal number.
  var largestExponent: Int {
    var exponent = -200
    while Self.power(exponent + 1) <= largest { exponent += 1 }
    return exponent
  }

  /// The encoding of a magnitude rounded to the nearest, ties to even, and clamped.
  func encoding(_ magnitude: Double) -> Int {
    guard magnitude < largest else { return numbers.count - 1 }
    var (low, high) = (0, numbers.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if numbers[middle] <= magnitude { low = middle } else { high = middle }
    }
    let (below, above) = (magnitude - numbers[low], numbers[high] - magnitude)
    if below == above { return low % 2 == 0 ? low : high }
    return below < above ? low : high
  }

  /// The magnitude of an encoding.
  func value(_ encoding: Int) -> Double { numbers[encoding] }

  /// From where on a number overflows: the largest and half a unit in its last place.
  var overflowBound: Double { largest + (largest - numbers[numbers.count - 2]) / 2 }
}
