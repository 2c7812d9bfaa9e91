// SPDX-License-Identifier: Apache-2.0
import Measurements
import Policies

extension Tape {
  /// Propagates the gradient `seed` of a value to every parameter it depends on, and gives back what
  /// the forward pass kept.
  ///
  /// A value with several consumers has the sum of their gradients, taken from the last consumer to
  /// the first, each partial sum rounded to the value's format.
  ///
  /// - Parameter layers: by which layers scale the gradients that they pass on; those of parameters
  ///   are left without these scales. Nil: none does.
  package mutating func backward(
    from index: Index, seed: Tensor, layers: LayerScaling? = nil
  ) {
    parameterGradients = propagated(
      from: index, seed: seed, releases: true, layers: layers.map { LayerScales(rule: $0) }, observe
    )
  }

  /// The formats of the values and of the gradients that `backward` makes, and the gradients of
  /// parameters; what the forward pass kept stays.
  package func plan(
    of leaves: [Index], from index: Index, seed: Tensor
  ) -> (plan: RoundingPlan, gradients: [Tensor?]) {
    var plan = RoundingPlan()
    plan.values = nodes.map(\.precision)
    let gradients = propagated(from: index, seed: seed, releases: false, nil) {
      plan.gradients[$0] = $1.map { $0?.precision }
    }
    return (plan, leaves.map { gradients[$0.position] })
  }

  /// The gradients of parameters from the gradient `seed` of a value, as `backward` propagates it;
  /// what the forward pass kept stays for another pass. Those of parameters that the value does not
  /// depend on are nil.
  ///
  /// Passes may run beside each other unless one rounds at random.
  ///
  /// - Parameter observe: is shown every finished gradient.
  package func gradients(
    of leaves: [Index], from index: Index, seed: Tensor, observe: ((Event) -> Void)?
  ) -> [Tensor?] {
    let gradients = propagated(from: index, seed: seed, releases: false, observe)
    return leaves.map { gradients[$0.position] }
  }

  /// The gradients of parameters by their positions.
  private func propagated(
    from index: Index, seed: Tensor, releases: Bool, layers: LayerScales? = nil,
    _ observe: ((Event) -> Void)?,
    record: ((_ position: Int, _ gradients: [Tensor?]) -> Void)? = nil
  ) -> [Int: Tensor] {
    var gradients = [CarriedGradient?](repeating: nil, count: nodes.count)
    var ofParameters: [Int: Tensor] = [:]
    gradients[index.position] = CarriedGradient(tensor: seed, exact: replay?.converted(seed))
    for (position, node) in nodes.enumerated().reversed() {
      let carried = gradients[position]
      gradients[position] = nil
      defer { if releases, !node.isParameter, position != index.position { node.release() } }
      guard node.needsGradient, let carried else { continue }
      let arrived = carried.tensor
      if node.isParameter {
        ofParameters[position] = scaled(arrived, by: -carried.exponent, layer: node.layer)
      }
      let cast = castGradient(arrived, of: node)
      if !node.isGradientHidden, node.layer != Self.lossLayer {
        let exponent = cast?.scaled?.exponent ?? 0
        observe?(
          Event(
            layer: node.layer, operation: node.operation,
            kind: node.isParameter ? .weightGradient : .activationGradient,
            tensor: cast.map { $0.observed(after: arrived) } ?? arrived,
            exact: carried.exact.map { replay?.scaled($0, by: exponent) ?? $0 },
            exponent: exponent + carried.exponent))
      }
      guard let backward = node.backward else { continue }
      let gradient = cast?.output ?? arrived
      var pass = forwardPass(of: node, at: position)
      pass.arrived = arrived
      let scale = layers?.exponent(of: node, gradient, pass, carrying: carried.exponent) ?? 0
      let found =
        scale == 0
        ? backward(gradient, pass)
        : gradientsScaled(by: scale, of: node, backward, gradient, pass)
      record?(position, found)
      let exact = replay == nil ? nil : node.replayed?(arrived, pass)
      for (operand, (input, gradient)) in zip(node.inputs, found).enumerated() {
        guard let gradient, nodes[input.position].needsGradient else { continue }
        // A layer's scale is that of its first operand's gradient alone.
        let own = operand == 0 ? scale : 0
        let new = CarriedGradient(
          tensor: gradient, exact: exact?[operand].map { replay?.scaled($0, by: own) ?? $0 },
          exponent: carried.exponent + own)
        gradients[input.position] =
          gradients[input.position].map { added($0, new, layers, layer: node.layer) } ?? new
      }
    }
    return ofParameters
  }

  /// The gradient as the policy has the operation read it; nil where that is as it arrives.
  private func castGradient(_ gradient: Tensor, of node: Node) -> ForwardResult? {
    guard let operationClass = node.operationClass else { return nil }
    let rule = policy.rule(operationClass, layer: node.layer)
    guard let precision = rule.gradients else { return nil }
    let cast = Cast(operation: "gradient-cast", precision: precision, isScaled: rule.scalesOperands)
    let kernel = Kernel<Float>(rule: policy.castRule(node.layer), context: context)
    return cast.forward([gradient], kernel)
  }

  /// The gradients of a layer's operands: the first one's from the layer's gradient times
  /// 2^`exponent`, the others' from that gradient as it is.
  private func gradientsScaled(
    by exponent: Int, of node: Node, _ backward: Backward, _ gradient: Tensor, _ pass: ForwardPass
  ) -> [Tensor?] {
    let operands = node.inputs.indices
    var first = pass
    first.needsGradient = operands.map { $0 == 0 && pass.needsGradient[0] }
    var others = pass
    others.needsGradient = operands.map { $0 > 0 && pass.needsGradient[$0] }
    let passedOn = backward(scaled(gradient, by: exponent, layer: node.layer), first)
    return Array(passedOn.prefix(1) + backward(gradient, others).dropFirst())
  }

  /// A gradient times 2^`exponent`, in its format.
  private func scaled(_ gradient: Tensor, by exponent: Int, layer: String) -> Tensor {
    guard exponent != 0 else { return gradient }
    return policy.held.run(
      ScaledValues(x: gradient, exponent: exponent, rule: policy.castRule(layer), context: context))
  }

  /// The sum of two gradients of a value, of the same scale.
  private func added(
    _ a: CarriedGradient, _ b: CarriedGradient, _ layers: LayerScales?, layer: String
  ) -> CarriedGradient {
    let exponent = layers?.common(a, b) ?? 0
    let (x, y) = (
      scaled(a.tensor, by: exponent - a.exponent, layer: layer),
      scaled(b.tensor, by: exponent - b.exponent, layer: layer)
    )
    let rule = policy.rule(.elementwise, layer: layer)
    var sum = CarriedGradient(
      tensor: rule.compute.run(GradientSum(a: x, b: y, rule: rule, context: context)),
      exponent: exponent)
    if let replay, let x = a.exact, let y = b.exact {
      sum.exact = replay.added(
        replay.scaled(x, by: exponent - a.exponent), replay.scaled(y, by: exponent - b.exponent))
    }
    return sum
  }
}

/// A gradient on its way through a backward pass.
struct CarriedGradient {
  /// The gradient.
  var tensor: Tensor
  /// What the reference's arithmetic makes of the consumers' operands; nil without a replay.
  var exact: Tensor?
  /// k, where both are 2^k times what the loss scale alone would make of them.
  var exponent = 0
}

extension ForwardResult {
  /// The tensor of a cast as it is stored, with what both its own rounding and the one before it
  /// did.
  fileprivate func observed(after source: Tensor) -> Tensor {
    var tensor = scaled?.stored ?? output
    if source.rounded != tensor.rounded {
      tensor.range = source.range.map { before in
        tensor.range.map { before.followed(by: $0) } ?? before
      }
    }
    return tensor
  }
}

extension Policy {
  /// How a cast rounds: by the elementwise rule of its layer, without primitives of its own.
  func castRule(_ layer: String) -> OperationRule {
    var rule = rule(.elementwise, layer: layer)
    rule.compute = held
    rule.operands = nil
    rule.output = nil
    return rule
  }
}
