// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import TestSupport

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

extension PeerCase {
  /// All of them, in an order that does not change.
  static var all: [PeerCase] {
    casts + elementwise(.fp16) + elementwise(.bf16) + elementwise(.fp32)
      + [Precision.fp16, .bf16, .fp32].flatMap { products($0) + steps($0) } + scales
  }

  /// Every FP32 number of at most 11 fraction bits, which the ties of all narrower formats are,
  /// with its two neighbours; then random ones.
  private static var castInputs: [Float] {
    let ties = (0..<3 << 20).map { i -> Float in
      Float(bitPattern: UInt32(i / 3) << 12 &+ UInt32(i % 3) &- 1)
    }
    return ties + random(1 << 20, seed: 1, .fp32)
  }

  private static func random(_ count: Int, seed: UInt64, _ precision: Precision) -> [Float] {
    var draw = Draw(seed: seed)
    return (0..<count).map { _ in
      pattern(UInt32(truncatingIfNeeded: draw.bits() >> 32), precision)
    }
  }

  /// The number of an encoding: of the upper bits where a format has 16.
  private static func pattern(_ bits: UInt32, _ precision: Precision) -> Float {
    switch precision {
    case .fp16: Float(Float16(bitPattern: UInt16(bits >> 16)))
    case .bf16: Float(bitPattern: bits & 0xFFFF_0000)
    default: Float(bitPattern: bits)
    }
  }

  private static var casts: [PeerCase] {
    let inputs = castInputs
    return [Precision.fp16, .bf16, .format(.e4m3), .format(.e5m2)].map { precision in
      let context = StepContext()
      let x = tensor(inputs, as: .fp32, context)
      let y = Cast(operation: "cast", precision: precision)
        .forward([x], Kernel<Float>(rule: OperationRule(), context: context)).output
      return PeerCase(
        name: "cast \(precision)", inputs: [inputs],
        results: [("cast", y.doubles.map { Float($0) })])
    } + [saturatingCast(inputs)]
  }

  /// What overflows becomes ±448, as torch converts to E4M3; the default is OCP's NaN.
  private static func saturatingCast(_ inputs: [Float]) -> PeerCase {
    var values = inputs
    values.withUnsafeMutableBufferPointer {
      _ = TensorKernels.cast($0, to: .e4m3, Semantics(overflow: .saturate))
    }
    return PeerCase(name: "saturate e4m3", inputs: [inputs], results: [("cast", values)])
  }

  /// One operand: all encodings of a 16-bit format, 2^16 random ones of FP32. Two: 2^18 random
  /// pairs, half of them within 2^8 ulp of one another so that signs and neighbouring exponents
  /// meet.
  private static func elementwise(_ precision: Precision) -> [PeerCase] {
    let single =
      precision == .fp32
      ? random(1 << 16, seed: 2, .fp32).map { $0.magnitude < 128 ? $0 : 1 / $0 }
      : (0..<1 << 16).map { pattern(UInt32($0) << 16, precision) }
    var draw = Draw(seed: 3)
    let pairs = (0..<1 << 18).map { i -> (Float, Float) in
      let word = draw.bits()
      let (a, b) = (UInt32(truncatingIfNeeded: word >> 32), UInt32(truncatingIfNeeded: word))
      let near = (a ^ 0x8000_0000) &+ (b >> 8)
      return (pattern(a, precision), pattern(i % 2 == 0 ? b : near, precision))
    }
    return PeerOperation.allCases.map { operation in
      let inputs = operation.arity == 1 ? [single] : [pairs.map(\.0), pairs.map(\.1)]
      let context = StepContext()
      let tensors = inputs.map { tensor($0, as: precision, context) }
      return PeerCase(
        name: "\(operation) \(precision)", inputs: inputs,
        results: presets(elementwise: precision).map { policy in
          let rule = policy.rule(.elementwise, layer: "")
          return (policy.name, run(rule.compute) { $0.values(operation, tensors, rule) })
        })
    }
  }

  /// X W + b of whole numbers, whose sums FP32 holds exactly in any order: `matmul` without a bias,
  /// `linear` with one; `small` where FP16 and BF16 hold the sums too, so that strict sums agree.
  private static func products(_ precision: Precision) -> [PeerCase] {
    let (rows, inner, columns) = (24, 512, 16)
    var draw = Draw(seed: 4)
    func whole(_ count: Int, _ bound: Int) -> [Float] {
      (0..<count).map { _ in Float(draw.below(2 * bound + 1) - bound) }
    }
    let wide = [whole(rows * inner, 16), whole(inner * columns, 16)]
    let bias = whole(columns, 9).map { $0 * 0.375 }
    let small = [whole(rows * 8, 5), whole(8 * columns, 5)]
    let sets = [("matmul", wide, inner), ("linear", wide + [bias], inner), ("small", small, 8)]
    return sets.map { name, inputs, inner in
      let context = StepContext()
      let shapes = [[rows, inner], [inner, columns], [columns]]
      let policies = Policy.presets.filter { policy in
        let rule = policy.rule(.product, layer: "")
        let isStrict = rule.compute != .fp32 || rule.accumulation.format != .fp32
        let output = rule.output ?? policy.weights
        return policy.weights.format != nil && !rule.scalesOperands && output == precision
          && (!isStrict || name == "small")
      }
      return PeerCase(
        name: "\(name) \(precision)", inputs: inputs,
        results: policies.map { policy in
          let rule = policy.rule(.product, layer: "")
          let tensors = zip(inputs, shapes).map {
            tensor($0, $1, as: rule.operands ?? precision, context)
          }
          return (policy.name, run(rule.compute) { $0.product(tensors, rule) })
        })
    }
  }
}
