// SPDX-License-Identifier: Apache-2.0

extension Tape {
  /// What an operation's backward pass sees.
  func forwardPass(of node: Node, at position: Int) -> ForwardPass {
    ForwardPass(
      inputs: node.inputs.map { value($0) }, output: value(Index(position: position)),
      saved: node.saved, prepared: node.prepared,
      needsGradient: node.inputs.map { nodes[$0.position].needsGradient })
  }

  /// Computes once what the backward passes that follow share, `gradients` several times: each has
  /// the bits that it would have without.
  package func prepareBackward() {
    for (position, node) in nodes.enumerated() where node.needsGradient {
      guard let prepare = node.prepare else { continue }
      node.prepared = prepare(forwardPass(of: node, at: position))
    }
  }
}
