// SPDX-License-Identifier: Apache-2.0
import Policies

extension Tape {
  /// The gradients of an operation's inputs from that of its output.
  typealias Backward = (Tensor, ForwardPass) -> [Tensor?]
  /// What several backward passes of an operation share.
  typealias Prepare = (ForwardPass) -> [Tensor]

  /// A value and how it arose. A class, for the passes read one node after another and a copy would
  /// retain all that it refers to.
  final class Node {
    let layer: String
    let operation: String
    /// The class of the operation, nil for a leaf.
    let operationClass: OperationClass?
    /// A closure over the concrete primitive and its arithmetic: the compiler specialises the
    /// loops.
    let backward: Backward?
    /// What is computed once for several backward passes; nil for none.
    let prepare: Prepare?
    /// The same in the reference's arithmetic; nil without a replay.
    let replayed: Backward?
    let inputs: [Index]
    let needsGradient: Bool
    /// Whether the backward pass reads the values of the inputs, and of the output.
    let reads: (inputs: Bool, output: Bool)
    let isParameter: Bool
    /// Whether its gradient is measured elsewhere, value for value.
    let isGradientHidden: Bool
    let isCast: Bool
    /// Of a layer with weights, what `Primitive.gradientTerms` says.
    let gradientTerms: Int?
    /// The backward pass with switches, of a tape that has them.
    let switched: SwitchedBackward?
    var value: Tensor?
    var saved: [Tensor]
    /// What was prepared for several backward passes.
    var prepared: [Tensor] = []
    /// The format of the value: with switches that of the policy's own step, whatever this one's is.
    let precision: Precision

    init(
      layer: String, operation: String, operationClass: OperationClass? = nil,
      backward: Backward? = nil, prepare: Prepare? = nil, replayed: Backward? = nil,
      inputs: [Index] = [],
      needsGradient: Bool, reads: (inputs: Bool, output: Bool) = (false, false),
      isParameter: Bool = false, isGradientHidden: Bool, value: Tensor, saved: [Tensor] = [],
      precision: Precision? = nil, isCast: Bool = false, gradientTerms: Int? = nil,
      switched: SwitchedBackward? = nil
    ) {
      self.layer = layer
      self.operation = operation
      self.operationClass = operationClass
      self.backward = backward
      self.prepare = prepare
      self.replayed = replayed
      self.inputs = inputs
      self.needsGradient = needsGradient
      self.reads = reads
      self.isParameter = isParameter
      self.isGradientHidden = isGradientHidden
      self.value = value
      self.saved = saved
      self.precision = precision ?? value.precision
      self.isCast = isCast
      self.gradientTerms = gradientTerms
      self.switched = switched
    }

    /// Gives back what only the backward pass needed.
    func release() {
      value = nil
      saved = []
      prepared = []
    }
  }
}
