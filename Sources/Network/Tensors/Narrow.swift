// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// A number of FP16 or BF16, held in FP32, that every primitive rounds to its format.
///
/// One primitive in FP32 and one rounding is the directly rounded primitive for + - × ÷ √, because
/// 24 >= 2p + 2 for both formats (Figueroa, 1995). An elementary function is that of FP32, rounded
/// once more.
struct Narrow<Rounding: NarrowRounding>: Number {
  typealias Element = Float
  private let value: Float

  @inline(__always) private init(rounding value: Float) { self.value = Rounding.round(value) }

  @inline(__always) init(_ x: Double) { self.init(rounding: Float(x)) }
  @inline(__always) var double: Double { Double(value) }

  @inline(__always) static func + (a: Self, b: Self) -> Self { Self(rounding: a.value + b.value) }
  @inline(__always) static func - (a: Self, b: Self) -> Self { Self(rounding: a.value - b.value) }
  @inline(__always) static func * (a: Self, b: Self) -> Self { Self(rounding: a.value * b.value) }
  @inline(__always) static func / (a: Self, b: Self) -> Self { Self(rounding: a.value / b.value) }
  @inline(__always) static prefix package func - (a: Self) -> Self { Self(rounding: -a.value) }
  @inline(__always) static func == (a: Self, b: Self) -> Bool { a.value == b.value }
  @inline(__always) static func < (a: Self, b: Self) -> Bool { a.value < b.value }
  @inline(__always) func squareRoot() -> Self { Self(rounding: value.squareRoot()) }

  static func apply(_ function: ElementaryFunction, _ buffer: UnsafeMutableBufferPointer<Self>) {
    guard let base = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
    let floats = UnsafeMutableBufferPointer(
      start: base.assumingMemoryBound(to: Float.self), count: buffer.count)
    Float.elementary(function, floats)
    for i in floats.indices { floats[i] = Rounding.round(floats[i]) }
  }
}

/// FP16 after every primitive.
typealias Narrow16 = Narrow<Binary16Rounding>
/// BF16 after every primitive.
typealias NarrowB16 = Narrow<BFloat16Rounding>
