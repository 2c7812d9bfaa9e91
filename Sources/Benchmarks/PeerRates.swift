// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// What the same operations cost elsewhere, measured in the same run: in MPFR, and as the
/// processor's own instruction in a Swift loop.
package struct PeerRates {
  private struct Key: Hashable {
    var operation: ArithmeticOperation
    var format: Format
    var to: Format
  }
  private var mpfrNanoseconds: [Key: Double] = [:]
  private var processorNanoseconds: [Key: Double] = [:]

  /// Measures both peers for the benchmarked operations.
  package init(progress: () -> Void) {
    let count = BenchOperands<UInt64>.count
    let formats: [Format] = [.fp16, .bf16, .e4m3, .e5m2, .fp32]
    for format in formats {
      for operation in BatchBench.operations {
        mpfrNanoseconds[Key(operation: operation, format: format, to: format)] =
          PeerRates.timeMPFR(operation, format, format) / Double(count) * 1e9
      }
      progress()
    }
    for format: Format in [.fp16, .bf16, .tf32, .e4m3, .e5m2] {
      mpfrNanoseconds[Key(operation: .convert, format: .fp32, to: format)] =
        PeerRates.timeMPFR(.convert, .fp32, format) / Double(count) * 1e9
      mpfrNanoseconds[Key(operation: .convert, format: format, to: .fp32)] =
        PeerRates.timeMPFR(.convert, format, .fp32) / Double(count) * 1e9
    }
    progress()
    measureProcessor()
  }

  /// The nanoseconds of one operation in MPFR.
  func mpfr(_ operation: ArithmeticOperation, _ format: Format, _ to: Format) -> Double? {
    mpfrNanoseconds[Key(operation: operation, format: format, to: to)]
  }

  /// A row with its ratios to both peers; the processor's only where it rounds the same way.
  func row(
    _ form: BenchRow.Form, _ operation: ArithmeticOperation, _ format: Format, _ to: Format?,
    _ rounding: Rounding, _ nanoseconds: Double
  ) -> BenchRow {
    let key = Key(operation: operation, format: format, to: to ?? format)
    return BenchRow(
      form: form, operation: operation, format: format, to: to, rounding: rounding,
      nanoseconds: nanoseconds, timesMPFR: mpfrNanoseconds[key].map { $0 / nanoseconds },
      timesProcessor: rounding == .nearestEven
        ? processorNanoseconds[key].map { $0 / nanoseconds } : nil)
  }

  /// One MPFR call per element and the oracle's rounding with flags.
  private static func timeMPFR(
    _ operation: ArithmeticOperation, _ format: Format, _ to: Format
  ) -> Double {
    let operands = BenchOperands<UInt64>(format)
    defer { operands.deallocate() }
    guard let a = operands.a.baseAddress, let b = operands.b.baseAddress,
      let c = operands.c.baseAddress, let result = operands.result.baseAddress
    else { return .nan }
    let count = BenchOperands<UInt64>.count
    let flags = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
    defer { flags.deallocate() }
    let reference = ReferenceBlock(
      operation: operation, format: format, to: to, variants: [Semantics()])
    return BenchTimer.seconds {
      reference.evaluate(
        a: a, b: b, c: c, count: count, firstIndex: 0, results: [result], flags: [flags])
    }
  }

  private mutating func measureProcessor() {
    let half = BenchOperands<UInt16>(.fp16), single = BenchOperands<UInt32>(.fp32)
    defer {
      half.deallocate()
      single.deallocate()
    }
    for operation in BatchBench.operations {
      record(operation, .fp16, .fp16, ProcessorLoops.binary16(operation, half))
      record(operation, .fp32, .fp32, ProcessorLoops.binary32(operation, single))
    }
    record(.convert, .fp32, .fp16, ProcessorLoops.narrow(single, half))
    record(.convert, .fp16, .fp32, ProcessorLoops.widen(half, single))
  }

  private mutating func record(
    _ operation: ArithmeticOperation, _ format: Format, _ to: Format, _ seconds: Double?
  ) {
    guard let seconds else { return }
    processorNanoseconds[Key(operation: operation, format: format, to: to)] =
      seconds / Double(BenchOperands<UInt16>.count) * 1e9
  }
}
