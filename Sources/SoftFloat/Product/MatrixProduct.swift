// SPDX-License-Identifier: Apache-2.0
import CProcessor
import Formats

extension TensorKernels {
  /// op(A) op(B), or C + op(A) op(B), for every matrix of a batch; each element is the sum that
  /// `accumulation` defines, the same bytes for any number of threads.
  ///
  /// C is an addend, with which a sum begins in place of +0: a unit's walk and a sequential sum
  /// with its element, the running sum T of `chunked` and `splitK`, whose empty parts add nothing,
  /// with it, and `pairwise` is R(C + P). Or it is what stands in a result of the mode `add`: the
  /// finished sum is added to that.
  ///
  /// Sums in FP16 want operands that are values of FP16, those in BF16 values of BF16, also where
  /// they are held in FP32. A matrix unit wants operands whose format it takes. A sum of no terms
  /// is +0, or the addend's element.
  ///
  /// - Precondition: encodings of a 16-bit format are summed in that format, FP32 or FP64; FP64
  ///   elements in FP64; a result in FP64 is of sums in FP64. The result overlaps no operand; it
  ///   may be the very elements of the addend.
  public static func multiply(
    _ a: MatrixOperand, _ b: MatrixOperand, plus addend: MatrixAddend? = nil,
    into result: MatrixResult, shape: ProductShape, batch: Int = 1, accumulation: Accumulation,
    threads: Int
  ) {
    multiply(
      a, b, plus: addend, into: result, shape: shape, batch: batch, accumulation: accumulation,
      threads: threads, minimumWork: workPerThread)
  }

  /// c = F(c + S) for finished sums, F the rounding to their result format: what a product in FP32
  /// elements does in the mode `add`.
  ///
  /// - Precondition: FP32 holds the sums.
  public static func add(
    _ sums: UnsafePointer<Float>, count: Int, to target: UnsafeMutablePointer<Float>,
    _ accumulation: Accumulation
  ) {
    SumRounding.store(
      sums, count: count, accumulation.resultFormat, to: .float(target, stride: count, .add), at: 0)
  }

  /// Whether a register holds sixteen FP32 numbers.
  @inline(__always) private static var hasWideVectors: Bool { HALFWAY_VECTOR_BYTES >= 64 }

  /// Fused multiply-adds in FP32 that are worth a thread of their own: some microseconds.
  public static let workPerThread = 1 << 18

  /// The product with a second thread for every `minimumWork` fused multiply-adds in FP32: below
  /// that it costs more than it saves.
  static func multiply(
    _ a: MatrixOperand, _ b: MatrixOperand, plus addend: MatrixAddend? = nil,
    into result: MatrixResult, shape: ProductShape, batch: Int = 1, accumulation: Accumulation,
    threads: Int, minimumWork: Int
  ) {
    precondition(a.suits(accumulation.format) && b.suits(accumulation.format))
    precondition(result.suits(accumulation.resultFormat))
    if case .matrixUnit(let unit, let instruction) = accumulation.order {
      multiply(
        a, b, plus: addend, into: result, shape: shape, batch: batch, unit: unit,
        instruction: instruction, accumulator: accumulation.format, threads: threads,
        minimumWork: minimumWork)
      return
    }
    precondition(addend?.format == nil, "only matrix units take an addend of another format")
    func run<Kernel: ProductKernel>(_: Kernel.Type) {
      BlockedProduct<Kernel>(
        a: a, b: b, addend: addend, result: result, shape: shape, accumulation: accumulation
      ).compute(batch: batch, threads: threads, minimumWork: minimumWork)
    }
    switch (accumulation.format, accumulation.step) {
    case (.fp32, .fused) where Self.hasWideVectors: run(TileKernel<FusedStep<SIMD16<Float>>>.self)
    case (.fp32, .fused): run(TileKernel<FusedStep<SingleVector8>>.self)
    case (.fp32, .productThenSum) where Self.hasWideVectors:
      run(TileKernel<ProductThenSumStep<SIMD16<Float>>>.self)
    case (.fp32, .productThenSum): run(TileKernel<ProductThenSumStep<SingleVector8>>.self)
    case (.fp64, .fused) where Self.hasWideVectors: run(TileKernel<FusedStep<SIMD8<Double>>>.self)
    case (.fp64, .fused): run(TileKernel<FusedStep<SIMD4<Double>>>.self)
    case (.fp64, .productThenSum) where Self.hasWideVectors:
      run(TileKernel<ProductThenSumStep<SIMD8<Double>>>.self)
    case (.fp64, .productThenSum): run(TileKernel<ProductThenSumStep<SIMD4<Double>>>.self)
    case (.fp16, .fused): run(NarrowKernel<Binary16Fused>.self)
    case (.fp16, .productThenSum): run(NarrowKernel<Binary16ProductThenSum>.self)
    case (.bf16, .fused): run(NarrowKernel<BFloat16Fused>.self)
    case (.bf16, .productThenSum): run(NarrowKernel<BFloat16ProductThenSum>.self)
    }
  }
}

extension BlockedProduct {
  /// Computes the batch on at most `threads` threads.
  func compute(batch: Int, threads: Int, minimumWork: Int) {
    let bands = ProductBands(
      shape, batch: batch, threads: threads, cost: Kernel.cost, minimumWork: minimumWork,
      unit: (Self.lowestTile, Kernel.sliver))
    bands.run { parts in
      guard !parts.isEmpty else { return }
      var workspace = workspace(rows: bands.largest.rows, columns: bands.largest.columns)
      defer { workspace.deallocate() }
      for part in parts {
        let band = bands[part]
        workspace.select(matrix: band.matrix)
        compute(workspace, allRows: band.rows, allColumns: band.columns)
      }
    }
  }

  /// The rows of a tile that does not wait for its own latency: bands may differ by as many.
  private static var lowestTile: Int { 4 }
}
