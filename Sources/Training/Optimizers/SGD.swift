// SPDX-License-Identifier: Apache-2.0

/// Gradient descent without memory: d = -lr g.
struct SGD<A: TrainingArithmetic>: Sendable {
  private let learningRate: A.Scalar

  init(learningRate: Double) {
    self.learningRate = A.round(A.scalar(learningRate))
  }

  /// d before its rounding to the optimizer's format.
  func update(_ gradient: [A.Scalar]) -> [A.Scalar] { gradient.map { -learningRate * $0 } }
}
