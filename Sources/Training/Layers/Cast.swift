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

  /// A widening changes no value, so it keeps the counts of the rounding before it: an FP32
  /// gradient that was FP16 a moment ago has FP16's losses.
  private func converted(_ x: Tensor<A.Scalar>, to target: Precision, _ engine: Engine<A>)
    -> Tensor<A.Scalar>
  {
    guard x.precision == target || (target == .fp32 && x.precision != .fp64) else {
      return engine.store(x.values, rows: x.rows, columns: x.columns, as: target)
    }
    return Tensor(
      rows: x.rows, columns: x.columns, values: x.values, precision: target, range: x.range,
      rounded: x.rounded)
  }
}
