// SPDX-License-Identifier: Apache-2.0
import Randomness

/// Seeded random choices for tests (SplitMix64).
public struct Draw {
  private var state: UInt64

  /// The choices of a seed.
  public init(seed: UInt64) { state = seed }

  /// 64 random bits.
  public mutating func bits() -> UInt64 {
    state &+= SplitMix64.increment
    return SplitMix64.mixed(state)
  }

  /// A number in 0..<bound.
  public mutating func below(_ bound: Int) -> Int { Int(bits() % UInt64(bound)) }

  /// One of several.
  public mutating func one<Element>(of elements: [Element]) -> Element {
    elements[below(elements.count)]
  }

  /// A text with some bytes replaced, removed, repeated or taken from another place of it.
  public mutating func mutation(of bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...below(4) where !bytes.isEmpty {
      let place = below(bytes.count)
      let end = min(bytes.count, place + 1 + below(12))
      switch below(6) {
      case 0: bytes[place] = UInt8(below(256))
      case 1: bytes[place] = one(of: Array("{}[],:'\"\\/*+-.0x9eE\n\r #nN".utf8))
      case 2: bytes.removeSubrange(place..<end)
      case 3: bytes.insert(contentsOf: bytes[place..<end], at: below(bytes.count))
      case 4: bytes = Array(bytes[..<place])
      default: bytes.swapAt(place, below(bytes.count))
      }
    }
    return bytes
  }
}
