// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// The types of SoftFloat, `Binary16` and its kin: their typed operations with exceptions, and,
/// where they say the same, their operators.
package struct TypedSubject: Subject {
  /// `typed`.
  package let name = "typed"
  /// True.
  package let reportsFlags = true
  /// True: the NaN policies define every bit.
  package let deliversDefinedNaNs = true

  /// The subject.
  package init() {}

  /// The typed operation in a loop; formats without a type have none.
  package func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable> {
    let function: BlockFunction? =
      switch evaluation.format {
      case .fp16: TypedSubject.arithmetic(Binary16.self, evaluation)
      case .bf16: TypedSubject.arithmetic(BFloat16.self, evaluation)
      case .tf32: TypedSubject.arithmetic(TensorFloat32.self, evaluation)
      case .fp32: TypedSubject.arithmetic(Binary32.self, evaluation)
      case .e5m2: TypedSubject.arithmetic(Float8E5M2.self, evaluation)
      case .e4m3: TypedSubject.arithmetic(Float8E4M3FN.self, evaluation)
      case .e3m2: TypedSubject.arithmetic(Float6E3M2FN.self, evaluation)
      case .e2m3: TypedSubject.arithmetic(Float6E2M3FN.self, evaluation)
      case .e2m1: TypedSubject.arithmetic(Float4E2M1FN.self, evaluation)
      case .e8m0: TypedSubject.others(Float8E8M0.self, evaluation)
      default: nil
      }
    return function.map { .success($0) }
      ?? .failure(
        CaseSelection.Unavailable(
          reason: "no type for \(evaluation.format) to \(evaluation.to)"))
  }

  /// The operations that `SoftwareArithmetic` has of its own, in the lane of the type; the
  /// complement of the result where the operator delivers another.
  private static func arithmetic<T: SoftwareArithmetic>(
    _: T.Type, _ evaluation: Evaluation
  ) -> BlockFunction? {
    let semantics = evaluation.semantics
    let isDefault = semantics == Semantics()
    func both(
      _ explicit: @escaping @Sendable (T, T, T, UInt64) -> Rounded<T>,
      _ plain: @escaping @Sendable (T, T, T) -> T
    ) -> BlockFunction {
      elementwise { (x: T, y: T, z: T, index) in
        let result = explicit(x, y, z, index)
        let bits = UInt64(result.value.bitPattern)
        // A difference must show whichever of the two is right.
        let agrees = !isDefault || UInt64(plain(x, y, z).bitPattern) == bits
        return (agrees ? bits : ~bits, result.flags)
      }
    }
    switch evaluation.operation {
    case .add: return both({ $0.adding($1, semantics: semantics, index: $3) }, { x, y, _ in x + y })
    case .sub:
      return both({ $0.subtracting($1, semantics: semantics, index: $3) }, { x, y, _ in x - y })
    case .mul:
      return both({ $0.multiplied(by: $1, semantics: semantics, index: $3) }, { x, y, _ in x * y })
    case .div:
      return both({ $0.divided(by: $1, semantics: semantics, index: $3) }, { x, y, _ in x / y })
    case .sqrt:
      return both(
        { x, _, _, index in x.squareRoot(semantics: semantics, index: index) },
        { x, _, _ in x.squareRoot() })
    case .fma:
      return both(
        { $2.addingProduct($0, $1, semantics: semantics, index: $3) },
        { x, y, z in z.addingProduct(x, y) })
    default: return others(T.self, evaluation)
    }
  }

  /// The operations that every type has.
  private static func others<T: SoftwareFloat>(
    _: T.Type, _ evaluation: Evaluation
  ) -> BlockFunction? {
    let semantics = evaluation.semantics
    func number(
      _ body: @escaping @Sendable (T, T, T, UInt64) -> Rounded<T>
    ) -> BlockFunction {
      elementwise { (x: T, y: T, z: T, index) in
        let result = body(x, y, z, index)
        return (UInt64(result.value.bitPattern), result.flags)
      }
    }
    switch evaluation.operation {
    case .add: return number { $0.adding($1, semantics: semantics, index: $3) }
    case .sub: return number { $0.subtracting($1, semantics: semantics, index: $3) }
    case .mul: return number { $0.multiplied(by: $1, semantics: semantics, index: $3) }
    case .div: return number { $0.divided(by: $1, semantics: semantics, index: $3) }
    case .sqrt: return number { x, _, _, i in x.squareRoot(semantics: semantics, index: i) }
    case .fma: return number { $2.addingProduct($0, $1, semantics: semantics, index: $3) }
    case .remainder:
      return number { x, y, _, _ in x.remainder(dividingBy: y, semantics: semantics) }
    case .roundToIntegral:
      return number { x, _, _, i in x.roundedToIntegral(semantics: semantics, index: i) }
    case .minimum: return number { x, y, _, _ in T.minimum(x, y, semantics: semantics) }
    case .maximum: return number { x, y, _, _ in T.maximum(x, y, semantics: semantics) }
    case .minimumNumber:
      return number { x, y, _, _ in T.minimumNumber(x, y, semantics: semantics) }
    case .maximumNumber:
      return number { x, y, _, _ in T.maximumNumber(x, y, semantics: semantics) }
    case .nextUp: return number { x, _, _, _ in x.nextUp(semantics: semantics) }
    case .nextDown: return number { x, _, _, _ in x.nextDown(semantics: semantics) }
    case .compareQuiet, .compareSignaling:
      let isSignaling = evaluation.operation == .compareSignaling
      return elementwise { (x: T, y: T, _, _) in
        let result = x.compared(to: y, isSignaling: isSignaling, semantics: semantics)
        return (UInt64(result.value.rawValue), result.flags)
      }
    case .convert: return conversion(T.self, evaluation)
    case .scaleB, .logB, .toInt32, .toInt64, .fromInt32, .fromInt64:
      return integers(T.self, evaluation)
    }
  }

  /// The operations with integers.
  private static func integers<T: SoftwareFloat>(
    _: T.Type, _ evaluation: Evaluation
  ) -> BlockFunction? {
    let (operation, semantics) = (evaluation.operation, evaluation.semantics)
    return { block, results, flags in
      for i in 0..<block.count {
        let (a, b) = (block.a[i], block.b[i])
        let x = T(bitPattern: T.BitPattern(truncatingIfNeeded: a))
        let index = block.firstIndex + UInt64(i)
        let result: (bits: UInt64, flags: Exceptions)
        switch operation {
        case .scaleB:
          let scaled = x.scaled(
            by: Int32(truncatingIfNeeded: b), semantics: semantics, index: index)
          result = (UInt64(scaled.value.bitPattern), scaled.flags)
        case .logB:
          let exponent = x.logB(semantics: semantics)
          result = (UInt64(UInt32(bitPattern: exponent.value)), exponent.flags)
        case .toInt32:
          let integer = x.convertedToInt32(semantics: semantics, index: index)
          result = (UInt64(UInt32(bitPattern: integer.value)), integer.flags)
        case .toInt64:
          let integer = x.convertedToInt64(semantics: semantics, index: index)
          result = (UInt64(bitPattern: integer.value), integer.flags)
        default:
          let integer =
            operation == .fromInt32 ? Int64(Int32(truncatingIfNeeded: a)) : Int64(bitPattern: a)
          let number = T.rounding(integer: integer, semantics: semantics, index: index)
          result = (UInt64(number.value.bitPattern), number.flags)
        }
        results[i] = result.bits
        flags[i] = result.flags.rawValue
      }
    }
  }

  private static func conversion<T: SoftwareFloat>(
    _: T.Type, _ evaluation: Evaluation
  ) -> BlockFunction? {
    switch evaluation.to {
    case .fp16: conversion(T.self, Binary16.self, evaluation.semantics)
    case .bf16: conversion(T.self, BFloat16.self, evaluation.semantics)
    case .tf32: conversion(T.self, TensorFloat32.self, evaluation.semantics)
    case .fp32: conversion(T.self, Binary32.self, evaluation.semantics)
    case .e5m2: conversion(T.self, Float8E5M2.self, evaluation.semantics)
    case .e4m3: conversion(T.self, Float8E4M3FN.self, evaluation.semantics)
    case .e3m2: conversion(T.self, Float6E3M2FN.self, evaluation.semantics)
    case .e2m3: conversion(T.self, Float6E2M3FN.self, evaluation.semantics)
    case .e2m1: conversion(T.self, Float4E2M1FN.self, evaluation.semantics)
    case .e8m0: conversion(T.self, Float8E8M0.self, evaluation.semantics)
    default: nil
    }
  }

  private static func conversion<T: SoftwareFloat, Other: SoftwareFloat>(
    _: T.Type, _: Other.Type, _ semantics: Semantics
  ) -> BlockFunction {
    elementwise { (x: T, _, _, index) in
      let result = x.converted(to: Other.self, semantics: semantics, index: index)
      return (UInt64(result.value.bitPattern), result.flags)
    }
  }

  private static func elementwise<T: SoftwareFloat>(
    _ body: @escaping @Sendable (T, T, T, UInt64) -> (bits: UInt64, flags: Exceptions)
  ) -> BlockFunction {
    { block, results, flags in
      for i in 0..<block.count {
        func operand(_ words: UnsafePointer<UInt64>) -> T {
          T(bitPattern: T.BitPattern(truncatingIfNeeded: words[i]))
        }
        let result = body(
          operand(block.a), operand(block.b), operand(block.c), block.firstIndex + UInt64(i))
        results[i] = result.bits
        flags[i] = result.flags.rawValue
      }
    }
  }
}
