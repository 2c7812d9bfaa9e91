// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import KernelChecks

@Suite("Kernels of which little can be told")
struct UnidentifiableKernelTests {
  private func found(
    _ n: Int, _ result: @escaping (Int, ArraySlice<Float>) -> Float
  ) throws -> SumIdentification {
    var call = 0
    return try SumIdentification(
      of: ProbedKernels.single(n) { x in
        call += 1
        return result(call, x)
      })
  }

  @Test("Zeros, NaN, constants, noise and copies end with a reason")
  func garbage() throws {
    var words = RandomSequence(seed: 5)
    for n in [1, 2, 3, 17, 64] {
      for (name, kernel) in [
        ("zeros", { _, _ in 0 }), ("NaN", { _, _ in .nan }), ("infinity", { _, _ in .infinity }),
        ("seven", { _, _ in 7 }),
        ("noise", { _, _ in Float(bitPattern: UInt32(truncatingIfNeeded: words.next())) }),
        ("small noise", { _, x in x.reduce(0, +) + Float(words.below(3)) }),
        ("the largest", { _, x in x.max() ?? 0 }),
        ("a product", { _, x in x.reduce(1, *) }), ("twice", { _, x in 2 * x.reduce(0, +) }),
        ("the mean", { _, x in x.reduce(0, +) / 3 }),
      ] as [(String, (Int, ArraySlice<Float>) -> Float)] {
        if n == 1, name == "the largest" || name == "a product" { continue }
        let found = try found(n, kernel)
        #expect(found.tree == nil, "\(name) \(n) \(found.text.joined(separator: "; "))")
        #expect(!found.unknowns.isEmpty, "\(name) \(n)")
      }
    }
  }

  @Test("A term that is left out, or counted twice, is named")
  func dropped() throws {
    let dropped = try found(20) { _, x in
      x.enumerated().reduce(0) { $1.offset == 7 ? $0 : $0 + $1.element }
    }
    #expect(dropped.unknowns.contains { $0.contains("term 7") })
    let doubled = try found(20) { _, x in x.reduce(0, +) + x[x.startIndex + 9] }
    #expect(doubled.unknowns.contains { $0.contains("term 9") })
  }

  @Test("A sum whose order changes from call to call is no tree, or the tree is not confirmed")
  func changing() throws {
    var words = RandomSequence(seed: 6)
    let found = try found(40) { _, x in
      words.permutation(of: 40).reduce(0) { $0 + x[x.startIndex + $1] }
    }
    #expect(found.tree == nil && !found.unknowns.isEmpty)
  }

  @Test("One term and two have no order to be found; no term is no sum")
  func few() throws {
    for n in [1, 2] {
      let found = try found(n) { _, x in x.reduce(0, +) }
      #expect(found.tree?.terms == n)
    }
    #expect(try found(0) { _, _ in 0 }.unknowns.count == 1)
  }

  @Test("An error of the caller goes through, too few results are told")
  func errors() throws {
    struct Crash: Error {}
    let crashing = SumProbe(terms: 4, input: .fp32, output: .fp32) { _ in throw Crash() }
    #expect(throws: Crash.self) { try SumIdentification(of: crashing) }
    let short = SumProbe(terms: 4, input: .fp32, output: .fp32) { _ in [] }
    #expect(try SumIdentification(of: short).unknowns == ["0 results of 1 sums"])
  }
}
