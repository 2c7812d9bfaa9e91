// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing

@testable import KernelChecks

@Suite("Arithmetic of sums that is found")
struct IdentifiedArithmeticTests {
  private func identify(_ probe: SumProbe) throws -> SumIdentification {
    try SumIdentification(of: probe)
  }

  @Test("Fused multiply-adds, products rounded first and exact products are told apart")
  func products() throws {
    let n = 40
    for shares in [false, true] {
      let fused = try identify(
        ProbedKernels.dot(n, .fp32, sharesFactors: shares) { x, y in
          Double(zip(x, y).reduce(Float(0)) { $0.addingProduct(Float($1.0), Float($1.1)) })
        })
      #expect(fused.products?.rounding == .fused, "\(fused.text)")
      #expect(fused.tree == .sequential(n))
      #expect(fused.confirmedSums?.isFull == true)
      let separate = try identify(
        ProbedKernels.dot(n, .fp32, sharesFactors: shares) { x, y in
          Double(zip(x, y).reduce(Float(0)) { $0 + Float($1.0) * Float($1.1) })
        })
      #expect(separate.products?.rounding == .rounded(bits: 24), "\(separate.text)")
      #expect(separate.confirmedSums?.isFull == true)
      let half = try identify(
        ProbedKernels.dot(n, .fp16, sharesFactors: shares) { x, y in
          Double(zip(x, y).reduce(Float(0)) { $0 + Float($1.0) * Float($1.1) })
        })
      #expect(half.products?.rounding == .exact, "\(half.text)")
      #expect(half.products?.fitsAccumulator == true)
      #expect(half.accumulator == "fp32" && half.confirmedSums?.isFull == true)
      let bfloat = try identify(
        ProbedKernels.dot(n, .bf16, sharesFactors: shares) { x, y in
          Double(zip(x, y).reduce(Float(0)) { $0.addingProduct(Float($1.0), Float($1.1)) })
        })
      #expect(bfloat.products?.rounding == .exact && bfloat.tree == .sequential(n))
    }
  }

  @Test("FP16 sums of FP16 products are rounded to FP16, fused or not")
  func halfAccumulator() throws {
    let n = 1200
    for (isFused, expected) in [(true, ProductRounding.fused), (false, .rounded(bits: 11))] {
      let kernel = ProbedKernels.dot(n, .fp16, output: .fp16) { x, y in
        var sum: Float16 = 0
        for (x, y) in zip(x, y) {
          sum = isFused ? Float16(Double(sum) + x * y) : sum + Float16(x) * Float16(y)
        }
        return Double(sum)
      }
      let found = try identify(kernel)
      let text = found.text.joined(separator: "\n")
      #expect(found.products?.rounding == expected, "\(text)")
      #expect(found.accumulator == "fp16", "\(text)")
      #expect(found.tree == .sequential(n), "\(text)")
    }
  }

  @Test("Blocks of FP16 sums that are added in FP32 show both precisions")
  func twoAccumulators() throws {
    let n = 64
    let found = try identify(
      ProbedKernels.dot(n, .fp16) { x, y in
        var sum: Float = 0
        for start in stride(from: 0, to: n, by: 16) {
          var block: Float16 = 0
          for i in start..<start + 16 { block += Float16(x[i]) * Float16(y[i]) }
          sum += Float(block)
        }
        return Double(sum)
      })
    #expect(
      Set(found.readings.map(\.precision)) == [11, 24], "\(found.text.joined(separator: "; "))")
    #expect(found.pattern?.text.hasPrefix("blocks of 16, each sequential") == true)
    #expect(found.precision == nil)
  }

  @Test("FP64 inside FP32 is told as such, with its order; what reaches less far is not")
  func wide() throws {
    let n = 50
    let double = try identify(
      ProbedKernels.single(n) { Float($0.reduce(0.0) { $0 + Double($1) }) })
    #expect(double.accumulator == "fp64" && double.tree == .sequential(n), "\(double.text)")
    let half = try identify(
      SumProbe(terms: n, input: .fp16, output: .fp16) { batch in
        (0..<batch.rows).map { row in
          ProbedKernels.encoding(
            (0..<n).reduce(0.0) { $0 + Format.fp16.value(of: batch.x[row * n + $1]) }, .fp16)
        }
      })
    #expect(half.tree == nil && half.unknowns.contains { $0.contains("exact or wider than") })
    let exact = try identify(
      SumProbe(terms: n, input: .fp32, output: .fp32) { batch in
        (0..<batch.rows).map { row in
          var sum = ExactAccumulator()
          for i in 0..<n { sum.add(Format.fp32.decode(batch.x[row * n + i])) }
          return sum.sum.rounded(to: .fp32) ?? 0
        }
      })
    #expect(exact.tree == nil && exact.unknowns.contains { $0.contains("exact or wider than") })
  }

  @Test("A compensated sum is not taken for a plain one")
  func compensated() throws {
    let kahan = ProbedKernels.single(32) { x in
      var (sum, lost) = (Float(0), Float(0))
      for x in x {
        let y = x - lost
        let next = sum + y
        lost = (next - sum) - y
        sum = next
      }
      return sum
    }
    let found = try identify(kahan)
    #expect(
      found.unknowns.contains { $0.contains("compensated") },
      "\(found.text.joined(separator: "; "))")
  }

  @Test("Subnormals that are kept, flushed as inputs or flushed as results")
  func subnormals() throws {
    for (mode, inputs, results) in [
      (SubnormalMode.gradual, false, false), (.flushResults, false, true),
      (.flushOperands, true, false), (.flushBoth, true, true),
    ] {
      for tree in [SumTree.sequential(20), .pairwise(16)] {
        let found = try identify(
          ProbedKernels.tree(
            tree, input: .fp32, accumulator: .fp32, semantics: Semantics(subnormals: mode)))
        #expect(
          found.subnormals?.flushesInputs == inputs, "\(mode) \(found.text.joined(separator: "; "))"
        )
        #expect(
          found.subnormals?.flushesResults == results,
          "\(mode) \(found.text.joined(separator: "; "))")
        #expect(found.tree == tree)
      }
    }
  }
}
