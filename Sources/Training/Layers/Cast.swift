// SPDX-License-Identifier: Apache-2.0

/// y = x in another precision, as autocast inserts it before an operation on its low-precision
/// list. Gradient: the same values in the precision of x.
struct Cast<A: TrainingArithmetic>: Primitive {
  let precision: Precision
  let operation: String

  func forward(_ inputs: [Tensor<A.Scalar>], _ engine: Engine<A>) -> Tensor<A.Scalar> {
    converted(inputs[0], to: precision, engine)
  }

  func backward(
    _ gradient: Tensor<A.Scalar>, inputs: [Tensor<A.Scalar>], output: Tensor<A.Scalar>,
    _ engine: Engine<A>
  ) -> [Tensor<A.Scalar>?] {
    [converted(gradient, to: inputs[0].precision, engine)]
  }

  func passesGradientOn(_ inputs: [Tensor<A.Scalar>], output: Tensor<A.Scalar>) -> Bool {
    Self.isExact(from: output.precision, to: inputs[0].precision)
  }

  /// Whether every value of a precision is one of the target.
  private static func isExact(from source: Precision, to target: Precision) -> Bool {
    source == target || (target == .fp32 && source != .fp64)
  }

  /// A widening changes no value, so it keeps the counts of the rounding before it: an FP32
  /// gradient that was FP16 a moment ago has FP16's losses.
  private func converted(_ x: Tensor<A.Scalar>, to target: Precision, _ engine: Engine<A>)
    -> Tensor<A.Scalar>
  {
    guard Self.isExact(from: x.precision, to: target) else {
      return engine.store(x.values, rows: x.rows, columns: x.columns, as: target)
    }
    return Tensor(
      rows: x.rows, columns: x.columns, values: x.values, precision: target, range: x.range,
      rounded: x.rounded)
  }
}
