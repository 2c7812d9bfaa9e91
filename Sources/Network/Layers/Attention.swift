// SPDX-License-Identifier: Apache-2.0
import Policies

/// O = softmax(Q Kᵀ / √D + mask) V for each of H heads (Vaswani et al., 2017): the input holds Q, K
/// and V side by side, shape (B, T, 3 H D), O: (B, T, H D), B the batch, T the context, D a head's
/// size. The mask lets a position see itself and those before it.
///
/// Plain attention: the scores S = Q Kᵀ and the probabilities P are tensors that are rounded to the
/// result's format; the scaling and softmax in between are computed in the elementwise arithmetic,
/// a row's sum being interleaved.
///
/// Gradients: dV = Pᵀ dO, dP = dO Vᵀ, dS = P (dP - Σ dP P) / √D, dQ = dS K, dK = dSᵀ Q; dP and dS
/// are rounded to the format of the input's gradient. A matrix unit reads P and dS rounded once
/// more, to the formats of the operands and the gradients, where those are others.
struct Attention: Primitive {
  let heads: Int
  var operation: String { "attention" }
  var operationClass: OperationClass { .attention }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    let layout = HeadLayout(x, heads: heads)
    let precision = kernel.output(x)
    let scores = kernel.products(
      layout, layout.part(x, .query), layout.part(x, .key, transposed: true), inner: layout.size,
      .squares, as: precision)
    let probabilities = softmax(scores, layout, precision, kernel)
    let output = kernel.products(
      layout, layout.squares(kernel.asOperand(probabilities)), layout.part(x, .value),
      inner: layout.context, .output,
      as: precision)
    return ForwardResult(output: output, saved: [probabilities])
  }

  /// The probabilities of scores, shape (H, B, T, T): zero above the diagonal.
  private func softmax<N: Number>(
    _ scores: Tensor, _ layout: HeadLayout, _ precision: Precision, _ kernel: Kernel<N>
  ) -> Tensor {
    let context = layout.context
    let source = scores.values(N.self)
    let scale = N(layout.scale)
    return withExtendedLifetime(scores) {
      kernel.make(scores.shape, as: precision, unit: context, work: 16) { rows, target in
        kernel.withScratch(2 * context) { scratch in
          for row in rows {
            let visible = row % context + 1
            let scaled = UnsafeMutableBufferPointer(rebasing: scratch[..<visible])
            let terms = UnsafeMutableBufferPointer(rebasing: scratch[context..<context + visible])
            for i in 0..<visible { scaled[i] = source[row * context + i] * scale }
            guard let base = scaled.baseAddress else { continue }
            let (_, total) = Softmax.exponentials(base, terms, kernel)
            let target = target + row * context
            for i in 0..<visible { target[i] = terms[i] / total }
            for i in visible..<context { target[i] = .zero }
          }
        }
      }
    }
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let x = pass.inputs[0]
    let layout = HeadLayout(x, heads: heads)
    let probabilities = pass.saved[0]
    let read = kernel.asOperand(probabilities)
    let precision = kernel.gradient(x)
    let dP = kernel.products(
      layout, layout.output(gradient), layout.part(x, .value, transposed: true), inner: layout.size,
      .squares, as: precision)
    let dS = kernel.asGradient(scoreGradient(dP, probabilities, layout, precision, kernel))
    let buffer = TensorBuffer<N.Element>(count: x.count, pool: kernel.context.pool)
    kernel.products(
      layout, layout.squares(dS), layout.part(x, .key), inner: layout.context, .part(.query),
      into: buffer)
    kernel.products(
      layout, layout.squares(dS, transposed: true), layout.part(x, .query), inner: layout.context,
      .part(.key), into: buffer)
    kernel.products(
      layout, layout.squares(read, transposed: true), layout.output(gradient),
      inner: layout.context, .part(.value), into: buffer)
    return [kernel.finish(buffer, x.shape, as: precision) { _, _ in }]
  }

  /// dS = P (dP - Σ dP P) / √D, row by row.
  private func scoreGradient<N: Number>(
    _ dP: Tensor, _ probabilities: Tensor, _ layout: HeadLayout, _ precision: Precision,
    _ kernel: Kernel<N>
  ) -> Tensor {
    let context = layout.context
    let (dP0, p0) = (dP.values(N.self), probabilities.values(N.self))
    let scale = N(layout.scale)
    return withExtendedLifetime((dP, probabilities)) {
      kernel.make(dP.shape, as: precision, unit: context, work: 4) { rows, target in
        for row in rows {
          let (dP, p) = (dP0 + row * context, p0 + row * context)
          let target = target + row * context
          let sum = kernel.sum(context) { dP[$0] * p[$0] }
          for i in 0..<context { target[i] = p[i] * (dP[i] - sum) * scale }
        }
      }
    }
  }
}
