// SPDX-License-Identifier: Apache-2.0

/// Counters of a loop over a chunk, as wide as the elements.
struct DirectTally {
  var zero: UInt32 = 0
  var belowNormal: UInt32 = 0
  var overflow: UInt32 = 0

  /// Counts an element: by borrows of integers, of comparisons a compiler might make branches.
  @inline(__always)
  mutating func add(_ x: UInt32, _ y: UInt32, _ rounding: ElementRounding) {
    zero &+= (y &- 1) &>> ElementRounding.signBit
    belowNormal &+= (y &- rounding.smallestNormal) &>> ElementRounding.signBit
    overflow &+= (rounding.overflowBound &- 1 &- x) &>> ElementRounding.signBit
  }

  /// What was counted of elements of which some are zero.
  func sums(zeros: Int, squares: Double) -> FitSums {
    FitSums(
      zeroed: Int(zero) - zeros, subnormal: Int(belowNormal) - Int(zero), overflow: Int(overflow),
      squares: squares)
  }
}

/// Loops that round each element of a chunk and write its error's magnitude; they vectorise.
/// Elements are finite.
enum DirectLoops {
  /// Errors of a rounding to a format with fewer exponents than FP32.
  static func narrow(
    _ values: UnsafePointer<Float>, _ count: Int, _ rounding: ElementRounding,
    errors: UnsafeMutablePointer<Float>
  ) -> DirectTally {
    var tally = DirectTally()
    for i in 0..<count {
      let x = values[i].bitPattern & ElementRounding.magnitudeMask
      let y = rounding.roundedNarrow(x)
      tally.add(x, y, rounding)
      errors[i] = Float(bitPattern: x) - Float(bitPattern: y)
    }
    return tally
  }

  /// Errors of a rounding to a format with FP32's exponents.
  static func wide(
    _ values: UnsafePointer<Float>, _ count: Int, _ rounding: ElementRounding,
    errors: UnsafeMutablePointer<Float>
  ) -> DirectTally {
    var tally = DirectTally()
    for i in 0..<count {
      let x = values[i].bitPattern & ElementRounding.magnitudeMask
      let y = rounding.roundedWide(x)
      tally.add(x, y, rounding)
      errors[i] = Float(bitPattern: x) - Float(bitPattern: y)
    }
    return tally
  }

  /// Errors of a rounding under one scale: x · `encode` is rounded, and decoded by `decode`.
  static func scaled(
    _ values: UnsafePointer<Float>, _ count: Int, _ rounding: ElementRounding, encode: Float,
    decode: Float, errors: UnsafeMutablePointer<Float>
  ) -> DirectTally {
    var tally = DirectTally()
    for i in 0..<count {
      let x = (values[i] * encode).bitPattern & ElementRounding.magnitudeMask
      let y = rounding.roundedNarrow(x)
      tally.add(x, y, rounding)
      errors[i] = values[i].magnitude - Float(bitPattern: y) * decode
    }
    return tally
  }

  /// Errors of a rounding under a scale for each element.
  static func blocks(
    _ values: UnsafePointer<Float>, _ count: Int, _ rounding: ElementRounding,
    encode: UnsafePointer<Float>, decode: UnsafePointer<Float>,
    errors: UnsafeMutablePointer<Float>
  ) -> DirectTally {
    var tally = DirectTally()
    for i in 0..<count {
      let x = (values[i] * encode[i]).bitPattern & ElementRounding.magnitudeMask
      let y = rounding.roundedNarrow(x)
      tally.add(x, y, rounding)
      errors[i] = values[i].magnitude - Float(bitPattern: y) * decode[i]
    }
    return tally
  }

  /// What rounding stored FP64 numbers to FP32 does to those that are finite.
  static func single(_ bytes: UnsafeRawPointer, _ count: Int) -> FitSums {
    var sums = FitSums()
    for i in 0..<count {
      let x = Double(bitPattern: bytes.loadUnaligned(fromByteOffset: 8 &* i, as: UInt64.self))
      guard x.isFinite, x != 0 else { continue }
      let y = Float(x)
      if y == 0 { sums.zeroed += 1 }
      if y.isSubnormal { sums.subnormal += 1 }
      if y.isFinite {
        sums.squares += (x - Double(y)) * (x - Double(y))
      } else {
        sums.overflow += 1
      }
    }
    return sums
  }

  /// Σ e², each e in FP64, where its square is exact; eight interleaved sums, then as a tree.
  ///
  /// - Precondition: whole eights.
  static func squares(_ errors: UnsafePointer<Float>, _ count: Int) -> Double {
    var sums = SIMD8<Double>.zero
    var first = 0
    while first < count {
      let some = SIMD8<Double>(
        UnsafeRawPointer(errors + first).loadUnaligned(as: SIMD8<Float>.self))
      sums += some * some
      first &+= 8
    }
    let four = sums.lowHalf + sums.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }
}
