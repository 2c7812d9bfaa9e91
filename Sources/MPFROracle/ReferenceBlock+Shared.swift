// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

/// Where the results of shared runs are rounded, once for both signs of each class.
struct SharedResults: ~Copyable {
  let results: UnsafeMutablePointer<UInt32>
  let flags: UnsafeMutablePointer<UInt8>

  init() {
    results = .allocate(capacity: BlockNumbers.capacity)
    flags = .allocate(capacity: BlockNumbers.capacity)
  }

  deinit {
    results.deallocate()
    flags.deallocate()
  }
}

extension ReferenceBlock {
  /// Evaluates a group of runs with one MPFR call for each pair of a class, and one rounding for
  /// each of its two signs, where nothing depends on an element's index.
  func evaluate(
    _ runs: SharedRuns, _ function: Binary, _ table: UnsafeMutablePointer<__mpfr_struct>,
    _ a: UnsafePointer<UInt64>, _ b: UnsafePointer<UInt64>, _ c: UnsafePointer<UInt64>,
    firstIndex: UInt64, results: [UnsafeMutablePointer<UInt64>],
    flags: [UnsafeMutablePointer<UInt8>]
  ) {
    let length = SharedRuns.length
    // Where each run finds its numbers: a class has a place for either sign.
    var place = SIMD8<Int32>()
    var places = 0
    // Whether a class has results that are not numbers.
    var hasSpecials = SIMD8<UInt8>()
    for run in 0..<SharedRuns.count {
      let source = Int(runs.source[run])
      if source == run {
        place[run] = Int32(truncatingIfNeeded: places)
        hasSpecials[run] = computeClass(
          function, table, a + run * length, b + run * length, at: places * length)
        places += 2
      } else {
        place[run] = place[source] ^ Int32(runs.isOpposite[run])
      }
    }
    numbers.decide(count: places * length, format: format)
    var specials = 0
    for run in 0..<SharedRuns.count where hasSpecials[Int(runs.source[run])] != 0 {
      let from = Int(place[run]) * length
      for i in 0..<length {
        special[specials] = run * length + i
        specials &+= numbers.exponent[from + i] < ReferenceBlock.leastExponent ? 1 : 0
      }
    }
    if rounders.contains(where: \.isStochastic) {
      numbers.keepFractions(count: places * length, format: format, integral: false)
    }
    for (v, rounder) in rounders.enumerated() {
      if rounder.isStochastic {
        for run in 0..<SharedRuns.count {
          rounder.round(
            numbers, from: Int(place[run]) * length, count: length,
            firstIndex: firstIndex &+ UInt64(run * length), results: results[v] + run * length,
            flags: flags[v] + run * length)
        }
      } else {
        rounder.round(
          numbers, from: 0, count: places * length, firstIndex: 0, results: shared.results,
          flags: shared.flags)
        for run in 0..<SharedRuns.count {
          let from = Int(place[run]) * length
          let (rounded, output) = (shared.results + from, results[v] + run * length)
          for i in 0..<length { output[i] = UInt64(rounded[i]) }
          (flags[v] + run * length).update(from: shared.flags + from, count: length)
        }
      }
    }
    if specials > 0 { patch(a, b, c, specials, firstIndex, results: results, flags: flags) }
  }

  /// Fills the numbers of a run and, behind them, their opposites; returns 1 where some are none.
  private func computeClass(
    _ function: Binary, _ table: UnsafeMutablePointer<__mpfr_struct>, _ a: UnsafePointer<UInt64>,
    _ b: UnsafePointer<UInt64>, at place: Int
  ) -> UInt8 {
    let length = SharedRuns.length
    let out = result.number
    let specials = each(length, at: place) { i in
      function(
        out, table + Int(truncatingIfNeeded: a[i]), table + Int(truncatingIfNeeded: b[i]),
        MPFR_RNDZ)
    }
    let opposite = place + length
    (numbers.significand + opposite).update(from: numbers.significand + place, count: length)
    (numbers.exponent + opposite).update(from: numbers.exponent + place, count: length)
    for i in 0..<length { numbers.negative[opposite + i] = numbers.negative[place + i] ^ 1 }
    return specials > 0 ? 1 : 0
  }
}
