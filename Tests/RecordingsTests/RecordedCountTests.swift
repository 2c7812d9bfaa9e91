// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Testing

@testable import Recordings
@testable import WatchedRuns

@Suite struct RecordedCountTests {
  private let fixture = RecordingFixture()

  // docs/metrics.md, range of one rounding: x the exact value, y the stored one.
  @Test("zeroed, subnormal, overflowed and NaN values of FP16 are counted beside the exact ones")
  func range() throws {
    // 2^-26 rounds to 0, 2^-20 is subnormal, 65520 overflows, -0 counts as zero.
    let words: [UInt16] = [0x0000, 0x0010, 0x7c00, 0x7e00, 0x3c00, 0x8000, 0x0000]
    let exact = [0x1p-26, 0x1p-20, 65520, Double.nan, 1, -0x1p-30, 0]
    let twin = [0x1p-26, 0x1p-20, 65520, 7, 1, -0x1p-30, 0]
    let run = try fixture.recording {
      try $0.add(.activation, in: "fp16", words: words, local: exact, twin: twin)
      try $0.end(1)
    }
    let range = try run.point("fc1", "linear", .activation).range
    #expect(
      range
        == RangeCounts(elements: 7, nonzero: 5, zeroed: 2, subnormal: 1, overflow: 1, nan: 1))
  }

  @Test(
    "a result is y - x = (y - y*) + (y* - x): added and inherited errors, the loss scale removed")
  func origin() throws {
    let (y, local, twin) = ([Float(8), 16], [8.5, 16], [8.0, 12])
    let scale = 4.0
    let run = try fixture.recording {
      try $0.add(.activationGradient, result: y, local: local, twin: twin, scale: scale)
      try $0.end(1)
    }
    let point = try run.point("fc1", "linear", .activationGradient)
    let length = (0..<2).reduce(0) { $0 + (twin[$1] / scale) * (twin[$1] / scale) }
    func share(_ a: [Double], _ b: [Double]) -> Double {
      let squares = (0..<2).reduce(0.0) { sum, i in
        sum + ((a[i] - b[i]) / scale) * ((a[i] - b[i]) / scale)
      }
      return (squares / length).squareRoot()
    }
    #expect(point.origin?.added == share(y.map(Double.init), local))
    #expect(point.origin?.inherited == share(local, twin))
    #expect(point.deviation.relativeL2 == share(y.map(Double.init), twin))
    // The twin's gradient without the scale, of which FP32 loses nothing.
    #expect(point.recovery?.nonzero == 2 && point.recovery?.vanishing == 0)
  }

  @Test("what a mask makes infinite in the twin too is no overflow, and enters no sum")
  func masks() throws {
    let hidden = -Double.infinity
    let run = try fixture.recording {
      try $0.add(
        .activation, in: "fp16", words: [0xfc00, 0x3c00], local: [hidden, 1], twin: [hidden, 1])
      try $0.end(1)
    }
    let point = try run.point("fc1", "linear", .activation)
    #expect(point.range.overflow == 0)
    #expect(point.deviation.relativeL2 == 0)
    #expect(run.policies[0].incidents.overflow == nil)
  }

  @Test("an infinity that the twin does not have is an overflow, wherever it came from")
  func inheritedInfinity() throws {
    let run = try fixture.recording {
      try $0.add(
        .activation, in: "fp16", words: [0x7c00, 0x3c00], local: [.infinity, 1], twin: [70000, 1])
      try $0.end(1)
    }
    let point = try run.point("fc1", "linear", .activation)
    #expect(point.range.overflow == 1)
    #expect(point.deviation.relativeL2 == nil)
  }

  @Test("without the exact result no rate is zero: there is none")
  func aloneHasNoRates() throws {
    let run = try fixture.recording {
      try $0.add(.activation, result: [0, 1], local: nil, twin: [0x1p-140, 1])
      try $0.end(1)
    }
    let point = try run.point("fc1", "linear", .activation)
    #expect(point.range.zeroedRate == nil && point.range.subnormalRate == nil)
    #expect(point.origin == nil)
    #expect(point.deviation.zeroed == 1)
  }

  @Test(
    "without a twin the added error stands beside the exact result, and nothing is inherited or off"
  )
  func localOnly() throws {
    let run = try fixture.recording {
      try $0.add(.activation, result: [3], local: [4], twin: nil)
      try $0.end(1, twinLoss: nil)
    }
    let point = try run.point("fc1", "linear", .activation)
    #expect(point.origin?.added == 0.25)
    #expect(point.origin?.inherited == nil)
    #expect(point.deviation.relativeL2 == nil)
    #expect(run.reference.firstNonFiniteStep == nil)
  }

  @Test("results of one tensor in one step are counted together")
  func severalResults() throws {
    let run = try fixture.recording {
      for _ in 0..<3 { try $0.add(.activation, result: [1], local: [1], twin: [2]) }
      try $0.end(1)
    }
    let point = try run.point("fc1", "linear", .activation)
    #expect(point.range.elements == 3)
    #expect(point.deviation.relativeL2 == 0.5)
  }

  @Test("counts and sums are the same bytes on any number of threads")
  func threads() throws {
    let count = 40_000
    let values = (0..<count).map { Float(sin(Double($0))) }
    let exact = (0..<count).map { sin(Double($0)) }
    let files = try [1, 3].map { threads in
      try fixture.bytes(threads: threads) {
        try $0.add(.activation, result: values, local: exact, twin: exact.map { $0 * 1.01 })
        try $0.end(1)
      }
    }
    #expect(files[0] == files[1])
  }

  /// sin by its series, which needs no libm.
  private func sin(_ x: Double) -> Double {
    let y = x.truncatingRemainder(dividingBy: 3)
    return y - y * y * y / 6 + y * y * y * y * y / 120
  }

  // RN(0.999 v) in BF16: the number below 1 is 1 - 2^-8, half way is 0.998046875 < 0.999.
  @Test("of a moment in BF16 a decay of 0.999 leaves everything as it is, in FP16 and FP32 nothing")
  func decays() {
    func stuck(_ values: [Double], _ beta: Double, _ format: Format?) -> Int {
      values.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return -1 }
        return MomentDecay(
          RecordedNumbers(base, .double), count: values.count, beta: beta, format: format
        ).stuck
      }
    }
    #expect(stuck([1, 1.5, -1.9921875, 0x1p-126], 0.999, .bf16) == 4)
    #expect(stuck([1, 1.5], 0.999, .fp16) == 0)
    #expect(stuck([1, 1.5], 0.999, .fp32) == 0)
    // The smallest subnormal number: half of it is half way to zero, which is even.
    #expect(stuck([0x1p-133], 0.5, .bf16) == 0)
    #expect(stuck([0x1p-133], 0.51, .bf16) == 1)
    #expect(stuck([0, .infinity, .nan], 0.999, .bf16) == 0)
  }
}
