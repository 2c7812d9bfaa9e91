// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import SoftFloat

/// One thread's part of measuring a function on a domain.
struct ElementaryShard {
  /// The subject over FP32 buffers: `Float.elementary`, or what a test puts in its place.
  typealias Kernel =
    @Sendable (ElementaryFunction, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void

  static let block = ElementaryReference.blockSize

  private let function: ElementaryFunction
  private let domain: ElementaryDomain
  private let seed: UInt64
  private let kernel: Kernel
  private let reference: ElementaryReference
  private(set) var errors: ElementaryErrors

  init(
    _ function: ElementaryFunction, _ domain: ElementaryDomain, seed: UInt64,
    kernel: @escaping Kernel
  ) {
    self.function = function
    self.domain = domain
    self.seed = seed
    self.kernel = kernel
    reference = ElementaryReference(RealFunction(function))
    errors = ElementaryErrors(countsMisrounded: domain.format != nil)
  }

  /// The errors so far, and none from here on.
  mutating func takeErrors() -> ElementaryErrors {
    defer { errors = ElementaryErrors(countsMisrounded: domain.format != nil) }
    return errors
  }

  /// The error at one operand.
  mutating func measured(at operand: UInt64) -> ElementaryErrors {
    _ = takeErrors()
    switch domain.format {
    case nil: judgeDouble(Double(bitPattern: operand))
    case Format.fp32?:
      var x = Float(bitPattern: UInt32(truncatingIfNeeded: operand))
      var y: Float = 0
      kernel(function, &x, &y, 1)
      add(operand, UInt64(y.bitPattern), .fp32)
    case let format?: judgeNarrow(UInt32(truncatingIfNeeded: operand), format)
    }
    return takeErrors()
  }

  /// Measures the operands of a range, which is a block of FP32 or a part of another domain.
  mutating func run(_ range: Range<UInt64>) {
    switch domain.format {
    case nil:
      for index in range { judgeDouble(ElementaryDomain.sample(index, seed: seed)) }
    case Format.fp32?: runBlock(UInt32(range.lowerBound))
    case let format?: for bits in range { judgeNarrow(UInt32(bits), format) }
    }
  }

  private mutating func judgeDouble(_ x: Double) {
    let y = Double.elementary(function, x)
    errors.add(reference.error(of: y, at: x), operand: x.bitPattern, result: y.bitPattern)
  }

  /// A 16-bit operand in FP32, the function there, and one rounding back.
  private mutating func judgeNarrow(_ bits: UInt32, _ format: Format) {
    var x = Float(format.value(of: bits))
    var y: Float = 0
    kernel(function, &x, &y, 1)
    let result = Arithmetic.evaluate(
      .convert, UInt64(y.bitPattern), format: .fp32, to: format, semantics: Semantics()
    ).value
    add(UInt64(bits), result, format)
  }

  private mutating func add(_ bits: UInt64, _ result: UInt64, _ format: Format) {
    let x = format.value(of: UInt32(bits))
    let judgement = reference.judge(result, in: format, at: x)
    errors.add(judgement.error, operand: bits, result: result, isNearest: judgement.isNearest)
  }

  private mutating func runBlock(_ start: UInt32) {
    let count = ElementaryShard.block
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * count) { floats in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { doubles in
        guard let x = floats.baseAddress, let values = doubles.baseAddress else { return }
        let (results, distances) = (x + count, values + count)
        for i in 0..<count { x[i] = Float(bitPattern: start &+ UInt32(i)) }
        kernel(function, x, results, count)
        guard reference.interpolate(from: start, into: values) else {
          for i in 0..<count {
            add(UInt64(x[i].bitPattern), UInt64(results[i].bitPattern), .fp32)
          }
          return
        }
        ElementaryReference.distances(
          of: results, from: values, into: distances, count: count)
        for i in 0..<count {
          let distance = distances[i]
          if distance < ElementaryShard.surelyNearest {
            errors.pass(1)
          } else if distance > ElementaryShard.surelyNot, distance < errors.largest - tolerance {
            errors.pass(1)
            errors.addMisrounded(1)
          } else {
            add(UInt64(x[i].bitPattern), UInt64(results[i].bitPattern), .fp32)
          }
        }
      }
    }
  }

  private var tolerance: Double { ElementaryReference.tolerance }
  private static let surelyNearest = 0.5 - ElementaryReference.tolerance
  private static let surelyNot = 0.5 + ElementaryReference.tolerance
}
