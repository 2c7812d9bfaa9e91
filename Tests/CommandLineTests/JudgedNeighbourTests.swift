// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFiles
import Testing

@Suite("check: numbers that follow each other")
struct JudgedNeighbourTests {
  private func write(_ path: String, _ values: [Float]) throws {
    let tensor = StoredTensor(
      name: "", type: .fp32, shape: [values.count],
      contents: values.flatMap { value in
        withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
      }[...])
    try Data(NPYFile.encoded(tensor, path: path)).write(to: URL(fileURLWithPath: path))
  }

  /// Kernels of e^x, from right ones to one that has nothing to do with it.
  private static let kernels: [(symbol: String, of: @Sendable (Float) -> Float)] = [
    ("biased", { Float(Foundation.exp(Double($0)) * (1 + 0x1p-22)) }), ("zeros", { _ in 0 }),
    ("nans", { _ in .nan }), ("copying", { $0 }),
    ("half", { Float(Float16(Foundation.expf($0))) }),
    ("above", { Foundation.expf($0).nextUp }), ("opposite", { -Foundation.expf($0) }),
    ("rounded_twice", { 1 + $0 }),
  ]

  @Test("A range of numbers is judged as the same numbers in files, however wrong a kernel is")
  func ranges() throws {
    let library = try SampleKernels.library.get()
    try withTemporaryFolder { folder in
      // Beside 0, where every value is next to 1; around 1; negative ones; the ends of FP32.
      for range in [
        0x3280_0000..<0x3280_0600, 0x3f7f_ff00..<0x3f80_0500, 0xc2ae_a000..<0xc2ae_a800,
        0x42b1_6f00..<0x42b1_7500,
      ] as [Range<UInt32>] {
        let x = range.map { Float(bitPattern: $0) }
        try write("\(folder)/x.npy", x)
        for kernel in Self.kernels {
          try write("\(folder)/y.npy", x.map(kernel.of))
          for criterion in ["ulp:1", "profile:torch"] {
            func document(_ subject: [String]) throws -> JSONValue {
              let run = try Tool.run(
                ["check", "exp", "--criterion", criterion, "--output-format", "json"] + subject)
              return try JSONValue(run.output)
            }
            let cases =
              "0x\(String(range.lowerBound, radix: 16))..0x\(String(range.upperBound - 1, radix: 16))"
            let neighbours = try document([
              "--library", library, "--symbol", kernel.symbol, "--signature",
              SampleKernels.signature, "--cases", cases,
            ])
            let given = try document([
              "--inputs", "\(folder)/x.npy", "--outputs", "\(folder)/y.npy",
            ])
            for part in ["summary", "histogram", "worst"] {
              #expect(
                neighbours[part] != nil && neighbours[part] == given[part],
                "\(kernel.symbol) \(criterion) \(cases) \(part)")
            }
          }
        }
      }
    }
  }
}
