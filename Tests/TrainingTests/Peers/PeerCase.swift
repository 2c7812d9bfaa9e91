// SPDX-License-Identifier: Apache-2.0
import SoftFloat
import TestSupport

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// Operands, and what Halfway makes of them, for another library to do the same.
struct PeerCase {
  /// What is computed, and the format of the results: `cast fp16`, `adamw bf16`. Whoever reads the
  /// operands knows by it what they are.
  let name: String
  /// The operands, each an array of numbers of FP32.
  let inputs: [[Float]]
  /// The results of each of the presets that compute this, which have to agree.
  let results: [(preset: String, values: [Float])]

  /// The presets whose optimizer keeps weights of a format.
  static func presets(storing precision: Precision) -> [Policy] {
    Policy.presets.filter { $0.weights == precision }
  }

  /// The presets whose elementwise operations make numbers of a format of operands of that format.
  static func presets(elementwise precision: Precision) -> [Policy] {
    Policy.presets.filter { policy in
      let rule = policy.rule(.elementwise, layer: "")
      return policy.held == .fp32 && (rule.operands ?? precision) == precision
        && (rule.output ?? precision) == precision
        && (rule.compute == .fp32 || rule.compute.precision == precision)
    }
  }

  /// A tensor of a format.
  static func tensor(
    _ values: [Float], _ shape: [Int]? = nil, as precision: Precision, _ context: StepContext
  ) -> Tensor {
    Kernel<Float>.tensor(shape ?? [values.count], as: precision, context) { Double(values[$0]) }
  }

  /// Calls `body` with the type of a policy's arithmetic.
  static func run<Result>(
    _ compute: ElementArithmetic, _ body: (any PeerArithmetic) -> Result
  ) -> Result {
    switch compute {
    case .fp16: body(PeerKernel<Narrow16>())
    case .bf16: body(PeerKernel<NarrowB16>())
    case .fp32, .fp64, .mpfr: body(PeerKernel<Float>())
    }
  }
}

/// The operations of the comparison in some arithmetic.
protocol PeerArithmetic {
  func values(_ operation: PeerOperation, _ inputs: [Tensor], _ rule: OperationRule) -> [Float]
  func steps(_ steps: PeerSteps, _ rule: OptimizerRule, _ weights: Precision) -> [Float]
  func product(_ inputs: [Tensor], _ rule: OperationRule) -> [Float]
}

/// An elementwise operation.
enum PeerOperation: String, CaseIterable {
  case add, sub, mul, div, sqrt, exp, tanh, sigmoid, gelu, relu

  /// The number of operands.
  var arity: Int {
    switch self {
    case .add, .sub, .mul, .div: 2
    case .sqrt, .exp, .tanh, .sigmoid, .gelu, .relu: 1
    }
  }
}

struct PeerKernel<N: Number>: PeerArithmetic {
  func values(_ operation: PeerOperation, _ inputs: [Tensor], _ rule: OperationRule) -> [Float] {
    let kernel = Kernel<N>(rule: rule, context: StepContext())
    func of(_ primitive: some Primitive) -> Tensor { primitive.forward(inputs, kernel).output }
    func pairs(_ f: (N, N) -> N) -> Tensor {
      kernel.map(inputs[0], inputs[1], as: kernel.output(inputs[0], inputs[1]), f)
    }
    let precision = kernel.output(inputs[0])
    let result =
      switch operation {
      case .add: of(Add())
      case .sub: pairs { $0 - $1 }
      case .mul: pairs { $0 * $1 }
      case .div: pairs { $0 / $1 }
      case .sqrt: kernel.map(inputs[0], as: precision) { $0.squareRoot() }
      case .exp: kernel.apply(.exp, inputs[0], as: precision)
      case .tanh: of(Activation(function: .tanh))
      case .sigmoid: of(Activation(function: .sigmoid))
      case .gelu: of(Activation(function: .gelu))
      case .relu: of(Activation(function: .relu))
      }
    return result.doubles.map { Float($0) }
  }

  func steps(_ steps: PeerSteps, _ rule: OptimizerRule, _ weights: Precision) -> [Float] {
    let context = StepContext()
    let kernels = StepKernels<N>(rule, context)
    var state = OptimizerState()
    var current = PeerCase.tensor(steps.weights, as: weights, context)
    var (power1, power2) = (1.0, 1.0)
    return steps.gradients.flatMap { gradient in
      power1 *= steps.optimizer.beta1
      power2 *= steps.optimizer.beta2
      current =
        state.advance(
          steps.optimizer, rule,
          StepScalars(
            learningRate: steps.optimizer.learningRate, correction1: 1 - power1,
            correction2: (1 - power2).squareRoot()), weights: current,
          gradient: PeerCase.tensor(gradient, as: weights, context), kernels
        ).weights
      return current.doubles.map { Float($0) }
    }
  }

  func product(_ inputs: [Tensor], _ rule: OperationRule) -> [Float] {
    let kernel = Kernel<N>(rule: rule, context: StepContext())
    return Linear().forward(inputs, kernel).output.doubles.map { Float($0) }
  }
}

/// Several steps of one parameter.
struct PeerSteps {
  let optimizer: Optimizer
  let weights: [Float]
  let gradients: [[Float]]
}
