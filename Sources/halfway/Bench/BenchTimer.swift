// SPDX-License-Identifier: Apache-2.0

import Formats

/// Times pieces of work against the wall clock.
enum BenchTimer {
  /// The number of repetitions of which the fastest counts: the others measure the machine's other work.
  static let repetitions = 7
  /// The time in seconds that one repetition takes at least.
  static let leastSeconds = 0.002

  /// The seconds that one call of `work` takes, the least of several repetitions.
  static func seconds(_ work: () -> Void) -> Double {
    let clock = ContinuousClock()
    work()
    var calls = 1
    var fastest = Double.infinity
    var repetition = 0
    while repetition < repetitions {
      let elapsed = clock.measure { for _ in 0..<calls { work() } }
      let seconds =
        Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
      if seconds < leastSeconds {
        calls *= 2
        continue
      }
      fastest = min(fastest, seconds / Double(calls))
      repetition += 1
    }
    return fastest
  }
}

/// Operands of one format in memory: random finite encodings, drawn by index so that every run has the same.
struct BenchOperands<C: FixedWidthInteger & UnsignedInteger & Sendable> {
  /// Enough that a branch predictor cannot learn them, few enough for the first cache levels.
  static var count: Int { 4096 }

  let a: UnsafeMutableBufferPointer<C>
  let b: UnsafeMutableBufferPointer<C>
  let c: UnsafeMutableBufferPointer<C>
  let result: UnsafeMutableBufferPointer<C>

  init(_ format: Format) {
    func buffer(seed: UInt64) -> UnsafeMutableBufferPointer<C> {
      let buffer = UnsafeMutableBufferPointer<C>.allocate(capacity: Self.count)
      var index: UInt64 = 0
      for i in 0..<Self.count {
        var bits: UInt32
        repeat {
          bits =
            RandomWords.word(seed: seed, index: index) & (format.magnitudeMask | format.signMask)
          index += 1
        } while bits & format.magnitudeMask > format.largestFinite
        buffer[i] = C(truncatingIfNeeded: bits)
      }
      return buffer
    }
    a = buffer(seed: 1)
    b = buffer(seed: 2)
    c = buffer(seed: 3)
    result = buffer(seed: 4)
  }

  func deallocate() {
    for buffer in [a, b, c, result] { buffer.deallocate() }
  }
}
