// SPDX-License-Identifier: Apache-2.0
import Measurements
import Threads

extension Tensor {
  /// The deviation from a reference, chunk by chunk: threads share the chunks, and their sums are
  /// added in ascending order.
  ///
  /// - Parameter scale: what undoes a loss scale.
  package func deviation(from reference: Tensor, scale: Double, threads: Int) -> Deviation {
    let parts = Parallel.map(of: chunks, min(threads, chunks)) { index in
      var part = Deviation()
      let range = chunk(index)
      switch (reference.storage, storage) {
      case (.float(let x), .float(let y)):
        part.add(reference: x[range], result: y[range], scale: scale)
      case (.double(let x), .float(let y)):
        part.add(reference: x[range], result: y[range], scale: scale)
      default:
        reference.withDoubles(range) { x in
          reference.withResiduals(range) { residual in
            withDoubles(range) {
              part.add(reference: x, residual: residual, result: $0, scale: scale)
            }
          }
        }
      }
      return part
    }
    return parts.reduce(into: Deviation()) { $0.merge($1) }
  }

  /// Adds the values to a histogram, whose format is that of their last rounding.
  package func count(into histogram: inout ExponentHistogram, threads: Int) {
    let bands = min(threads, chunks)
    guard bands > 1 else {
      for index in 0..<chunks { count(chunk(index), into: &histogram) }
      return
    }
    let empty = ExponentHistogram(format: rounded.format)
    let parts = Parallel.map(of: bands, bands) { band in
      var part = empty
      for index in chunks * band / bands..<chunks * (band + 1) / bands {
        count(chunk(index), into: &part)
      }
      return part
    }
    for part in parts { histogram.merge(part) }
  }

  /// Whether a value is infinite or NaN.
  package var hasNonFinite: Bool {
    if let floats = floats(0..<count) {
      // Of magnitudes below infinity's bits none is NaN's.
      var largest: UInt32 = 0
      for x in floats { largest = max(largest, x.magnitude.bitPattern) }
      return largest >= Float.infinity.bitPattern
    }
    var found = 0
    forEachDoubles { _, values in for x in values { found |= x.isFinite ? 0 : 1 } }
    return found != 0
  }

  /// max |x| of the finite values, rounded to FP64; zero where there is none.
  package func largestMagnitude(threads: Int) -> Double {
    let infinity = Double.infinity.bitPattern
    return Parallel.map(of: chunks, min(threads, chunks)) { index in
      withDoubles(chunk(index)) { values in
        // Bits of magnitudes are in the order of the numbers, and integers are compared many at a
        // time.
        var largest: UInt64 = 0
        for x in values {
          let bits = x.magnitude.bitPattern
          largest = max(largest, bits < infinity ? bits : 0)
        }
        return Double(bitPattern: largest)
      }
    }.max() ?? 0
  }

  private func count(_ range: Range<Int>, into histogram: inout ExponentHistogram) {
    if case .float(let buffer) = storage {
      histogram.add(buffer[range])
    } else {
      withDoubles(range) { histogram.add($0) }
    }
  }
}
