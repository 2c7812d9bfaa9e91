// SPDX-License-Identifier: Apache-2.0
import Formats
import Policies

/// What one operation of a step multiplies, reads and writes, by shapes and formats.
package struct OperationWork: Sendable, Hashable {
  /// The layer.
  package var layer: String
  /// The class; casts and sums of gradients are elementwise.
  package var operation: OperationClass
  /// Whether it is of the backward pass.
  package var isBackward: Bool
  /// Multiplications, each with an addition: of a product those of its sums, of anything else one
  /// for every value that it reads.
  package var multiplyAdds: Int
  /// The formats that a product multiplies; of anything else its arithmetic.
  package var operands: [Precision]
  /// The format of the sums.
  package var sums: Precision
  /// The bytes of what it reads and writes, every value in its format.
  package var bytes: Int

  /// An operation's work.
  package init(
    layer: String, operation: OperationClass, isBackward: Bool, multiplyAdds: Int,
    operands: [Precision], sums: Precision, bytes: Int
  ) {
    self.layer = layer
    self.operation = operation
    self.isBackward = isBackward
    self.multiplyAdds = multiplyAdds
    self.operands = operands
    self.sums = sums
    self.bytes = bytes
  }

  /// Whether matrix units can compute it.
  package var isProduct: Bool { OperationClass.summing.contains(operation) }
}

extension Tape {
  /// What the operations of both passes do: no two are joined, so that each reads its operands from
  /// memory and writes its results to it.
  ///
  /// - Precondition: the plan is of this tape, whose values the backward pass has not given back.
  package func work(_ plan: RoundingPlan) -> [OperationWork] {
    var work = nodes.indices.compactMap { forward($0) }
    var arrived = [Precision?](repeating: nil, count: nodes.count)
    for (position, node) in nodes.enumerated().reversed() {
      guard let gradients = plan.gradients[position] else { continue }
      work += backward(position, arrived[position] ?? node.precision, gradients)
      for (input, precision) in zip(node.inputs, gradients) {
        guard let precision, nodes[input.position].needsGradient else { continue }
        guard let first = arrived[input.position] else {
          arrived[input.position] = precision
          continue
        }
        let count = value(input).count
        work.append(
          elementwise(
            node.layer, isBackward: true, reads: 2 * count,
            bytes: count * (2 * first.bytes + precision.bytes)))
      }
    }
    return work
  }

  private func elementwise(
    _ layer: String, _ operation: OperationClass = .elementwise, isBackward: Bool, reads: Int,
    bytes: Int
  ) -> OperationWork {
    let arithmetic = policy.rule(operation, layer: layer).compute.precision
    return OperationWork(
      layer: layer, operation: operation, isBackward: isBackward, multiplyAdds: reads,
      operands: [arithmetic], sums: arithmetic, bytes: bytes)
  }

  /// Whether a matrix unit makes a cast as it reads: to TF32, whose numbers lie in memory as
  /// FP32's.
  private func isOfUnit(_ node: Node) -> Bool {
    node.isCast && node.precision == .format(.tf32)
  }

  /// The tensors that an operation reads.
  private func operands(_ node: Node) -> [Tensor] { node.inputs.map { value($0) } }

  private func forward(_ position: Int) -> OperationWork? {
    let node = nodes[position]
    guard let operation = node.operationClass, let output = node.value, !isOfUnit(node)
    else { return nil }
    let inputs = operands(node)
    let written = output.bytesInFormat + node.saved.reduce(0) { $0 + $1.bytesInFormat }
    // Rows of a table, not the table.
    let isTable = operation == .embedding
    let read = isTable ? output.bytesInFormat : inputs.reduce(0) { $0 + $1.bytesInFormat }
    guard let count = multiplyAdds(node, output) else {
      let reads = isTable ? output.count : inputs.reduce(0) { $0 + $1.count }
      return elementwise(
        node.layer, operation, isBackward: false, reads: reads, bytes: read + written)
    }
    return product(
      node, operation, isBackward: false, count, matrices(node).map(\.precision),
      bytes: read + written)
  }

  private func product(
    _ node: Node, _ operation: OperationClass, isBackward: Bool, _ count: Int,
    _ operands: [Precision], bytes: Int
  ) -> OperationWork {
    let sums = policy.rule(operation, layer: node.layer).accumulation.format
    return OperationWork(
      layer: node.layer, operation: operation, isBackward: isBackward, multiplyAdds: count,
      operands: operands, sums: Precision(id: sums.rawValue) ?? .fp32, bytes: bytes)
  }

  /// The operands of a product that are no vectors: biases are only added.
  private func matrices(_ node: Node) -> [Tensor] {
    operands(node).filter { $0.shape.count > 1 }
  }

  /// The multiplications of a product in the forward pass; nil for what is none.
  ///
  /// A layer's: each of its weights for every position, a position being a row, or a pixel, of the
  /// result. Attention's: all scores and all sums of values, with those that the mask hides.
  private func multiplyAdds(_ node: Node, _ output: Tensor) -> Int? {
    guard let operation = node.operationClass, OperationClass.summing.contains(operation),
      !node.isCast, let first = node.inputs.first.map({ value($0) })
    else { return nil }
    if operation == .attention {
      let context = output.shape.count > 1 ? output.shape[output.shape.count - 2] : 1
      return 2 * output.count * context
    }
    let weights = node.inputs.dropFirst().map { value($0) }.filter { $0.shape.count > 1 }
    // What has no weights has a class of products without being one.
    guard !weights.isEmpty, first.columns > 0 else { return nil }
    let channels = operation == .convolution ? weights[0].shape[0] : output.columns
    return output.count / max(channels, 1) * weights.reduce(0) { $0 + $1.count }
  }

  private func backward(
    _ position: Int, _ arrived: Precision, _ gradients: [Precision?]
  ) -> [OperationWork] {
    let node = nodes[position]
    guard let operation = node.operationClass, let output = node.value, !isOfUnit(node)
    else { return [] }
    var work: [OperationWork] = []
    var read = arrived
    let rule = policy.rule(operation, layer: node.layer)
    if let cast = rule.gradients, cast != .format(.tf32), cast != arrived || rule.scalesOperands,
      !node.isCast
    {
      work.append(
        elementwise(
          node.layer, isBackward: true, reads: output.count,
          bytes: output.count * (arrived.bytes + cast.bytes)))
      read = cast
    }
    let inputs = operands(node)
    let written = zip(inputs, gradients).reduce(0) { $0 + $1.0.count * ($1.1?.bytes ?? 0) }
    var bytes = output.count * read.bytes + written
    bytes += node.saved.reduce(0) { $0 + $1.bytesInFormat }
    if node.reads.inputs { bytes += inputs.reduce(0) { $0 + $1.bytesInFormat } }
    if node.reads.output { bytes += output.bytesInFormat }
    guard let count = multiplyAdds(node, output) else {
      // A gradient that is passed on as it is costs nothing.
      if node.isGradientHidden, !node.isCast, !node.reads.inputs, !node.reads.output { return work }
      let reads = output.count + (node.reads.inputs ? inputs.reduce(0) { $0 + $1.count } : 0)
      work.append(
        elementwise(node.layer, operation, isBackward: true, reads: reads, bytes: bytes))
      return work
    }
    // One product for the operand's gradient and one for the weights'; attention has two for each.
    let isFirst = gradients.first.map { $0 == nil } ?? true
    work.append(
      product(
        node, operation, isBackward: true,
        operation == .attention ? 2 * count : isFirst ? count : 2 * count,
        matrices(node).map(\.precision) + [read], bytes: bytes))
    return work
  }
}
