// SPDX-License-Identifier: Apache-2.0
import Measurements

/// The operations of one forward pass in the order in which they ran, each with its layer and
/// operation, and after `backward` with its gradient.
///
/// Every value has exactly one consumer, so that no gradient is a sum whose order would have to be
/// part of the policy.
struct Tape<A: TrainingArithmetic> {
  typealias Value = Tensor<A.Scalar>

  /// A handle of a value on the tape.
  struct Index: Hashable, Sendable {
    let position: Int
  }

  /// A value and how it arose.
  struct Node {
    /// The layer it belongs to.
    let layer: String
    /// The operation, or the parameter's name for a leaf.
    let operation: String
    /// The backward pass of the operation that made it; nil for a parameter.
    ///
    /// A closure over the concrete primitive, not the primitive behind a protocol: the compiler
    /// then specialises the loops for the arithmetic.
    let backward: ((_ gradient: Value, _ inputs: [Value], _ output: Value) -> [Value?])?
    /// Whether the operation only changed the precision.
    let isCast: Bool
    /// Whether its gradient is also that of its first input, value for value.
    let passesGradientOn: Bool
    /// The values it was made from.
    let inputs: [Index]
    /// The value.
    let value: Value
    /// The gradient of the (scaled) loss; nil before `backward` and where none is needed.
    var gradient: Value?

    /// Whether it is a parameter and not the output of an operation.
    var isParameter: Bool { backward == nil }
  }

  /// The nodes in the order of the forward pass.
  private(set) var nodes: [Node] = []
  /// The arithmetic of every node.
  let engine: Engine<A>

  /// The empty tape.
  init(_ engine: Engine<A>) {
    self.engine = engine
  }

  /// The node of a value.
  func node(_ index: Index) -> Node { nodes[index.position] }

  /// The value of a node.
  func value(_ index: Index) -> Value { nodes[index.position].value }

  /// A parameter as a leaf.
  mutating func parameter(_ value: Value, layer: String, name: String) -> Index {
    append(
      Node(
        layer: layer, operation: name, backward: nil, isCast: false,
        passesGradientOn: false, inputs: [], value: value))
  }

  /// The output of an operation on values of the tape.
  mutating func apply<P: Primitive>(
    _ primitive: P, to inputs: [Index], layer: String
  ) -> Index where P.A == A {
    let values = inputs.map { value($0) }
    let output = primitive.forward(values, engine)
    return append(
      Node(
        layer: layer, operation: primitive.operation,
        backward: { [engine] in primitive.backward($0, inputs: $1, output: $2, engine) },
        isCast: primitive is Cast<A>,
        passesGradientOn: primitive.passesGradientOn(values, output: output), inputs: inputs,
        value: output))
  }

  private mutating func append(_ node: Node) -> Index {
    nodes.append(node)
    return Index(position: nodes.count - 1)
  }

  /// Propagates the gradient `seed` of the last node to every node before it.
  mutating func backward(from seed: Value) {
    guard let last = nodes.indices.last else { return }
    nodes[last].gradient = seed
    for position in nodes.indices.reversed() {
      let node = nodes[position]
      guard let backward = node.backward, let gradient = node.gradient else { continue }
      let gradients = backward(gradient, node.inputs.map { value($0) }, node.value)
      for (input, gradient) in zip(node.inputs, gradients) {
        guard let gradient else { continue }
        precondition(nodes[input.position].gradient == nil, "a value with two consumers")
        nodes[input.position].gradient = gradient
      }
    }
  }
}
