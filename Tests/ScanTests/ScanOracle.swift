// SPDX-License-Identifier: Apache-2.0

/// What a candidate does to rows of numbers, one after another.
struct ScanOracle {
  var zeroed = 0
  var subnormal = 0
  var overflow = 0
  var squares = 0.0

  private mutating func add(
    _ x: Double, scaled: Double, _ format: FormatOracle, decoded: (Double) -> Double
  ) {
    guard x != 0 else { return }
    let y = format.value(format.encoding(scaled.magnitude))
    if y == 0 { zeroed += 1 }
    if y > 0, y < format.smallestNormal { subnormal += 1 }
    if scaled.magnitude >= format.overflowBound { overflow += 1 }
    let error = x.magnitude - decoded(y)
    squares += error * error
  }

  /// The format as it is.
  static func plain(_ rows: [[Float]], _ format: FormatOracle) -> ScanOracle {
    var oracle = ScanOracle()
    for x in rows.joined() { oracle.add(Double(x), scaled: Double(x), format) { $0 } }
    return oracle
  }

  /// One scale for the tensor: Ω / amax in FP32, or the power of two at or below it.
  static func scaled(_ rows: [[Float]], _ format: FormatOracle, powerOfTwo: Bool) -> ScanOracle {
    var oracle = ScanOracle()
    let largest = rows.joined().map(\.magnitude).max() ?? 0
    var encode = Float(format.largest) / largest
    if powerOfTwo {
      var power: Float = 0x1p-126
      while power * 2 <= encode { power *= 2 }
      encode = power
    }
    let decode = 1 / encode
    for x in rows.joined() {
      oracle.add(Double(x), scaled: Double(x * encode), format) { Double(Float($0) * decode) }
    }
    return oracle
  }

  /// OCP MX 1.0, 6.3: the largest power of two less than or equal to the largest magnitude of the
  /// block, divided by the largest power of two of the element's format, is the scale; E8M0 has
  /// those from 2^-127 on. Numbers are divided by it, rounded to nearest even and clamped.
  static func mx(_ rows: [[Float]], _ format: FormatOracle) -> ScanOracle {
    var oracle = ScanOracle()
    for row in rows {
      for start in stride(from: 0, to: row.count, by: 32) {
        let block = row[start..<min(start + 32, row.count)].map(Double.init)
        let largest = block.map(\.magnitude).max() ?? 0
        guard largest > 0 else { continue }
        var exponent = -149
        while FormatOracle.power(exponent + 1) <= largest { exponent += 1 }
        let scale = FormatOracle.power(max(exponent - format.largestExponent, -127))
        for x in block { oracle.add(x, scaled: x / scale, format) { $0 * scale } }
      }
    }
    return oracle
  }

  /// "Pretraining Large Language Models with NVFP4", appendix C: every step in FP32.
  static func nvfp4(_ rows: [[Float]]) -> ScanOracle {
    var oracle = ScanOracle()
    let (e2m1, e4m3) = (FormatOracle.e2m1, FormatOracle.e4m3)
    let largest = rows.joined().map(\.magnitude).max() ?? 0
    let encodeTensor = Float(6 * 448) / largest
    let decodeTensor = 1 / encodeTensor
    for row in rows {
      for start in stride(from: 0, to: row.count, by: 16) {
        let block = row[start..<min(start + 16, row.count)]
        let decodeBlock = (block.map(\.magnitude).max() ?? 0) / 6
        let stored = Float(e4m3.value(e4m3.encoding(Double(decodeBlock * encodeTensor))))
        let decode = stored * decodeTensor
        let encode = stored == 0 ? 0 : 1 / decode
        for x in block {
          oracle.add(Double(x), scaled: Double(x * encode), e2m1) { Double(Float($0) * decode) }
        }
      }
    }
    return oracle
  }
}
