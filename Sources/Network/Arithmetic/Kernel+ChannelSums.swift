// SPDX-License-Identifier: Apache-2.0
import Policies

/// The terms of a sum over one channel; a type and not a closure, so that the loop over a plane has
/// no calls.
protocol ChannelTerm {
  associatedtype N: Number
  /// The term of the value at a position of the tensor.
  func term(_ position: Int) -> N
}

extension Kernel {
  /// A number for each channel: the sum of the terms of its values over all images. The terms of a
  /// plane are added in interleaved order, the planes' sums in ascending order of the images.
  ///
  /// - Parameter work: the primitives of a term.
  func channelSums<Term: ChannelTerm>(
    _ sizes: ImageSizes, as precision: Precision, work: Int = 1, _ terms: (_ channel: Int) -> Term
  ) -> Tensor where Term.N == N {
    make([sizes.channels], as: precision, work: work * sizes.channelCount) { channels, target in
      for channel in channels {
        let terms = terms(channel)
        var sum = N.zero
        for image in 0..<sizes.images {
          let first = (image &* sizes.channels &+ channel) &* sizes.area
          sum = plus(sum, self.sum(sizes.area) { terms.term(first &+ $0) })
        }
        target[channel] = sum
      }
    }
  }
}

/// The values themselves.
struct ValueTerm<N: Number>: ChannelTerm {
  let values: UnsafePointer<N>

  @inline(__always) func term(_ position: Int) -> N { values[position] }
}

/// The squares of the differences from a channel's mean.
struct SquareTerm<N: Number>: ChannelTerm {
  let values: UnsafePointer<N>
  let mean: N

  @inline(__always) func term(_ position: Int) -> N {
    let difference = values[position] - mean
    return difference * difference
  }
}

/// The products of a gradient with the values normalized by a channel's mean and factor.
struct NormalizedProductTerm<N: Number>: ChannelTerm {
  let gradient: UnsafePointer<N>
  let values: UnsafePointer<N>
  let mean: N
  let factor: N

  @inline(__always) func term(_ position: Int) -> N {
    gradient[position] * ((values[position] - mean) * factor)
  }
}
