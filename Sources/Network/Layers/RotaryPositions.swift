// SPDX-License-Identifier: Apache-2.0
import Policies
import SoftFloat

/// Queries and keys turned by their positions (Su et al., "RoFormer", 2021) before an attention: of
/// each head's D values the i-th of the lower half, a, and the i-th of the upper half, b, become
/// a cos φ - b sin φ and b cos φ + a sin φ, φ = t θ, t the position in the context and θ =
/// 10000^(-2i/D). Halves are paired as Hugging Face's `rotate_half` pairs them.
///
/// X, Y: (B, T, C) with the heads that turn first and what follows, the values, as it is. t, θ,
/// their product and its cosine and sine are numbers of the arithmetic, all else is its primitives,
/// and one rounding to the result's format ends them, as in a fused kernel.
///
/// Gradient: dX is dY turned back, with the same angles.
struct RotaryPositions: Primitive {
  /// The heads that turn: those of queries and keys.
  let heads: Int
  /// The values of a head, D, an even number.
  let size: Int
  var operation: String { "rotary" }
  var operationClass: OperationClass { .elementwise }
  var backwardReadsInputs: Bool { false }
  private static let base = 10_000.0

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    return ForwardResult(output: turned(x, as: kernel.output(x), kernel) { $0 })
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    [turned(gradient, as: kernel.gradient(pass.inputs[0]), kernel) { -$0 }]
  }

  /// X with each head turned, `sine` being asked for the sine of an angle's.
  @inline(__always)
  private func turned<N: Number>(
    _ x: Tensor, as precision: Precision, _ kernel: Kernel<N>, sine: (N) -> N
  ) -> Tensor {
    precondition(
      x.shape.count == 3 && heads * size <= x.columns && size % 2 == 0, "\(x.shape) \(self)")
    let (context, columns, half) = (x.shape[1], x.columns, size / 2)
    let turns = turns(context, kernel)
    let (x0, turns0) = (x.values(N.self), turns.values(N.self))
    return withExtendedLifetime((x, turns)) {
      kernel.make(x.shape, as: precision, unit: columns, work: 3) { rows, target in
        for row in rows {
          let cosines = turns0 + row % context * size
          for head in 0..<heads {
            let lower = row * columns + head * size
            for i in 0..<half {
              let (a, b) = (x0[lower + i], x0[lower + half + i])
              let sine = sine(cosines[half + i])
              target[lower + i] = a * cosines[i] - b * sine
              target[lower + half + i] = b * cosines[i] + a * sine
            }
          }
          for i in row * columns + heads * size..<(row + 1) * columns { target[i] = x0[i] }
        }
      }
    }
  }

  /// The cosines and then the sines of each position's angles, shape (T, D).
  private func turns<N: Number>(_ context: Int, _ kernel: Kernel<N>) -> Tensor {
    let wide = kernel.rule.compute.precision
    let half = size / 2
    let logarithm = Elementary.log(Self.base)
    let frequencies = (0..<half).map {
      N(Elementary.exp(-Double(2 * $0) / Double(size) * logarithm))
    }
    // A tensor, so that MPFR's have their bits before they are multiplied.
    let positions = kernel.make([context], as: wide) { range, target in
      for t in range { target[t] = N(Double(t)) }
    }
    let t0 = positions.values(N.self)
    return withExtendedLifetime(positions) {
      kernel.make([context, size], as: wide, unit: size, work: 32) { rows, target in
        for t in rows {
          for i in 0..<half {
            (target[t * size + i], target[t * size + half + i]) = N.circular(t0[t] * frequencies[i])
          }
        }
      }
    }
  }
}
