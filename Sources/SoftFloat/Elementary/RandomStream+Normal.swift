// SPDX-License-Identifier: Apache-2.0
import Randomness

extension RandomStream {
  /// A standard normal number by Box and Muller's transform (1958).
  package func normal(_ index: UInt64) -> Double {
    let pair = stream(index)
    // In (0, 1], so that the logarithm is finite.
    let u = Double((pair.bits(0) >> 11) + 1) * 0x1p-53
    let turns = Double(pair.bits(1) >> 11) * 0x1p-52
    return (-2 * Elementary.log(u)).squareRoot() * cosine(ofHalfTurns: turns)
  }
}
