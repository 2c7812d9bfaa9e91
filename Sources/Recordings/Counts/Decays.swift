// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

extension MomentDecay {
  /// What fl(β x) leaves as it is, fl rounding to nearest even to the moment's format.
  init(_ moments: RecordedNumbers, count: Int, beta: Double, format: Format?) {
    self.init()
    forEachBlock(of: count) { range, x in
      moments.read(range, to: x)
      for i in 0..<range.count where x[i] != 0 && x[i].isFinite {
        nonzero += 1
        stuck += Self.isStuck(x[i], beta, format) ? 1 : 0
      }
    }
  }

  /// Whether β x, 0 ≤ β ≤ 1, rounds to x: it lies above the middle between x and the number below
  /// it in magnitude, or there and x is even.
  private static func isStuck(_ x: Double, _ beta: Double, _ format: Format?) -> Bool {
    let product = (beta * x).magnitude
    guard let format else { return product == x.magnitude }
    let magnitude = x.magnitude
    let exponent = max(Int(magnitude.exponent), format.minExponent)
    let unit = Double(sign: .plus, exponent: exponent - format.fractionBits, significand: 1)
    let isPower = magnitude.significand == 1 && exponent > format.minExponent
    let middle = magnitude - unit * (isPower ? 0.25 : 0.5)
    let isEven = (magnitude / unit).truncatingRemainder(dividingBy: 2) == 0
    return product > middle || (product == middle && isEven)
  }
}

extension WeightDecay {
  /// What a decay made of weights, of what it found and of what it left.
  init(_ readers: [RecordedNumbers], count: Int, share: Double, factor: Double) {
    self.init()
    forEachBlock(of: count, buffers: readers.count) { range, values in
      let buffers = readers.indices.map { index in
        readers[index].read(range, to: values + index * range.count)
        return UnsafeBufferPointer(start: values + index * range.count, count: range.count)
      }
      add(weights: buffers[0], before: buffers[1], after: buffers[2], share: share, factor: factor)
    }
  }
}

/// Calls `body` with blocks of 0..<count and room for so many numbers, `buffers` times.
private func forEachBlock(
  of count: Int, buffers: Int = 1, _ body: (Range<Int>, UnsafeMutablePointer<Double>) -> Void
) {
  let block = 1 << 12
  withUnsafeTemporaryAllocation(of: Double.self, capacity: buffers * block) { scratch in
    guard let scratch = scratch.baseAddress else { return }
    for first in stride(from: 0, to: count, by: block) {
      body(first..<min(first + block, count), scratch)
    }
  }
}
