// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Testing

@testable import KernelChecks

@Suite("Right and wrong attention kernels by their bounds")
struct AttentionKernelTests {
  private static let (queries, width) = (12, 8)

  /// Q, K and V of one head.
  private struct Head {
    let keys: Int
    let length: Int
    let q: [Float]
    let k: [Float]
    let v: [Float]

    /// Scores of a few units or, with a larger deviation, of hundreds.
    init(keys: Int = 160, length: Int = 32, deviation: Float = 1) {
      (self.keys, self.length) = (keys, length)
      q = ReferenceOracle.normal(queries * length, deviation: deviation, seed: 31)
      k = ReferenceOracle.normal(keys * length, deviation: deviation, seed: 32)
      v = ReferenceOracle.normal(keys * width, mean: 0.25, seed: 33)
    }

    var scale: Float { 1 / Float(length).squareRoot() }

    func score(_ query: Int, _ key: Int) -> Float {
      (0..<length).reduce(0) { $0 + q[query * length + $1] * k[key * length + $1] }
    }

    func visible(_ query: Int, isCausal: Bool) -> Range<Int> {
      0..<(isCausal ? query + keys - queries + 1 : keys)
    }

    func outputs(isCausal: Bool, stored: StoredProbabilities = .unrounded) throws -> [ExactOutput] {
      try ReferenceOracle.with(q.map(Double.init), rows: queries, columns: length) { q in
        try ReferenceOracle.with(k.map(Double.init), rows: keys, columns: length) { k in
          try ReferenceOracle.with(v.map(Double.init), rows: keys, columns: width) { v in
            let attention = try ExactAttention(
              queries: #require(q), keys: #require(k), values: #require(v), scale: Double(scale),
              isCausal: isCausal, stored: stored)
            #expect(attention.terms == keys && keys > length)
            return attention.values(ofRows: 0..<queries)
          }
        }
      }
    }
  }

  /// Scores, their softmax and its product with V, one after the other.
  private static func plain(
    _ head: Head, isCausal: Bool, add: (Float, Float) -> Float = { $0 + $1 },
    stores: (Float) -> Float = { $0 }
  ) -> [Float] {
    (0..<queries).flatMap { query in
      let range = head.visible(query, isCausal: isCausal)
      let scores = range.map { head.score(query, $0) * head.scale }
      let largest = scores.max() ?? 0
      let e = scores.map { exp($0 - largest) }
      let sum = e.reduce(0, +)
      return (0..<width).map { column in
        range.reduce(0) { add($0, stores(e[$1] / sum) * head.v[$1 * width + column]) }
      }
    }
  }

  /// Blocks of 16 keys with a running maximum, the exponents fused and scaled for exp2, as
  /// FlashAttention has them.
  private static func flash(
    _ head: Head, isCausal: Bool, stores: (Float) -> Float = { $0 }
  ) -> [Float] {
    let factor = head.scale * 0x1.715476p0
    return (0..<queries).flatMap { query -> [Float] in
      let range = head.visible(query, isCausal: isCausal)
      var (largest, sum) = (-Float.infinity, 0 as Float)
      var totals = [Float](repeating: 0, count: width)
      for first in stride(from: 0, to: range.upperBound, by: 16) {
        let block = first..<min(first + 16, range.upperBound)
        let scores = block.map { head.score(query, $0) }
        let next = max(largest, scores.max() ?? largest)
        let rescale = largest == -.infinity ? 0 : exp2((largest - next) * factor)
        let p = scores.map { exp2((-next * factor).addingProduct($0, factor)) }
        sum = p.reduce(sum * rescale, +)
        for column in 0..<width {
          totals[column] = zip(block, p).reduce(totals[column] * rescale) {
            $0 + stores($1.1) * head.v[$1.0 * width + column]
          }
        }
        largest = next
      }
      return totals.map { $0 / sum }
    }
  }

  private func passes(_ results: [Float], _ outputs: [ExactOutput], keys: Int) throws -> Bool {
    try ReferenceOracle.passes(results, outputs, terms: keys)
  }

  @Test("Plain and flash attention in Float pass; FP16 sums and a forgotten mask do not")
  func kernels() throws {
    for isCausal in [false, true] {
      let head = Head()
      let outputs = try head.outputs(isCausal: isCausal)
      func passes(_ results: [Float]) throws -> Bool {
        try self.passes(results, outputs, keys: head.keys)
      }
      #expect(try passes(Self.plain(head, isCausal: isCausal)))
      #expect(try passes(Self.flash(head, isCausal: isCausal)))
      let half = Self.plain(
        head, isCausal: isCausal, add: { Float(Float16($0) + Float16($1)) })
      #expect(try !passes(half))
      #expect(try !passes(Self.plain(head, isCausal: !isCausal)))
      #expect(try !passes(outputs.map { Float(Float16($0.value.high)) }))
      #expect(try !passes([Float](repeating: 0, count: outputs.count)))
    }
  }

  @Test("Scores in the hundreds cost as much as their roundings do to an exponential")
  func largeScores() throws {
    for deviation in [4, 6, 9] as [Float] {
      let head = Head(deviation: deviation)
      let outputs = try head.outputs(isCausal: true)
      for results in [Self.plain(head, isCausal: true), Self.flash(head, isCausal: true)] {
        #expect(try passes(results, outputs, keys: head.keys))
      }
    }
  }

  @Test("Probabilities stored in 16 bits pass where that is said, in no narrower format")
  func storedProbabilities() throws {
    func half(_ x: Float) -> Float { Float(Float16(x)) }
    let head = Head(keys: 24, length: 8)
    let exact = try head.outputs(isCausal: true)
    let halves = try head.outputs(isCausal: true, stored: .init(.fp16, accumulator: .fp32))
    let bfloats = try head.outputs(isCausal: true, stored: .init(.bf16, accumulator: .fp32))
    for (stores, right, wrong) in [
      (half, halves, [exact]), (ReferenceOracle.bfloat, bfloats, [exact, halves]),
    ] as [((Float) -> Float, [ExactOutput], [[ExactOutput]])] {
      for results in [
        Self.plain(head, isCausal: true, stores: stores),
        Self.flash(head, isCausal: true, stores: stores),
      ] {
        #expect(try passes(results, right, keys: head.keys))
        for outputs in wrong { #expect(try !passes(results, outputs, keys: head.keys)) }
      }
    }
    // Three bits of significand.
    let narrow = Self.flash(head, isCausal: true) { x in
      Float(bitPattern: (x.bitPattern &+ 0x7ffff) & 0xfff0_0000)
    }
    #expect(try !passes(narrow, bfloats, keys: head.keys))
  }
}
