// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness

/// Times pieces of work against the wall clock.
enum BenchTimer {
  /// The number of repetitions of which the fastest counts: the others measure the machine's other
  /// work.
  static let repetitions = 3
  /// The time in seconds that one repetition takes at least.
  static let leastSeconds = 0.005

  /// How many times faster than a peer: the ratio of the fastest times of both in two rounds.
  static func ratio(
    _ times: Double?, at nanoseconds: Double, or otherTimes: Double?, at otherNanoseconds: Double
  ) -> Double? {
    guard let times, let otherTimes else { return nil }
    let peer = min(times * nanoseconds, otherTimes * otherNanoseconds)
    return peer / min(nanoseconds, otherNanoseconds)
  }

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

/// Operands of one format in memory: random finite encodings, drawn by index so that every run has
/// the same.
struct BenchOperands<C: FixedWidthInteger & UnsignedInteger & Sendable> {
  /// Enough that a branch predictor cannot learn them, few enough for the first cache levels.
  static var count: Int { 4096 }

  let a: UnsafeMutableBufferPointer<C>
  let b: UnsafeMutableBufferPointer<C>
  let c: UnsafeMutableBufferPointer<C>
  let result: UnsafeMutableBufferPointer<C>
  private let memory: UnsafeMutableRawPointer

  init(_ format: Format) {
    // Whole cache lines, and no two buffers at the same place of a page: a store would delay loads
    // there.
    let size = Self.count * MemoryLayout<C>.stride + 5 * 64
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 4 * size, alignment: 4096)
    self.memory = memory
    func buffer(_ position: Int) -> UnsafeMutableBufferPointer<C> {
      let words = (memory + position * size).bindMemory(to: C.self, capacity: Self.count)
      let buffer = UnsafeMutableBufferPointer(start: words, count: Self.count)
      var index: UInt64 = 0
      for i in 0..<Self.count {
        var bits: UInt32
        repeat {
          bits =
            RandomWords.word(seed: UInt64(position + 1), index: index)
            & (format.magnitudeMask | format.signMask)
          index += 1
        } while bits & format.magnitudeMask > format.largestFinite
        buffer[i] = C(truncatingIfNeeded: bits)
      }
      return buffer
    }
    a = buffer(0)
    b = buffer(1)
    c = buffer(2)
    result = buffer(3)
  }

  func deallocate() { memory.deallocate() }
}
