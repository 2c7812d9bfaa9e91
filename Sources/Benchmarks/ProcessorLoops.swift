// SPDX-License-Identifier: Apache-2.0
import Formats

/// Plain Swift loops over the standard library's Float16 and Float.
enum ProcessorLoops {
  /// The seconds of one pass of an operation over FP16 buffers, nil where Swift has none.
  static func binary16(_ operation: ArithmeticOperation, _ x: BenchOperands<UInt16>) -> Double? {
    time(operation, x, Float16.self)
  }

  /// The seconds of one pass of an operation over FP32 buffers, nil where Swift has none.
  static func binary32(_ operation: ArithmeticOperation, _ x: BenchOperands<UInt32>) -> Double? {
    time(operation, x, Float.self)
  }

  /// The seconds of one pass of Float16(_: Float).
  static func narrow(_ source: BenchOperands<UInt32>, _ target: BenchOperands<UInt16>) -> Double {
    guard let a = source.a.baseAddress, let r = target.result.baseAddress else { return .nan }
    return BenchTimer.seconds { narrow(a, r, BenchOperands<UInt16>.count) }
  }

  /// The seconds of one pass of Float(_: Float16).
  static func widen(_ source: BenchOperands<UInt16>, _ target: BenchOperands<UInt32>) -> Double {
    guard let a = source.a.baseAddress, let r = target.result.baseAddress else { return .nan }
    return BenchTimer.seconds { widen(a, r, BenchOperands<UInt16>.count) }
  }

  @inline(never)
  private static func narrow(
    _ a: UnsafePointer<UInt32>, _ r: UnsafeMutablePointer<UInt16>, _ count: Int
  ) {
    for i in 0..<count { r[i] = Float16(Float(bitPattern: a[i])).bitPattern }
  }

  @inline(never)
  private static func widen(
    _ a: UnsafePointer<UInt16>, _ r: UnsafeMutablePointer<UInt32>, _ count: Int
  ) {
    for i in 0..<count { r[i] = Float(Float16(bitPattern: a[i])).bitPattern }
  }

  /// The encodings are read as numbers of the same size and layout.
  @inline(__always)
  private static func time<C, T: BinaryFloatingPoint>(
    _ operation: ArithmeticOperation, _ x: BenchOperands<C>, _: T.Type
  ) -> Double? {
    guard let a = numbers(x.a, T.self), let b = numbers(x.b, T.self),
      let c = numbers(x.c, T.self), let result = numbers(x.result, T.self)
    else { return nil }
    let count = BenchOperands<C>.count
    switch operation {
    case .add: return BenchTimer.seconds { loop(a, b, c, result, count) { a, b, _ in a + b } }
    case .sub: return BenchTimer.seconds { loop(a, b, c, result, count) { a, b, _ in a - b } }
    case .mul: return BenchTimer.seconds { loop(a, b, c, result, count) { a, b, _ in a * b } }
    case .div: return BenchTimer.seconds { loop(a, b, c, result, count) { a, b, _ in a / b } }
    case .sqrt:
      return BenchTimer.seconds { loop(a, b, c, result, count) { a, _, _ in a.squareRoot() } }
    case .fma:
      return BenchTimer.seconds {
        loop(a, b, c, result, count) { a, b, c in c.addingProduct(a, b) }
      }
    case .roundToIntegral:
      return BenchTimer.seconds {
        loop(a, b, c, result, count) { a, _, _ in a.rounded(.toNearestOrEven) }
      }
    default: return nil
    }
  }

  private static func numbers<C, T>(
    _ buffer: UnsafeMutableBufferPointer<C>, _: T.Type
  ) -> UnsafeMutablePointer<T>? {
    UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: T.self)
  }

  @inline(__always)
  private static func loop<T>(
    _ a: UnsafeMutablePointer<T>, _ b: UnsafeMutablePointer<T>, _ c: UnsafeMutablePointer<T>,
    _ result: UnsafeMutablePointer<T>, _ count: Int, _ operation: (T, T, T) -> T
  ) {
    for i in 0..<count { result[i] = operation(a[i], b[i], c[i]) }
  }
}
