// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

@Suite("Corruptions")
struct CorruptionTests {
  private static let shape = ImageShape(channels: 3, height: 16, width: 12)

  private func applied(
    _ corruption: ImageCorruption, _ pixels: [UInt8], severity: Int, index: Int = 0
  ) -> [UInt8] {
    corruption.applied(
      to: pixels[...], shape: Self.shape, severity: severity, seed: 5, index: index)
  }

  @Test("Noise has the deviation of its severity, the mean 0, and one pattern for an image")
  func noise() {
    let grey = [UInt8](repeating: 128, count: Self.shape.count)
    for (severity, deviation) in zip(1...3, [10.0, 20, 40]) {
      var sum = 0.0
      var squares = 0.0
      for index in 0..<40 {
        for value in applied(.noise, grey, severity: severity, index: index) {
          sum += Double(value) - 128
          squares += (Double(value) - 128) * (Double(value) - 128)
        }
      }
      let count = Double(40 * Self.shape.count)
      // 1/sqrt(23,040) is 0.0066 of a deviation; four of them.
      #expect(abs(sum / count) < 0.027 * deviation)
      #expect(abs((squares / count).squareRoot() / deviation - 1) < 0.02, "\(severity)")
    }
    let (mild, strong) = (
      applied(.noise, grey, severity: 1), applied(.noise, grey, severity: 2)
    )
    for (a, b) in zip(mild, strong) { #expect(abs(2 * (Int(a) - 128) - (Int(b) - 128)) <= 1) }
    #expect(applied(.noise, grey, severity: 1) == mild)
    #expect(applied(.noise, grey, severity: 1, index: 1) != mild)
  }

  @Test("A blurred point is the binomial kernel, and blurring keeps a plane's brightness")
  func blur() {
    var point = [UInt8](repeating: 0, count: Self.shape.count)
    let (row, column, width) = (8, 6, Self.shape.width)
    point[row * width + column] = 255
    let blurred = applied(.blur, point, severity: 1)
    // 255/16 (1 2 1)ᵀ(1 2 1), to the nearest.
    let expected = [16, 32, 16, 32, 64, 32, 16, 32, 16]
    let found = (-1...1).flatMap { i in
      (-1...1).map { j in Int(blurred[(row + i) * width + column + j]) }
    }
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1 }, "\(found)")
    #expect(blurred.map { Int($0) }.reduce(0, +) == found.reduce(0, +))
    for severity in ImageCorruption.severities {
      let grey = [UInt8](repeating: 77, count: Self.shape.count)
      #expect(applied(.blur, grey, severity: severity) == grey)
    }
    // Variance of a row of the kernel after 2^(s-1) passes: half of them.
    let wide = ImageShape(channels: 1, height: 1, width: 101)
    var line = [UInt8](repeating: 0, count: 101)
    line[50] = 255
    let kernel = ImageCorruption.blur.applied(
      to: line[...], shape: wide, severity: 4, seed: 0, index: 0)
    let mass = kernel.map { Double($0) }.reduce(0, +)
    let variance =
      kernel.enumerated().map { Double($1) * Double(($0 - 50) * ($0 - 50)) }.reduce(0, +) / mass
    #expect(abs(variance - 4) < 0.3, "\(variance)")
  }

  @Test("Contrast shrinks about the mean by k/16")
  func contrast() {
    let half = Self.shape.count / 2
    let pixels = [UInt8](repeating: 40, count: half) + [UInt8](repeating: 200, count: half)
    for (severity, k) in zip(1...5, [12, 9, 6, 4, 2]) {
      let faded = applied(.contrast, pixels, severity: severity)
      #expect(faded.first == UInt8(120 - 80 * k / 16) && faded.last == UInt8(120 + 80 * k / 16))
    }
  }

  @Test("The bytes of seed 5 are the same everywhere")
  func digests() {
    let pixels = (0..<Self.shape.count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let sums = ImageCorruption.allCases.map { corruption in
      ImageCorruption.severities.map { severity in
        applied(corruption, pixels, severity: severity).enumerated()
          .map { ($0 + 1) * Int($1) }.reduce(0, +)
      }
    }
    #expect(
      sums == [
        [21_186_306, 21_191_281, 21_218_482, 21_256_749, 21_196_168],
        [21_165_824, 21_165_938, 21_163_609, 21_170_300, 21_172_493],
        [21_150_908, 21_139_412, 21_127_776, 21_120_156, 21_112_112],
      ])
  }

  @Test("A set keeps its labels, and its images do not depend on threads")
  func sets() {
    let set = GeneratedSet.digits.images(0..<20, split: .test, seed: 1, threads: 1)
    let corrupted = set.corrupted(by: .noise, severity: 3, seed: 9, threads: 1)
    #expect(corrupted == set.corrupted(by: .noise, severity: 3, seed: 9, threads: 3))
    #expect(corrupted.labels == set.labels && corrupted.pixels != set.pixels)
  }

  @Test("Characters are replaced by others at the rate of the severity, and stay replaced")
  func text() {
    let tokens = (0..<50_000).map { $0 % 7 }
    var before = tokens
    for (severity, rate) in zip(TextCorruption.severities, [0.01, 0.02, 0.05, 0.1, 0.2]) {
      let corruption = TextCorruption(vocabulary: 7, severity: severity, seed: 1)
      let after = tokens.enumerated().map { corruption.replacement(of: $1, at: $0) }
      let changed = tokens.indices.filter { after[$0] != tokens[$0] }
      let deviation = (rate * (1 - rate) / 50_000).squareRoot()
      #expect(abs(Double(changed.count) / 50_000 - rate) < 4 * deviation, "\(severity)")
      #expect(after.allSatisfy { (0..<7).contains($0) })
      let kept = tokens.indices.filter { before[$0] != tokens[$0] }
      #expect(kept.allSatisfy { after[$0] == before[$0] })
      // All six others occur about equally often.
      var shifts = [Int](repeating: 0, count: 7)
      for index in changed { shifts[(after[index] - tokens[index] + 7) % 7] += 1 }
      #expect(shifts[0] == 0 && (shifts.dropFirst().min() ?? 0) > changed.count / 9)
      before = after
    }
  }
}
