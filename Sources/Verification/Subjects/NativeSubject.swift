// SPDX-License-Identifier: Apache-2.0
import Formats

/// The processor's arithmetic as Swift offers it: Float16 and Float operators for fp16 and fp32;
/// for bf16 and tf32, which Swift lacks, one FP32 operation and one rounding.
package struct NativeSubject: Subject {
  /// `native`.
  package let name = "native"
  /// False: Swift has no access to the processor's flags.
  package let reportsFlags = false
  /// False: any NaN equals any NaN.
  package let deliversDefinedNaNs = false

  /// The subject.
  package init() {}

  /// The function for an operation that Swift's types have, under the default attributes.
  package func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable> {
    if let reason = NativeLimits.reason(evaluation) {
      return .failure(CaseSelection.Unavailable(reason: "native \(reason)"))
    }
    let function: BlockFunction?
    switch (evaluation.format, evaluation.operation) {
    case (.fp16, .convert): function = NativeSubject.conversion(from: Float16.self, evaluation.to)
    case (.fp32, .convert): function = NativeSubject.conversion(from: Float.self, evaluation.to)
    case (.fp16, let operation): function = NativeSubject.operation(Float16.self, operation)
    case (.fp32, let operation): function = NativeSubject.operation(Float.self, operation)
    case (.bf16, _), (.tf32, _): return ShortcutSubject.fp32.function(for: evaluation)
    default: function = nil
    }
    return function.map { .success($0) }
      ?? .failure(
        CaseSelection.Unavailable(
          reason: "Swift has no \(evaluation.operation.rawValue) for \(evaluation.format)"))
  }

  private static func conversion<Source: NativeFormat>(
    from _: Source.Type, _ target: Format
  ) -> BlockFunction {
    switch target {
    case .fp16: return elementwise { (x: Source, _, _) in Float16(x.single).word }
    case .fp32: return elementwise { (x: Source, _, _) in x.single.word }
    default:
      let rounding = ShortcutRounding(target)
      return elementwise { (x: Source, _, _) in rounding.encoding(Double(x.single)) }
    }
  }

  private static func operation<Number: NativeFormat>(
    _: Number.Type, _ operation: ArithmeticOperation
  ) -> BlockFunction? {
    switch operation {
    case .add: elementwise { (x: Number, y, _) in (x + y).word }
    case .sub: elementwise { (x: Number, y, _) in (x - y).word }
    case .mul: elementwise { (x: Number, y, _) in (x * y).word }
    case .div: elementwise { (x: Number, y, _) in (x / y).word }
    case .sqrt: elementwise { (x: Number, _, _) in x.squareRoot().word }
    case .fma: elementwise { (x: Number, y, z) in z.addingProduct(x, y).word }
    case .remainder: elementwise { (x: Number, y, _) in x.remainder(dividingBy: y).word }
    case .roundToIntegral:
      elementwise { (x: Number, _, _) in x.rounded(.toNearestOrEven).word }
    case .nextUp: elementwise { (x: Number, _, _) in x.nextUp.word }
    case .nextDown: elementwise { (x: Number, _, _) in x.nextDown.word }
    case .compareQuiet:
      elementwise { (x: Number, y, _) in
        let relation: Relation = x < y ? .less : x == y ? .equal : x > y ? .greater : .unordered
        return UInt64(relation.rawValue)
      }
    case .fromInt32: integers { Number(native: Int32(truncatingIfNeeded: $0)).word }
    case .fromInt64: integers { Number(native: Int64(bitPattern: $0)).word }
    default: nil
    }
  }

  private static func elementwise<Number: NativeFormat>(
    _ body: @escaping @Sendable (Number, Number, Number) -> UInt64
  ) -> BlockFunction {
    { block, results, flags in
      for i in 0..<block.count {
        results[i] = body(
          Number(word: block.a[i]), Number(word: block.b[i]), Number(word: block.c[i]))
      }
      flags.update(repeating: 0, count: block.count)
    }
  }

  private static func integers(_ body: @escaping @Sendable (UInt64) -> UInt64) -> BlockFunction {
    { block, results, flags in
      for i in 0..<block.count { results[i] = body(block.a[i]) }
      flags.update(repeating: 0, count: block.count)
    }
  }
}

/// A floating-point type of Swift's with an encoding, and the conversions that the processor does.
protocol NativeFormat: BinaryFloatingPoint, Sendable {
  init(word: UInt64)
  var word: UInt64 { get }
  var single: Float { get }
  init(native value: Int32)
  init(native value: Int64)
}

extension Float: NativeFormat {
  init(word: UInt64) { self.init(bitPattern: UInt32(truncatingIfNeeded: word)) }
  var word: UInt64 { UInt64(bitPattern) }
  var single: Float { self }
  init(native value: Int32) { self.init(value) }
  init(native value: Int64) { self.init(value) }
}

extension Float16: NativeFormat {
  init(word: UInt64) { self.init(bitPattern: UInt16(truncatingIfNeeded: word)) }
  var word: UInt64 { UInt64(bitPattern) }
  var single: Float { Float(self) }
  init(native value: Int32) { self.init(value) }
  init(native value: Int64) { self.init(value) }
}
