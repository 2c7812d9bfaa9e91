// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// The rates of matrix products on one thread.
package enum ProductBench {
  /// The rate of one product.
  package struct Row: Codable, Sendable {
    /// The rows, the terms of each sum and the columns.
    package var shape: [Int]
    /// The operands: encodings of `fp16` or `bf16`, numbers of `fp32` or `fp64`.
    package var format: String
    package var accumulation: Accumulation
    /// The time of one product and its addition in nanoseconds.
    package var nanoseconds: Double
    /// How many times faster than a plain Swift loop with the same roundings in the same order; nil
    /// where there is none.
    package var timesLoop: Double?

    /// Multiplications with their additions per second, in thousand millions.
    package var gigaRate: Double { 1 / nanoseconds }
    package var title: String {
      "\(shape.map(String.init).joined(separator: "x")) \(format), \(accumulation)"
    }

    /// The row with the fastest times of two measurements of the same.
    package func fastest(_ other: Row) -> Row {
      var row = self
      row.nanoseconds = min(nanoseconds, other.nanoseconds)
      row.timesLoop = BenchTimer.ratio(
        timesLoop, at: nanoseconds, or: other.timesLoop, at: other.nanoseconds)
      return row
    }
  }

  /// A square product, and one of a batch of 32 with a layer of 256 inputs and 128 outputs.
  private static let shapes = [
    ProductShape(rows: 512, inner: 512, columns: 512),
    ProductShape(rows: 32, inner: 256, columns: 128),
  ]
  private static let blocks = Accumulation.Order.chunked(terms: 128, sums: .fp32)
  private static let cases: [(Accumulation.SumFormat, Accumulation)] = [
    (.fp32, Accumulation(.fp32)), (.fp32, Accumulation(.fp32, .productThenSum)),
    (.fp32, Accumulation(.fp32, .fused, blocks)),
    (.fp32, Accumulation(.fp32, .fused, .pairwise(leaf: 16))),
    (.fp16, Accumulation(.fp32)), (.fp16, Accumulation(.fp16, .productThenSum)),
    (.fp16, Accumulation(.fp16)), (.fp16, Accumulation(.fp16, .fused, blocks)),
    (.bf16, Accumulation(.fp32)), (.bf16, Accumulation(.bf16, .productThenSum)),
    (.bf16, Accumulation(.bf16)), (.fp64, Accumulation(.fp64)),
    (.fp16, Accumulation(.fp32, .fused, .matrixUnit(.volta))),
    (.fp16, Accumulation(.fp32, .fused, .matrixUnit(.hopper))),
    (.bf16, Accumulation(.fp32, .fused, .matrixUnit(.hopper))),
    (.fp16, Accumulation(.fp32, .fused, .matrixUnit(.cdna3))),
    (.fp16, Accumulation(.fp32, .fused, .matrixUnit(.cdna2))),
    (.bf16, Accumulation(.fp32, .fused, .matrixUnit(.cdna2))),
    (.bf16, Accumulation(.fp32, .fused, .matrixUnit(.amx))),
    (.bf16, Accumulation(.fp32, .fused, .matrixUnit(.bfmmla))),
  ]

  /// How often `rows` reports progress.
  package static let steps = shapes.count * cases.count

  /// The rows of every shape and accumulation.
  package static func rows(progress: () -> Void) -> [Row] {
    shapes.flatMap { shape in
      let operands = ProductOperands(shape)
      defer { operands.deallocate() }
      return cases.map { format, accumulation in
        defer { progress() }
        return row(shape, format, accumulation, operands)
      }
    }
  }

  private static func row(
    _ shape: ProductShape, _ format: Accumulation.SumFormat, _ accumulation: Accumulation,
    _ operands: ProductOperands
  ) -> Row {
    let own = BenchTimer.seconds {
      TensorKernels.multiply(
        operands.a.operand(format, stride: shape.inner),
        operands.b.operand(format, stride: shape.columns),
        into: format == .fp64
          ? .double(operands.c.double, stride: shape.columns)
          : .float(operands.c.single, stride: shape.columns),
        shape: shape, accumulation: accumulation, threads: 1)
    }
    let plain = operands.plainLoop(accumulation).map { BenchTimer.seconds($0) }
    let terms = Double(shape.rows * shape.inner * shape.columns)
    return Row(
      shape: [shape.rows, shape.inner, shape.columns], format: format.rawValue,
      accumulation: accumulation, nanoseconds: own / terms * 1e9, timesLoop: plain.map { $0 / own })
  }
}
