// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import ProductOracle
import Testing

@testable import SoftFloat
@testable import Verification

/// Published results of real GPUs, where a copy lies beside the project
/// (`../shared/data/matrix-units`): a and b of a dot product, c and d, all as encodings of FP32.
struct HardwareVector {
  let gpu: String
  let input: Format
  let output: Accumulation.SumFormat
  let a: [Float]
  let b: [Float]
  private(set) var c: Float
  let d: Float

  static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../../shared/data/matrix-units/vectors.csv").standardized

  /// Nil of the heading.
  init?(line: Substring) {
    let fields = line.split(separator: ",")
    func words(_ field: Substring) -> [Float] {
      field.split(separator: " ").compactMap { UInt32($0, radix: 16).map(Float.init(bitPattern:)) }
    }
    guard fields.count == 8, let input = Format(id: String(fields[1])),
      let output = Accumulation.SumFormat(rawValue: String(fields[2])),
      let c = words(fields[6]).first, let d = words(fields[7]).first
    else { return nil }
    (gpu, self.input, self.output, self.d) = (String(fields[0]), input, output, d)
    (a, b) = (words(fields[4]), words(fields[5]))
    // The results of `wgmma` are of C = 0, whatever the file of C holds.
    self.c = 0
    self.c = unit?.0 == .hopper && isFP8 ? 0 : output == .fp16 ? Float(Float16(c)) : c
  }

  private var isFP8: Bool { input == .e4m3 || input == .e5m2 }

  /// The unit, and the shape of the instruction where it is not the unit's own: results in TF32 are
  /// of m16n8k4, FP8 of H100 and H200 into FP32 of `wgmma`, other FP8 since Hopper of `mma.sync`.
  var unit: (MatrixUnit, shape: MatrixInstructionShape?)? {
    let shape: MatrixInstructionShape? = input == .tf32 ? .m16n8k4 : nil
    switch gpu {
    case "V100": return (.volta, nil)
    case "A100", "A2": return (.ampere, shape)
    case "Ada", "L40S": return (.ada, shape)
    case "H100", "H200": return (isFP8 && output == .fp16 ? .hopperMMA : .hopper, shape)
    case "B200": return (isFP8 ? .hopperMMA : .blackwell, shape)
    default: return nil
    }
  }
}

@Suite(
  "Published results of GPUs",
  .enabled(
    if: FileManager.default.fileExists(atPath: HardwareVector.path.path),
    "no copy of the published vectors lies in ../shared/data/matrix-units"))
struct HardwareVectorTests {
  private static let vectors =
    ((try? String(contentsOf: HardwareVector.path, encoding: .utf8)) ?? "")
    .split(separator: "\n").dropFirst().map { HardwareVector(line: $0) }

  @Test("Every vector comes out of the definition, the product with c as addend, and the oracle")
  func all() throws {
    var wrong: [String: Int] = [:]
    var files: [String: Int] = [:]
    for vector in Self.vectors {
      let vector = try #require(vector)
      let (unit, shape) = try #require(vector.unit, "\(vector.gpu)")
      let format = vector.input
      let file = "\(vector.gpu) \(format.id) \(vector.output)"
      let row = try #require(
        unit.row(format, format, accumulator: vector.output, shape: shape), "\(file)")
      let oracle = try #require(
        UnitOracle(unit, format, format, vector.output, shape: shape), "\(file)")
      let formats = (format, format)
      let results = [
        "definition": row.walk(vector.a, vector.b, vector.c, formats),
        "oracle": row.walk(vector.a, vector.b, vector.c, formats, step: oracle.dotAdd),
        "product": product(vector, unit, shape),
      ]
      files[file, default: 0] += 1
      for (path, d) in results where d.bitPattern != vector.d.bitPattern {
        wrong["\(file), \(path)", default: 0] += 1
      }
      #expect(row.evidence == .hardware, "\(file) is what it was compared with")
    }
    #expect(wrong.isEmpty)
    #expect(files.count >= 48 && files.values.allSatisfy { $0 >= 24 })
  }

  /// The vector as one element of a product of 2 × 9, the others with other operands.
  private func product(
    _ vector: HardwareVector, _ unit: MatrixUnit, _ shape: MatrixInstructionShape?
  ) -> Float {
    let (rows, columns, inner) = (2, 9, vector.a.count)
    let a = vector.a.map { -$0 } + vector.a
    var b = [Float](repeating: 1, count: inner * columns)
    for k in 0..<inner { b[k * columns + 8] = vector.b[k] }
    var c = [Float](repeating: 3, count: rows * columns)
    c[17] = vector.c
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          TensorKernels.multiply(
            .float(a, stride: inner, values: vector.input),
            .float(b, stride: columns, values: vector.input), plus: .float(c, stride: columns),
            into: .float(c, stride: columns),
            shape: ProductShape(rows: rows, inner: inner, columns: columns),
            accumulation: Accumulation(vector.output, .fused, .matrixUnit(unit, shape: shape)),
            threads: 1)
        }
      }
    }
    return c[17]
  }
}
