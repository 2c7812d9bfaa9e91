// SPDX-License-Identifier: Apache-2.0
import Policies
import Randomness

/// Y = X / (1 - p) where a random number of the position is at least p, otherwise +0 (Srivastava et
/// al., 2014); gradient: dX = dY / (1 - p) at the same positions.
///
/// The numbers are a function of the run's seed, the step and the position, so that every twin
/// drops the same values, and the backward pass draws them again instead of keeping a mask.
struct Dropout: Primitive {
  let probability: Double
  let random: RandomStream
  var operation: String { "dropout" }
  var operationClass: OperationClass { .elementwise }
  var backwardReadsInputs: Bool { false }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    ForwardResult(output: masked(inputs[0], as: kernel.output(inputs[0]), kernel))
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    [masked(gradient, as: kernel.gradient(pass.inputs[0]), kernel)]
  }

  private func masked<N: Number>(
    _ x: Tensor, as precision: Precision, _ kernel: Kernel<N>
  ) -> Tensor {
    let factor = N(1 / (1 - probability))
    let bound = UInt64(probability * 0x1p53)
    let source = x.values(N.self)
    return withExtendedLifetime(x) {
      kernel.make(x.shape, as: precision, work: 4) { range, target in
        for i in range {
          target[i] = random.bits(UInt64(i)) >> 11 >= bound ? source[i] * factor : .zero
        }
      }
    }
  }
}
