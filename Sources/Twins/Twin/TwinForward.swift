// SPDX-License-Identifier: Apache-2.0
import Datasets
import Network

/// A model's forward pass on a tape, from which backward passes start.
struct TwinForward {
  var tape: Tape
  /// The parameters on the tape, in the model's order.
  let leaves: [Tape.Index]
  let prediction: Tape.Index
  let loss: Tape.Index

  /// The forward pass of a twin's model from some weights, parameter by parameter.
  init(_ twin: Twin, _ batch: Minibatch, _ tape: Tape, _ weights: [Tensor]) {
    var tape = tape
    leaves = zip(twin.parameters, weights).map {
      tape.parameter($1, layer: $0.layer, name: $0.name)
    }
    prediction = twin.model.predict(batch, &tape)
    loss = twin.model.loss(prediction, batch, &tape)
    self.tape = tape
  }
}
