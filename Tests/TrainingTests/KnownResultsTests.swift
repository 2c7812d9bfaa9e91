// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// Results of the literature that an honest tool reproduces.
@Suite struct KnownResultsTests {
  private func cast(_ x: Float, to format: Format) -> Float {
    var values = [x]
    values.withUnsafeMutableBufferPointer { _ = TensorKernels.cast($0, to: format) }
    return values[0]
  }

  @Test("1. Nonzero values become FP16 zero at |x| <= 2^-25, not below 2^-24; BF16 at 2^-134")
  func zeroBoundary() {
    for sign in [Float(1), -1] {
      #expect(cast(sign * 0x1p-25, to: .fp16) == 0)
      #expect(cast(sign * Float(0x1p-25).nextUp, to: .fp16) == sign * 0x1p-24)
      #expect(cast(sign * 0x1p-134, to: .bf16) == 0)
      #expect(cast(sign * Float(0x1p-134).nextUp, to: .bf16) == sign * 0x1p-133)
    }
    var values: [Float] = [0, -0.0, 0x1p-25, 0x1.8p-25, 0x1p-15, 1, 65519, 65520, -1e9]
    let counts = values.withUnsafeMutableBufferPointer { TensorKernels.cast($0, to: .fp16) }
    #expect(counts.nonzero == 7 && counts.zeroed == 1 && counts.subnormal == 2)
    #expect(counts.overflow == 2)
  }

  @Test("2. \"Lost above a ratio of 2048\" is false in detail")
  func lostUpdateRatio() {
    func moves(_ w: Float, _ d: Float) -> Bool { cast(w + d, to: .fp16) != w }
    #expect(!moves(1, 1 / Float(2048)))
    #expect(moves(1, -1 / Float(2049)))
    #expect(!moves(1, -1 / Float(4096)))
    // Near the end of a binade an ulp is a smaller share of the weight.
    let w = cast(1.9004, to: .fp16)
    #expect(moves(w, w / 3888))
    #expect(!moves(w, w / 3899))
  }

  @Test("3. Summing ones sticks at 2048 in FP16, 256 in BF16 and 2^24 in FP32")
  func stickingSums() {
    func end(of format: Format, from start: Float) -> Float {
      var sum = start
      for _ in 0..<10_000 {
        let next = cast(sum + 1, to: format)
        if next == sum { break }
        sum = next
      }
      return sum
    }
    #expect(end(of: .fp16, from: 0) == 2048)
    #expect(end(of: .bf16, from: 0) == 256)
    #expect(end(of: .fp32, from: 0x1p24 - 100) == 0x1p24)
    // The same through the kernel: a row of ones times a column of ones.
    let ones = [Float](repeating: 1, count: 3000)
    var sum: Float = 0
    withUnsafeMutablePointer(to: &sum) { sum in
      ones.withUnsafeBufferPointer { ones in
        guard let ones = ones.baseAddress else { return }
        TensorKernels.multiply(
          .float(ones, stride: 3000), .float(ones, stride: 1), into: .float(sum, stride: 1),
          shape: ProductShape(rows: 1, inner: 3000, columns: 1), accumulation: Accumulation(.fp16),
          threads: 1)
      }
    }
    #expect(sum == 2048)
    #expect(cast(1 + 1 / Float(512), to: .bf16) == 1)
  }

  @Test("4. BF16(0.999) = 1, FP16(1e-8) = 0, FP16(0.999) leaves 1 - β₂ 2.3 % low")
  func adamConstants() {
    #expect(cast(0.999, to: .bf16) == 1)
    #expect(cast(1e-8, to: .fp16) == 0)
    let left = 1 - cast(0.999, to: .fp16)
    #expect(((left / 0.001 - 1) * 1000).rounded() == -23)
  }

  @Test("6. -4.703990459442139 rounds to -4.71875 in BF16")
  func biasedStep() {
    #expect(cast(-4.703990459442139, to: .bf16) == -4.71875)
  }

  @Test("5. Loss scales 2^12, 2^16, 2^24 give the same gradients where nothing is subnormal")
  func powerOfTwoScaling() throws {
    func gradients(_ scale: Float) throws -> [[Double]] {
      // BF16 has FP32's exponents: these gradients come nowhere near its subnormal numbers.
      let policy = Policy.mixed(.bf16, name: "bf16-scaled", lossScaling: .fixed(scale))
      let (model, batch) = try Fixture.model()
      let gradients = Fixture.twin(policy, model).gradients(batch, from: Fixture.weights(model))
      return gradients.sorted { "\($0.key)" < "\($1.key)" }
        .map { $0.value.map { $0 / Double(scale) } }
    }
    let expected = try gradients(0x1p12)
    #expect(try gradients(0x1p16) == expected)
    #expect(try gradients(0x1p24) == expected)
    #expect(try gradients(1) == expected)
    #expect(try gradients(1000) != expected)
  }
}
