// SPDX-License-Identifier: Apache-2.0
import Formats

/// One operation of the processor in a wider format, then one rounding to the format: the shortcut
/// of numerics libraries, exact for some operations and formats and not for others.
package struct ShortcutSubject: Subject {
  /// `native-fp32` or `native-fp64`.
  package let name: String
  /// False: the shortcut has no flags.
  package let reportsFlags = false
  /// False: any NaN equals any NaN.
  package let deliversDefinedNaNs = false

  private let isDouble: Bool

  /// The shortcut through FP32.
  package static let fp32 = ShortcutSubject(name: "native-fp32", isDouble: false)
  /// The shortcut through FP64.
  package static let fp64 = ShortcutSubject(name: "native-fp64", isDouble: true)

  private init(name: String, isDouble: Bool) {
    self.name = name
    self.isDouble = isDouble
  }

  /// The function for an arithmetic operation or a conversion under the default attributes.
  package func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable> {
    if let reason = NativeLimits.reason(evaluation) {
      return .failure(CaseSelection.Unavailable(reason: "\(name) \(reason)"))
    }
    let source = ShortcutRounding(evaluation.format)
    let target = ShortcutRounding(evaluation.to)
    let function =
      isDouble
      ? ShortcutSubject.through(Double.self, evaluation.operation, source, target)
      : ShortcutSubject.through(Float.self, evaluation.operation, source, target)
    return function.map { .success($0) }
      ?? .failure(
        CaseSelection.Unavailable(reason: "\(name) has no \(evaluation.operation.rawValue)"))
  }

  private static func through<Wide: WideFormat>(
    _: Wide.Type, _ operation: ArithmeticOperation, _ source: ShortcutRounding,
    _ target: ShortcutRounding
  ) -> BlockFunction? {
    func elementwise(
      _ body: @escaping @Sendable (Wide, Wide, Wide) -> Wide
    ) -> BlockFunction {
      { block, results, flags in
        for i in 0..<block.count {
          let value = body(
            Wide(source.value(block.a[i])), Wide(source.value(block.b[i])),
            Wide(source.value(block.c[i])))
          results[i] = target.encoding(value.double)
        }
        flags.update(repeating: 0, count: block.count)
      }
    }
    switch operation {
    case .add: return elementwise { x, y, _ in x + y }
    case .sub: return elementwise { x, y, _ in x - y }
    case .mul: return elementwise { x, y, _ in x * y }
    case .div: return elementwise { x, y, _ in x / y }
    case .sqrt: return elementwise { x, _, _ in x.squareRoot() }
    case .fma: return elementwise { x, y, z in z.addingProduct(x, y) }
    case .remainder: return elementwise { x, y, _ in x.remainder(dividingBy: y) }
    case .roundToIntegral: return elementwise { x, _, _ in x.rounded(.toNearestOrEven) }
    case .convert: return elementwise { x, _, _ in x }
    default: return nil
    }
  }
}

/// Float and Double.
protocol WideFormat: BinaryFloatingPoint, Sendable {
  init(_ value: Double)
  var double: Double { get }
}

extension Float: WideFormat {
  var double: Double { Double(self) }
}

extension Double: WideFormat {
  var double: Double { self }
}

/// What the processor's arithmetic cannot be asked for.
enum NativeLimits {
  /// Why an evaluation is out of reach; nil when it is not.
  static func reason(_ evaluation: Evaluation) -> String? {
    let semantics = evaluation.semantics
    for format in [evaluation.format, evaluation.to]
    where format.specials == .finite || format.specials == .scale {
      return "does not do \(format), which has no IEEE arithmetic"
    }
    if semantics.rounding != .nearestEven { return "rounds to nearest even only" }
    if semantics.subnormals != .gradual { return "has gradual underflow only" }
    if semantics.overflow != .ieee { return "does not saturate" }
    return nil
  }
}
