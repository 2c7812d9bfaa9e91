// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import KernelChecks

@Suite("Exact attention")
struct ExactAttentionTests {
  /// Two queries and three keys of three numbers, and values of two.
  private static let queries: [Double] = [1.5, -0.5, 2, 0.25, 3, -1]
  private static let keys: [Double] = [0.5, 1, -1.25, 2, -0.75, 0.5, -1, 0.125, 1]
  private static let values: [Double] = [1, -2, 0.5, 3, -4, 0.25]
  /// Float's 1 / √3.
  private static let scale = Double(Float(0x1.279a74p-1))

  private func attention<R>(
    _ q: [Double] = queries, _ k: [Double] = keys, _ v: [Double] = values, d: Int = 3, dv: Int = 2,
    scale: Double = scale, isCausal: Bool = false, mask: [Bool]? = nil,
    stored: StoredProbabilities = .unrounded, _ body: (ExactAttention) throws -> R
  ) throws -> R {
    try ReferenceOracle.with(q, rows: q.count / d, columns: d) { queries in
      try ReferenceOracle.with(k, rows: k.count / d, columns: d) { keys in
        try ReferenceOracle.with(v, rows: v.count / dv, columns: dv) { values in
          try body(
            ExactAttention(
              queries: #require(queries), keys: #require(keys), values: #require(values),
              scale: scale, isCausal: isCausal, mask: mask, stored: stored))
        }
      }
    }
  }

  private func expect(
    _ literals: [OutputLiteral], _ outputs: [ExactOutput],
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(literals.count == outputs.count, sourceLocation: location)
    for (index, (literal, output)) in zip(literals, outputs).enumerated() {
      #expect(literal.matches(output), "\(index): \(output)", sourceLocation: location)
    }
  }

  @Test("Values, S and T are those of mpmath: all keys")
  func allKeys() throws {
    try attention {
      #expect($0.terms == 3 && $0.maskedRows.isEmpty)
      expect(
        [
          .init(0x1.9059f30e79785p-4, 0x1.97a823b25e232p-59, 5.6335521118742475, 43.003995476643),
          .init(0x1.535c4aaa861dfp1, 0x1.969f891c675d1p-53, 19.08231511832438, 130.28300138712027),
          .init(0x1.875184ffb0f24p-1, -0x1.242deee9a198bp-56, 7.545547142694083, 54.24093170149989),
          .init(-0x1.cbebd28c68899p0, 0x1.9679472529fcbp-55, 13.468454696061094, 92.1233079351181),
        ], $0.values(ofRows: 0..<2))
      #expect($0.values(ofRows: 1..<2) == Array($0.values(ofRows: 0..<2)[2...]))
    }
  }

  @Test("Values, S and T are those of mpmath: causal, the last query sees all keys")
  func causal() throws {
    try attention(isCausal: true) {
      expect(
        [
          .init(0x1.05776f91154c9p-1, 0x1.636e75a2a37e8p-55, 3.5895582404660438, 24.18217219299107),
          .init(0x1.725569154ac09p1, -0x1.7894261698bc4p-53, 20.966499769052838, 139.6308057392149),
          .init(0x1.875184ffb0f24p-1, -0x1.242deee9a198bp-56, 7.545547142694083, 54.24093170149989),
          .init(-0x1.cbebd28c68899p0, 0x1.9679472529fcbp-55, 13.468454696061094, 92.1233079351181),
        ], $0.values(ofRows: 0..<2))
    }
  }

  @Test("Values, S and T are those of mpmath: a mask, probabilities stored in BF16")
  func masked() throws {
    let stored = StoredProbabilities(.bf16, accumulator: .fp32)
    #expect(stored == StoredProbabilities(roundoff: 0x1p16, underflow: 0x1p-110))
    try attention(mask: [true, false, true, false, true, false], stored: stored) {
      expect(
        [
          .init(-0x1.901863a044312p1, 0x1.de9e40e344318p-54, 21.33227388575699, 227917.82931319237),
          .init(-0x1.25b6cc4ae1d1ap-3, 0x1.44f97ccdd74dcp-57, 3.447489087513862, 36464.14816668329),
          .init(0x1p-1, 0, 2.876388341188431, 32787.88194170594),
          .init(0x1.8p1, 0, 17.258330047130585, 196727.29165023565),
        ], $0.values(ofRows: 0..<2))
    }
  }

  @Test("Values, S and T are those of mpmath: large scores, probabilities stored in FP16")
  func largeScores() throws {
    let stored = StoredProbabilities(.fp16, accumulator: .fp32)
    #expect(stored == StoredProbabilities(roundoff: 0x1p13, underflow: 0.5))
    try attention(scale: -32, stored: stored) {
      expect(
        [
          .init(0x1p0, -0x1.30783a79f029fp-122, 242, 9415.75),
          .init(-0x1p1, 0x1.1205ce3a8b58fp-123, 484, 18828.625),
          .init(0x1p-1, -0x1.9d62a19da3209p-62, 105, 4629.25),
          .init(0x1.8p1, -0x1.f93fa91600444p-63, 630, 27761.625),
        ], $0.values(ofRows: 0..<2))
    }
  }

  @Test(
    "Scores that cancel far below their terms are exact, and so is what two Doubles leave of one")
  func cancellation() throws {
    // Scores 2^-60 and 0, times 2^60: e / (1 + e) of the first value.
    let keys = [0x1p100, -0x1p100, 0x1p-60, 0, 0, 0]
    try attention([1, 1, 1], keys, [1, 0], dv: 1, scale: 0x1p60) {
      #expect($0.values(ofRows: 0..<1)[0].value.high == 0.7310585786300049)
    }
    // Three Doubles of a score: its last bit, 2^-125, times 2^125.
    let far = [0x1p15, 0x1p-55, 0x1p-125, 0x1p15, 0x1p-55, 0]
    try attention([1, 1, 1], far, [1, 0], dv: 1, scale: 0x1p125) {
      #expect($0.values(ofRows: 0..<1)[0].value.high == 0.7310585786300049)
    }
  }

  @Test("Queries that see no key are named and have zeros; later queries of long ones are causal")
  func noKeys() throws {
    try attention(mask: [false, false, false, true, false, true]) {
      #expect($0.maskedRows == [0])
      #expect(
        $0.values(ofRows: 0..<1) == [ExactOutput(untouched: 0), ExactOutput(untouched: 0)])
    }
    // Three queries and one key: only the last one sees it.
    try attention([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 1], [5, 6], isCausal: true) {
      #expect($0.maskedRows == [0, 1])
      #expect($0.values(ofRows: 0..<3).map(\.value.high) == [0, 0, 0, 0, 5, 6])
    }
    // What a mask hides may be anything.
    try attention(Self.queries, [0, 0, 0, .nan, 0, 0], [1, 2, .nan, .infinity], isCausal: true) {
      #expect($0.values(ofRows: 0..<1).map(\.value.high) == [1, 2])
      #expect($0.values(ofRows: 1..<2).allSatisfy { $0.value.high.isNaN })
    }
    try attention(
      Self.queries, [0, 0, 0, .nan, 0, 0], [1, 2, 3, 4], isCausal: true,
      mask: [true, true, true, false]
    ) {
      #expect($0.values(ofRows: 0..<2).map(\.value.high) == [1, 2, 1, 2])
    }
  }

  @Test("Specials among the keys that are seen follow the formula")
  func specials() throws {
    func row(_ scores: [Double], _ values: [Double]) throws -> Double {
      try attention([1], scores, values, d: 1, dv: 1, scale: 1) {
        let output = $0.values(ofRows: 0..<1)[0]
        #expect(output.value.high.isFinite || output.allowance == 0)
        return output.value.high
      }
    }
    #expect(try row([0, .nan], [1, 1]).isNaN)
    #expect(try row([0, .infinity], [1, 1]).isNaN)
    #expect(try row([-.infinity, -.infinity], [1, 1]).isNaN)
    #expect(try row([0, -.infinity], [3, 5]) == 3)
    #expect(try row([0, -.infinity], [3, .infinity]).isNaN)
    #expect(try row([0, -200], [3, .infinity]) == .infinity)
    #expect(try row([0, -2000], [3, -.infinity]) == -.infinity)
    #expect(try row([0, 0], [.infinity, -.infinity]).isNaN)
    #expect(try row([0, 0], [.infinity, .nan]).isNaN)
    #expect(try row([0, 0, 0], [.infinity, .infinity, 1]) == .infinity)
    // 0 ∞ of a scale, and a sign that it changes.
    for (scale, isNaN) in [(0, true), (1, true), (-1, false)] as [(Double, Bool)] {
      try attention([1], [0, .infinity], [3, 5], d: 1, dv: 1, scale: scale) {
        let value = $0.values(ofRows: 0..<1)[0].value.high
        #expect(isNaN ? value.isNaN : value == 3)
      }
    }
  }

  @Test("Shapes that do not fit are refused")
  func failures() throws {
    for (k, v, scale, mask) in [
      ([1, 2], [1, 2], 1, nil), ([1, 2, 3], [1, 2, 3, 4], 1, nil), ([1, 2, 3], [1, 2], .nan, nil),
      ([1, 2, 3], [1, 2], .infinity, nil), ([1, 2, 3], [1, 2], 1, [true]),
    ] as [([Double], [Double], Double, [Bool]?)] {
      try ReferenceOracle.with(Self.queries, rows: 2, columns: 3) { queries in
        try ReferenceOracle.with(k, rows: 1, columns: k.count) { keys in
          try ReferenceOracle.with(v, rows: v.count / 2, columns: 2) { values in
            let (q, k, v) = (try #require(queries), try #require(keys), try #require(values))
            #expect(throws: ReductionFailure.self) {
              try ExactAttention(queries: q, keys: k, values: v, scale: scale, mask: mask)
            }
          }
        }
      }
    }
  }
}
