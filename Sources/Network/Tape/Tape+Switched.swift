// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Policies

/// What rounds in the forward pass of a tape with switches.
package struct SwitchedForward: Sendable {
  /// The formats of the policy's own step.
  let plan: RoundingPlan
  let switches: RoundingSwitches

  /// The forward pass of a plan with some switches on.
  package init(_ plan: RoundingPlan, _ switches: RoundingSwitches) {
    self.plan = plan
    self.switches = switches
  }
}

/// The gradients of an operation's inputs with some switches on.
typealias SwitchedBackward = (
  _ gradient: Tensor, _ pass: ForwardPass, RoundingSwitches, [Precision?]
) -> [Tensor?]

/// A step whose tensors are FP64's, and in which a place computes and rounds as the policy does
/// where its switch is on, and in FP64 where it is off.
///
/// An operation whose arithmetic and output are both on runs in the policy's own kernel, so that
/// with all switches on every bit is the policy's. Where only its arithmetic is on, its operands are
/// rounded to what the arithmetic takes and its result is not rounded further; where only the output
/// is, FP64's result is rounded once.
extension Tape {
  /// The format that the policy's own step has for the next value; nil without switches.
  var plannedPrecision: Precision? { switched?.plan.values[nodes.count] }

  /// An operation with its switches.
  mutating func run<P: Primitive>(
    _ primitive: P, _ rule: OperationRule, _ inputs: [Index], layer: String,
    _ switched: SwitchedForward
  ) -> Index {
    let position = nodes.count
    let planned = switched.plan.values[position]
    let operands = inputs.map { value($0) }
    let result =
      if let cast = primitive as? Cast {
        castResult(cast, rule, operands[0], inputs[0], layer: layer, switched.switches)
      } else {
        result(primitive, rule, operands, planned, layer: layer, switched.switches)
      }
    let operation = SwitchedOperation(
      primitive: primitive, rule: rule, exact: exactRule(rule), context: context, layer: layer)
    return append(
      Node(
        layer: layer, operation: primitive.operation, operationClass: primitive.operationClass,
        inputs: inputs, needsGradient: inputs.contains { nodes[$0.position].needsGradient },
        reads: (primitive.backwardReadsInputs, primitive.backwardReadsOutput),
        isGradientHidden: true, value: result.output, saved: result.saved, precision: planned,
        isCast: primitive is Cast, switched: operation.gradients))
  }

  /// The rule of FP64, with what of the policy's is no rounding.
  private func exactRule(_ rule: OperationRule) -> OperationRule {
    var exact = Policy.fp64.rule
    exact.attentionTile = rule.attentionTile
    // What is not rounded has no format of its own.
    (exact.output, exact.gradientOutput) = (.fp64, .fp64)
    return exact
  }

  private func castResult(
    _ cast: Cast, _ rule: OperationRule, _ operand: Tensor, _ input: Index, layer: String,
    _ switches: RoundingSwitches
  ) -> ForwardResult {
    let source: RoundingSource =
      nodes[input.position].isParameter ? .weightCasts : .activationCasts
    guard switches.isOn(source, layer) else { return ForwardResult(output: operand) }
    let kernel = Kernel<Float>(rule: rule, context: context)
    let result = cast.forward([operand.heldInFP32(for: cast.precision, context)], kernel)
    return ForwardResult(output: result.output.heldInFP64(context))
  }

  private func result<P: Primitive>(
    _ primitive: P, _ rule: OperationRule, _ operands: [Tensor], _ planned: Precision,
    layer: String, _ switches: RoundingSwitches
  ) -> ForwardResult {
    let isSum = OperationClass.summing.contains(primitive.operationClass)
    let roundsOutput = switches.isOn(.outputs, layer)
    guard switches.isOn(isSum ? .sums : .elementwise, layer) else {
      let operation = Operation(
        primitive: primitive, rule: exactRule(rule), context: context,
        inputs: operands.map { $0.widened(to: .fp64) })
      var result = ElementArithmetic.fp64.run(operation).result
      if roundsOutput, rule.rounds(to: planned) {
        result.output = result.output.rounded(to: planned, rule, context)
      }
      return result
    }
    var own = rule
    own.output = roundsOutput || !rule.rounds(to: planned) ? planned : rule.widest
    let operation = Operation(
      primitive: primitive, rule: own, context: context,
      inputs: operands.map { $0.operand(of: rule, context) })
    var result = rule.compute.run(operation).result
    result.output = result.output.heldInFP64(context)
    return result
  }

  /// The sources that a policy's own step has, by its plan.
  package func roundingSources(_ plan: RoundingPlan) -> Set<RoundingSource> {
    var sources: Set<RoundingSource> = [.weights]
    for (position, node) in nodes.enumerated() {
      guard let operationClass = node.operationClass else { continue }
      let rule = policy.rule(operationClass, layer: node.layer)
      let gradients = (plan.gradients[position] ?? []).compactMap(\.self)
      var formats = gradients.filter(rule.rounds)
      if !formats.isEmpty { sources.insert(.gradientOutputs) }
      if node.isCast {
        let isParameter = node.inputs.first.map { nodes[$0.position].isParameter } ?? false
        sources.insert(isParameter ? .weightCasts : .activationCasts)
      } else {
        let isSum = OperationClass.summing.contains(operationClass)
        sources.insert(isSum ? .sums : .elementwise)
        if rule.rounds(to: plan.values[position]) { sources.insert(.outputs) }
        if !gradients.isEmpty { sources.insert(isSum ? .gradientSums : .gradientElementwise) }
        if let cast = rule.gradients {
          sources.insert(.gradientCasts)
          formats.append(cast)
        }
      }
      if formats.contains(where: \.wantsScale) { sources.insert(.gradientRange) }
    }
    return sources
  }

  /// The gradients of parameters from the gradient `seed` of a value, in FP64, with the switches of
  /// the backward pass.
  package func gradients(
    of leaves: [Index], from index: Index, seed: Tensor, plan: RoundingPlan,
    _ switches: RoundingSwitches
  ) -> [Tensor?] {
    var gradients = [Tensor?](repeating: nil, count: nodes.count)
    gradients[index.position] = seed.heldInFP64(context)
    for (position, node) in nodes.enumerated().reversed() {
      guard node.needsGradient, let arrived = gradients[position], let backward = node.switched
      else { continue }
      gradients[position] = nil
      let pass = ForwardPass(
        inputs: node.inputs.map { value($0) }, output: value(Index(position: position)),
        saved: node.saved, needsGradient: node.inputs.map { nodes[$0.position].needsGradient },
        arrived: arrived)
      let read = castGradient(arrived, of: node, switches)
      let planned = plan.gradients[position] ?? []
      let found = backward(read, pass, switches, planned)
      for (place, (input, gradient)) in zip(node.inputs, found).enumerated() {
        guard let gradient, nodes[input.position].needsGradient else { continue }
        gradients[input.position] =
          gradients[input.position].map {
            added($0, gradient, planned[place], layer: node.layer, switches)
          } ?? gradient
      }
    }
    return leaves.map { gradients[$0.position] }
  }

  private func castGradient(
    _ gradient: Tensor, of node: Node, _ switches: RoundingSwitches
  ) -> Tensor {
    guard let operationClass = node.operationClass else { return gradient }
    let rule = policy.rule(operationClass, layer: node.layer)
    guard let wanted = rule.gradients else { return gradient }
    let isInRange = switches.isOn(.gradientRange, node.layer)
    func cast(to precision: Precision) -> Tensor {
      let cast = Cast(
        operation: "gradient-cast", precision: precision, isScaled: rule.scalesOperands)
      let kernel = Kernel<Float>(rule: policy.castRule(node.layer), context: context)
      return cast.forward([gradient.heldInFP32(for: precision, context)], kernel).output
        .heldInFP64(context)
    }
    if switches.isOn(.gradientCasts, node.layer) { return cast(to: wanted.inRange(isInRange)) }
    return isInRange ? gradient.limited(as: cast(to: wanted), context) : gradient
  }

  /// The sum of two gradients of a value, in the format that the policy has for the first.
  private func added(
    _ a: Tensor, _ b: Tensor, _ planned: Precision?, layer: String, _ switches: RoundingSwitches
  ) -> Tensor {
    let rule = policy.rule(.elementwise, layer: layer)
    let rounding = GradientRounding(switches, rule, context, layer: layer)
    guard switches.isOn(.gradientElementwise, layer) else {
      let sum = GradientSum(
        a: a.widened(to: .fp64), b: b.widened(to: .fp64), rule: exactRule(rule), context: context
      ).run(Double.self)
      return rounding.rounded(sum, to: planned)
    }
    let isOwn = rounding.isPolicys && a.precision == planned
    let (first, second) = (a.operand(of: rule, context), b.operand(of: rule, context))
    let sum = GradientSum(
      a: isOwn ? first : first.widened(to: rule.widest), b: second, rule: rule, context: context)
    let result = rule.compute.run(sum).heldInFP64(context)
    return isOwn ? result : rounding.rounded(result, to: planned)
  }
}

/// How a gradient is brought to a format: by the precision, by the range, by both or by neither.
private struct GradientRounding {
  let roundsOutput: Bool
  let isInRange: Bool
  let rule: OperationRule
  let context: StepContext

  init(
    _ switches: RoundingSwitches, _ rule: OperationRule, _ context: StepContext, layer: String
  ) {
    roundsOutput = switches.isOn(.gradientOutputs, layer)
    isInRange = switches.isOn(.gradientRange, layer)
    self.rule = rule
    self.context = context
  }

  /// Whether it is as the policy has it.
  var isPolicys: Bool { roundsOutput && isInRange }

  /// A gradient in the policy's format, or what of that is on.
  func rounded(_ gradient: Tensor, to planned: Precision?) -> Tensor {
    guard let planned, rule.rounds(to: planned) else { return gradient }
    guard roundsOutput else {
      guard isInRange, planned.wantsScale else { return gradient }
      return gradient.limited(as: gradient.rounded(to: planned, rule, context), context)
    }
    let format = planned.inRange(isInRange)
    return gradient.precision.isContained(in: format)
      ? gradient : gradient.rounded(to: format, rule, context)
  }
}

/// The backward pass of one operation with switches.
private struct SwitchedOperation<P: Primitive> {
  let primitive: P
  let rule: OperationRule
  let exact: OperationRule
  let context: StepContext
  let layer: String

  func gradients(
    _ gradient: Tensor, _ pass: ForwardPass, _ switches: RoundingSwitches, _ planned: [Precision?]
  ) -> [Tensor?] {
    let rounding = GradientRounding(switches, rule, context, layer: layer)
    func rounded(_ gradients: [Tensor?]) -> [Tensor?] {
      zip(gradients, planned).map { gradient, planned in
        gradient.map { rounding.rounded($0, to: planned) }
      }
    }
    // A cast's gradient is the same values in the format of its input.
    if primitive is Cast { return rounded([pass.arrived ?? gradient]) }
    let isSum = OperationClass.summing.contains(primitive.operationClass)
    guard switches.isOn(isSum ? .gradientSums : .gradientElementwise, layer) else {
      let task = Gradients(
        primitive: primitive, rule: exact, context: context, gradient: gradient.widened(to: .fp64),
        pass: pass.mapped { $0.heldInFP64(context).widened(to: .fp64) })
      return rounded(task.run(Double.self))
    }
    var own = rule
    let formats = Set(planned.compactMap { $0?.inRange(rounding.isInRange) })
    if !formats.contains(where: rule.rounds) {
      // The arithmetic's own numbers: nothing is rounded further.
    } else if !rounding.roundsOutput || (formats.count > 1 && !rounding.isInRange) {
      own.gradientOutput = rule.widest
    } else if formats.count == 1 {
      // The kernel's to round to: attention rounds inside, too.
      own.gradientOutput = formats.first
    }
    let task = Gradients(
      primitive: primitive, rule: own, context: context,
      gradient: gradient.operand(of: rule, context),
      pass: pass.mapped { $0.operand(of: rule, context) })
    return rounded(rule.compute.run(task).map { $0?.heldInFP64(context) })
  }
}

extension ForwardPass {
  fileprivate func mapped(_ change: (Tensor) -> Tensor) -> ForwardPass {
    ForwardPass(
      inputs: inputs.map(change), output: change(output), saved: saved.map(change),
      needsGradient: needsGradient, arrived: arrived.map(change))
  }
}

extension OperationRule {
  /// The format of results that are not rounded after the arithmetic.
  fileprivate var widest: Precision { compute.precision }

  /// Whether a format has not every number of the arithmetic: results are then rounded once more.
  fileprivate func rounds(to precision: Precision) -> Bool {
    !compute.precision.isContained(in: precision)
  }
}

extension Precision {
  /// Whether gradients in it want a loss scale.
  fileprivate var wantsScale: Bool { format.map(GradientMagnitudes.wantScale) ?? false }

  /// The format, or the one of the same precision whose exponents are FP32's.
  fileprivate func inRange(_ isNarrow: Bool) -> Precision {
    guard !isNarrow, wantsScale, case .format(let format) = self else { return self }
    return .format(
      Format(exponentBits: Format.fp32.exponentBits, fractionBits: format.fractionBits))
  }
}
