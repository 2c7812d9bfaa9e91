// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// The rates of loops over buffers.
package enum BatchBench {
  static let operations: [ArithmeticOperation] = [
    .add, .sub, .mul, .div, .sqrt, .fma, .roundToIntegral,
  ]
  /// Three operands, results and flags of FP32 stay in the first cache level.
  static let count = 2048
  static let roundings = Rounding.deterministic + [.stochastic(bits: 16, seed: 1)]

  /// The rows of every operation and rounding, with flags.
  package static func rows(_ peers: PeerRates, progress: () -> Void) -> [BenchRow] {
    rows(.fp16, UInt16.self, peers, progress) + rows(.bf16, UInt16.self, peers, progress)
      + rows(.e4m3, UInt8.self, peers, progress) + rows(.e5m2, UInt8.self, peers, progress)
      + rows(.fp32, UInt32.self, peers, progress)
  }

  private static func rows<C: Container>(
    _ format: Format, _: C.Type, _ peers: PeerRates, _ progress: () -> Void
  ) -> [BenchRow] {
    let operands = BenchOperands<C>(format)
    defer { operands.deallocate() }
    guard let a = operands.a.baseAddress, let b = operands.b.baseAddress,
      let c = operands.c.baseAddress, let result = operands.result.baseAddress
    else { return [] }
    var rows: [BenchRow] = []
    for operation in operations {
      for rounding in roundings {
        let semantics = Semantics(rounding: rounding)
        let seconds = BenchTimer.seconds {
          Batch.apply(
            operation, a, b, c, into: result, count: count, format: format,
            semantics: semantics)
        }
        rows.append(
          peers.row(.batch, operation, format, nil, rounding, seconds / Double(count) * 1e9))
      }
      progress()
    }
    return rows
  }

  /// The rows of conversions, with flags and without.
  package static func casts(_ peers: PeerRates, progress: () -> Void) -> [BenchRow] {
    var rows: [BenchRow] = []
    for (target, bytes) in [(Format.fp16, 2), (.bf16, 2), (.tf32, 4), (.e4m3, 1), (.e5m2, 1)] {
      switch bytes {
      case 1: rows += casts(to: target, UInt8.self, peers)
      case 2: rows += casts(to: target, UInt16.self, peers)
      default: rows += casts(to: target, UInt32.self, peers)
      }
      progress()
    }
    return rows
  }

  private static func casts<C: Container>(
    to target: Format, _: C.Type, _ peers: PeerRates
  ) -> [BenchRow] {
    let wide = BenchOperands<UInt32>(.fp32), narrow = BenchOperands<C>(target)
    defer {
      wide.deallocate()
      narrow.deallocate()
    }
    guard let source = wide.a.baseAddress, let widened = wide.result.baseAddress,
      let encodings = narrow.a.baseAddress, let result = narrow.result.baseAddress
    else { return [] }
    var rows: [BenchRow] = []
    for rounding in roundings {
      let semantics = Semantics(rounding: rounding)
      let kept = BenchTimer.seconds {
        Batch.convert(
          source, from: .fp32, to: target, into: result, count: count, semantics: semantics)
      }
      rows.append(
        peers.row(.batch, .convert, .fp32, target, rounding, kept / Double(count) * 1e9))
      let dropped = BenchTimer.seconds {
        Batch.cast(
          source, from: .fp32, to: target, into: result, count: count, semantics: semantics)
      }
      rows.append(
        peers.row(.cast, .convert, .fp32, target, rounding, dropped / Double(count) * 1e9))
    }
    let back = BenchTimer.seconds {
      Batch.convert(encodings, from: target, to: .fp32, into: widened, count: count)
    }
    rows.append(
      peers.row(.batch, .convert, target, .fp32, .nearestEven, back / Double(count) * 1e9))
    return rows
  }
}
