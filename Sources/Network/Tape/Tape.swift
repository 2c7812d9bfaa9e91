// SPDX-License-Identifier: Apache-2.0
import Measurements
import Policies

/// The operations of one forward pass in the order in which they ran, each with its layer, and
/// their backward pass.
///
/// Every value and every gradient is shown to the observer once, when it is finished, and given
/// back as soon as nothing needs it: memory is what the forward pass keeps.
package struct Tape {
  /// A handle of a value on the tape.
  package struct Index: Hashable, Sendable {
    let position: Int
  }

  /// A finished tensor of the pass.
  package struct Event {
    package let layer: String
    package let operation: String
    package let kind: TensorKind
    package let tensor: Tensor
    /// What the reference's arithmetic makes of the same operands; nil without a replay.
    package let exact: Tensor?
    /// k, where both are 2^k times what they stand for, as FP8 stores its tensors.
    package var exponent = 0
    /// Of a cast, which the reference does not have, the tensor that it rounds.
    package var source: TensorTag?

    /// A finished tensor with where it belongs.
    package init(
      layer: String, operation: String, kind: TensorKind, tensor: Tensor, exact: Tensor?,
      exponent: Int = 0, source: TensorTag? = nil
    ) {
      self.layer = layer
      self.operation = operation
      self.kind = kind
      self.tensor = tensor
      self.exact = exact
      self.exponent = exponent
      self.source = source
    }
  }

  /// The layer of the loss: a scalar with a column of its own, which no observer is shown.
  package static let lossLayer = "loss"

  private(set) var nodes: [Node] = []
  private var casts: [CastKey: Index] = [:]
  private var castNumbers: [String: Int] = [:]
  private var parameters: [String: Index] = [:]
  /// What the backward pass left.
  var parameterGradients: [Int: Tensor] = [:]
  /// The policy of every operation.
  package let policy: Policy
  /// Memory, threads, seeds.
  package let context: StepContext
  /// Whether layers behave as in training: dropout drops, batches are normalized by themselves.
  let isTraining: Bool
  /// Running averages by layer, which batch normalization reads outside training.
  let statistics: [String: RunningStatistics]
  /// Mean and variance of the batch by layer, in training.
  package private(set) var batchStatistics: [String: BatchStatistics] = [:]
  /// The reference's arithmetic on the pass's own operands; nil where errors are not told apart.
  let replay: Replay?
  /// Called with each finished tensor.
  let observe: ((Event) -> Void)?
  /// What rounds in the forward pass; nil where the policy says it.
  let switched: SwitchedForward?

  private struct CastKey: Hashable {
    let source: Index
    let precision: Precision
    let isScaled: Bool
  }

  /// The empty tape.
  package init(
    _ policy: Policy, _ context: StepContext, isTraining: Bool = true,
    statistics: [String: RunningStatistics] = [:], replay: Replay? = nil,
    switched: SwitchedForward? = nil, observe: ((Event) -> Void)? = nil
  ) {
    self.policy = policy
    self.context = context
    self.isTraining = isTraining
    self.statistics = statistics
    self.replay = replay
    self.switched = switched
    self.observe = observe
  }

  /// The value of a node.
  ///
  /// - Precondition: the backward pass has not given it back.
  package func value(_ index: Index) -> Tensor {
    guard let value = nodes[index.position].value else { preconditionFailure("a value given back") }
    return value
  }

  /// The operations that ran, each with its layer.
  package var operations: [LayerOperation] {
    nodes.compactMap { node in
      node.operationClass.map { LayerOperation(layer: node.layer, operation: $0) }
    }
  }

  /// The gradient of a parameter, after the backward pass; nil where the loss does not depend on
  /// it.
  package func gradient(_ index: Index) -> Tensor? { parameterGradients[index.position] }

  /// The bytes, each value in its format, of what the backward pass reads of the forward pass:
  /// narrower copies of parameters, and everything else but the parameters.
  package var keptBytes: (copies: Int, activations: Int) {
    var counted = Set(
      nodes.filter(\.isParameter).compactMap { $0.value?.storage.identity })
    func bytes(_ tensors: [Tensor]) -> Int {
      tensors.reduce(0) { sum, tensor in
        counted.insert(tensor.storage.identity).inserted ? sum + tensor.bytesInFormat : sum
      }
    }
    let copies = bytes(
      nodes.compactMap { node in
        node.operationClass == .elementwise && node.inputs.count == 1
          && nodes[node.inputs[0].position].isParameter ? node.value : nil
      })
    return (copies, bytes(needed))
  }

  /// The tensors that the backward pass reads: parameters, values, and what operations saved.
  package var needed: [Tensor] {
    var tensors: [Tensor] = []
    for node in nodes where node.needsGradient {
      tensors += node.saved
      if node.reads.inputs { tensors += node.inputs.map { value($0) } }
      if node.reads.output, let value = node.value { tensors.append(value) }
    }
    return tensors
  }

  // MARK: Forward

  /// A parameter as a leaf.
  @discardableResult
  package mutating func parameter(_ value: Tensor, layer: String, name: String) -> Index {
    let index = append(
      Node(
        layer: layer, operation: name, needsGradient: true, isParameter: true,
        isGradientHidden: false, value: value, precision: plannedPrecision))
    parameters["\(layer).\(name)"] = index
    return index
  }

  /// The parameter of a layer.
  ///
  /// - Precondition: it was put on the tape.
  func parameter(_ layer: String, _ name: String) -> Index {
    guard let index = parameters["\(layer).\(name)"] else {
      preconditionFailure("no parameter \(layer).\(name)")
    }
    return index
  }

  /// Data as a leaf without a gradient.
  package mutating func input(_ value: Tensor) -> Index {
    observe?(
      Event(
        layer: "input", operation: "input", kind: .activation, tensor: value,
        exact: replay?.converted(value)))
    return append(
      Node(
        layer: "input", operation: "input", needsGradient: false, isGradientHidden: true,
        value: switched == nil ? value : value.heldInFP64(context), precision: value.precision))
  }

  /// The output of an operation on values of the tape, each cast first to what the policy has the
  /// operation read.
  mutating func apply<P: Primitive>(
    _ primitive: P, to inputs: [Index], layer: String
  ) -> Index {
    let rule = policy.rule(primitive.operationClass, layer: layer)
    var operands = inputs
    for i in operands.indices {
      let isAddend = primitive.addends.contains(i)
      guard let precision = isAddend ? rule.addendFormat : rule.operands else { continue }
      operands[i] = cast(
        inputs[i], to: precision, isScaled: rule.scalesOperands && !isAddend, layer: layer,
        position: i)
    }
    return run(primitive, rule, operands, layer: layer)
  }

  /// The value in another precision, as autocast inserts it: once for all operations that want it.
  private mutating func cast(
    _ source: Index, to precision: Precision, isScaled: Bool, layer: String, position: Int
  ) -> Index {
    let node = nodes[source.position]
    guard node.precision != precision || isScaled else { return source }
    let key = CastKey(source: source, precision: precision, isScaled: isScaled)
    if let index = casts[key] { return index }
    let name =
      node.isParameter
      ? "\(node.operation)-cast" : position == 0 ? "input-cast" : "input\(position + 1)-cast"
    // A layer of several operations may cast several inputs: a tag names one tensor of a step.
    let number = castNumbers["\(layer).\(name)", default: 0] + 1
    castNumbers["\(layer).\(name)"] = number
    let index = run(
      Cast(
        operation: number == 1 ? name : "\(name)-\(number)", precision: precision,
        isScaled: isScaled), policy.castRule(layer),
      [source], layer: layer)
    casts[key] = index
    return index
  }

  private mutating func run<P: Primitive>(
    _ primitive: P, _ rule: OperationRule, _ inputs: [Index], layer: String
  ) -> Index {
    if let switched { return run(primitive, rule, inputs, layer: layer, switched) }
    let operands = inputs.map { value($0) }
    let pass = rule.compute.run(
      Operation(primitive: primitive, rule: rule, context: context, inputs: operands))
    let result = pass.result
    let first = inputs.first.map { nodes[$0.position] }
    let isCast = primitive is Cast
    let isCopy = isCast && first?.isParameter == true
    let isExact = first.map { result.output.precision.isContained(in: $0.precision) } ?? false
    let index = append(
      Node(
        layer: layer, operation: primitive.operation, operationClass: primitive.operationClass,
        backward: pass.backward, prepare: pass.prepare,
        replayed: replay.map { replay in
          { replay.backward(primitive, $0, $1, layer: layer) }
        }, inputs: inputs,
        needsGradient: inputs.contains { nodes[$0.position].needsGradient },
        reads: (primitive.backwardReadsInputs, primitive.backwardReadsOutput),
        isGradientHidden: isCopy || primitive.passesGradientOn || (isCast && isExact),
        value: result.output, saved: result.saved, isCast: isCast,
        gradientTerms: operands.count > 1 ? primitive.gradientTerms(weights: operands[1]) : nil))
    if layer != Self.lossLayer {
      observe?(
        Event(
          layer: layer, operation: primitive.operation, kind: isCopy ? .weight : .activation,
          tensor: result.scaled?.stored ?? result.output,
          exact: replay?.forward(
            primitive, operands, layer: layer, exponent: result.scaled?.exponent ?? 0),
          exponent: result.scaled?.exponent ?? 0,
          source: isCast
            ? first.map {
              TensorTag(
                layer: $0.layer, operation: $0.operation, kind: isCopy ? .weight : .activation)
            } : nil))
    }
    return index
  }

  mutating func append(_ node: Node) -> Index {
    nodes.append(node)
    return Index(position: nodes.count - 1)
  }

  /// What an operation kept for its backward pass.
  func saved(_ index: Index) -> [Tensor] { nodes[index.position].saved }

  /// Keeps what a layer found of its batch.
  mutating func keep(_ statistics: BatchStatistics, of layer: String) {
    batchStatistics[layer] = statistics
  }
}
