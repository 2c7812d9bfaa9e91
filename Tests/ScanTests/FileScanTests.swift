// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Randomness
import TensorFiles
import Testing

@testable import Scan

@Suite("Scans of tensors in files")
struct FileScanTests {
  /// A tensor's rows and its file.
  struct Sample {
    let name: String
    let shape: [Int]
    let type: ElementType
    let values: [Float]

    /// The rows that blocks run along: all dimensions after the first.
    var rows: [[Float]] {
      let length = shape.count < 2 ? values.count : shape.dropFirst().reduce(1, *)
      return stride(from: 0, to: values.count, by: length).map {
        Array(values[$0..<min($0 + length, values.count)])
      }
    }

    var stored: StoredTensor {
      var bytes: [UInt8] = []
      for value in values {
        switch type {
        case .fp32: withUnsafeBytes(of: value.bitPattern) { bytes += $0 }
        case .bf16:
          withUnsafeBytes(of: UInt16(value.bitPattern >> 16)) { bytes += $0 }
        default: withUnsafeBytes(of: Float16(value).bitPattern) { bytes += $0 }
        }
      }
      return StoredTensor(name: name, type: type, shape: shape, contents: bytes[...])
    }
  }

  /// Numbers over so many binades below `largest`, a few of them zero, powers of two or ties.
  private static func values(
    _ count: Int, seed: UInt64, binades: UInt64, largest: Float, type: ElementType
  ) -> [Float] {
    let stream = RandomStream(seed: seed, purpose: .weights)
    return (0..<count).map { index in
      let word = stream.bits(UInt64(index))
      var fraction = UInt32(truncatingIfNeeded: word >> 8) & 0x7f_ffff
      if word & 7 == 0 { fraction = 0 }
      if word & 7 == 1 { fraction &= 0x7e_0000 }
      if word & 63 == 2 { return 0 }
      let exponent = Int32(truncatingIfNeeded: (word >> 40) % binades)
      var value = Float(bitPattern: 0x3f80_0000 | fraction)
      for _ in 0..<exponent { value /= 2 }
      value *= largest
      if type == .bf16 { value = Float(bitPattern: value.bitPattern & 0xffff_0000) }
      if type == .fp16 { value = Float(Float16(value)) }
      return word >> 63 == 0 ? value : -value
    }
  }

  static let samples: [Sample] = [
    ("flat", [4096 + 40], 8, 1, .fp32), ("matrix", [64, 96], 30, 3e4, .fp32),
    ("odd", [37, 45], 20, 0.01, .fp32), ("long", [3, 5000], 12, 7, .fp32),
    ("convolution", [16, 3, 3, 3], 10, 0.5, .fp32), ("scalar", [], 1, 1, .fp32),
    ("tiny", [8, 64], 22, 0x1p-110, .fp32), ("huge", [4, 32], 60, 0x1p126, .fp32),
    ("half", [64, 64], 20, 900, .fp16), ("brain", [64, 50], 60, 1e6, .bf16),
    ("column", [70, 1], 6, 1, .bf16), ("large", [300_000], 16, 1, .fp32),
  ].enumerated().map { (index: Int, row: (String, [Int], UInt64, Float, ElementType)) in
    let (name, shape, binades, largest, type) = row
    return Sample(
      name: name, shape: shape, type: type,
      values: values(
        shape.reduce(1, *), seed: UInt64(index + 1), binades: binades, largest: largest, type: type)
    )
  }

  private static func oracle(_ candidate: String, _ rows: [[Float]]) -> ScanOracle? {
    let formats: [String: FormatOracle] = [
      "fp16": .fp16, "bf16": .bf16, "e5m2": .e5m2, "e4m3": .e4m3, "e3m2": .e3m2, "e2m3": .e2m3,
      "e2m1": .e2m1,
    ]
    let parts = candidate.split(separator: "-").map(String.init)
    if candidate == "nvfp4" { return .nvfp4(rows) }
    if candidate == "mxfp4" { return .mx(rows, .e2m1) }
    if parts[0].hasPrefix("mx") { return formats[parts[1]].map { .mx(rows, $0) } }
    guard let format = formats[parts[0]] else { return nil }
    return parts.count == 1
      ? .plain(rows, format) : .scaled(rows, format, powerOfTwo: parts[1] == "pow2")
  }

  static let candidates = Candidate.known.compactMap(Candidate.init(id:)).filter {
    !["tf32", "fp32"].contains($0.id)
  }

  private func scan(
    _ samples: [Sample], _ candidates: [Candidate], threads: Int = 2
  ) throws -> TensorScans {
    let folder = NSTemporaryDirectory() + "halfway-scan-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/tensors.safetensors"
    let bytes = try SafetensorsFile(tensors: samples.map(\.stored)).encoded(path: path)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let placed = try PlacedTensors(ofFile: path)
    let found = try FileScan([placed], candidates: candidates, error: 1e-2, threads: threads)
      .run { _ in true }
    return try #require(found)
  }

  @Test("Counts and errors of every format, scale and block are the specifications' own")
  func oracles() throws {
    let found = try scan(Self.samples, Self.candidates)
    #expect(found.tensors.count == Self.samples.count)
    for sample in Self.samples {
      let scan = try #require(found.tensors.first { $0.name == sample.name })
      let squares = sample.values.reduce(0.0) { $0 + Double($1) * Double($1) }
      #expect((scan.squares - squares).magnitude <= 1e-12 * squares, "\(sample.name)")
      #expect(scan.zeros == sample.values.count { $0 == 0 }, "\(sample.name)")
      #expect(scan.elements == sample.values.count)
      #expect(scan.largest == Double(sample.values.map(\.magnitude).max() ?? 0))
      for fit in scan.fits {
        let oracle = try #require(Self.oracle(fit.candidate, sample.rows), "\(fit.candidate)")
        let place = "\(sample.name), \(fit.candidate)"
        #expect(fit.zeroed == oracle.zeroed, "zeroed: \(place)")
        #expect(fit.subnormal == oracle.subnormal, "subnormal: \(place)")
        #expect(fit.overflow == oracle.overflow, "overflow: \(place)")
        #expect(
          (fit.errorSquares - oracle.squares).magnitude <= 1e-9 * oracle.squares,
          "\(place): \(fit.errorSquares) for \(oracle.squares)")
      }
    }
  }

  @Test("The same figures on one thread and on four")
  func threads() throws {
    let one = try scan(Self.samples, Self.candidates, threads: 1)
    let four = try scan(Self.samples, Self.candidates, threads: 4)
    #expect(one.tensors == four.tensors)
    #expect(one.total == four.total)
  }

  @Test("Infinities and NaNs are counted and enter nothing but their block")
  func specials() throws {
    var values = [Float](repeating: 1, count: 96)
    values[3] = .nan
    values[40] = -.infinity
    let sample = Sample(name: "x", shape: [96], type: .fp32, values: values)
    let scan = try #require(try scan([sample], Candidate.standard).tensors.first)
    #expect((scan.nans, scan.infinities, scan.zeros) == (1, 1, 0))
    for fit in scan.fits {
      let isBlock = fit.candidate.hasPrefix("mx")
      let lost = isBlock ? 62 : fit.candidate == "nvfp4" ? 30 : 0
      #expect(fit.lost == lost, "\(fit.candidate)")
      #expect((fit.relativeError == nil) == (lost > 0), "\(fit.candidate)")
    }
  }

  @Test("FP64 rounds to odd: an error of FP32 is told, and ties are not made by it")
  func doubles() throws {
    #expect(Widening.roundedToOdd(1 + 0x1p-40) == 1 + 0x1p-23)
    #expect(Widening.roundedToOdd(-(1 - 0x1p-40)) == -(1 - 0x1p-24))
    #expect(Widening.roundedToOdd(1e300) == .greatestFiniteMagnitude)
    #expect(Widening.roundedToOdd(-1e-300) == -.leastNonzeroMagnitude)
    #expect(Widening.roundedToOdd(0.5) == 0.5)
  }

  @Test("Elements below a byte lie as safetensors has them")
  func packed() throws {
    let widening = try #require(Widening(.e2m3))
    // 1.0 is 001000, 7.5 is 011111, -0.125 is 100001, 2.0 is 010000, from the lowest bit on.
    let bits: UInt32 = 0b010000_100001_011111_001000
    var values = [Float](repeating: 0, count: 4)
    withUnsafeBytes(of: bits.littleEndian) { bytes in
      widening.widen(bytes, into: &values, count: 4)
    }
    #expect(values == [1, 7.5, -0.125, 2])
    let half = try #require(Widening(.e2m1))
    [UInt8]([0xf2, 0x01]).withUnsafeBytes { bytes in
      half.widen(bytes, into: &values, count: 3, skipping: 1)
    }
    #expect(values[0..<3] == [-6, 0.5, 0])
  }
}
