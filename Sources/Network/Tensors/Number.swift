// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// A number as an operation computes with it: each of + - × ÷ √ and each elementary function is one
/// rounding to the arithmetic's format.
///
/// The mathematics of a layer is written once over this protocol and runs in FP32, FP64, FP16 and
/// BF16 with a rounding after every primitive, and in MPFR.
protocol Number: Sendable, Comparable {
  /// The type in which tensors hold the number.
  associatedtype Element: TensorElement

  /// x, rounded to the arithmetic's format.
  init(_ x: Double)
  /// The value, rounded to FP64 where it has more bits.
  var double: Double { get }

  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  static prefix func - (a: Self) -> Self
  /// self + a b: one rounding in FP32 and FP64, one for each of the two operations otherwise.
  func adding(_ a: Self, times b: Self) -> Self
  /// √x.
  func squareRoot() -> Self
  /// f of every element, in place.
  static func apply(_ function: ElementaryFunction, _ buffer: UnsafeMutableBufferPointer<Self>)
  /// cos x and sin x, those of FP64 rounded to the arithmetic's format; MPFR's directly.
  static func circular(_ x: Self) -> (cosine: Self, sine: Self)
}

extension Number {
  static func circular(_ x: Self) -> (cosine: Self, sine: Self) {
    let (cosine, sine) = CircularFunctions.of(x.double)
    return (Self(cosine), Self(sine))
  }

  /// +0.
  @inline(__always) static var zero: Self { Self(0) }
  /// 1.
  @inline(__always) static var one: Self { Self(1) }

  /// +0 where x is below zero, otherwise x: -0 and NaN stay, as torch has it.
  @inline(__always) var rectified: Self { self < .zero ? .zero : self }
  /// Whether x is positive or a NaN.
  @inline(__always) var passes: Bool { self > .zero || self != self }

  /// self + a b, each of the two operations rounded.
  @inline(__always) func adding(_ a: Self, times b: Self) -> Self { self + a * b }

  /// The elements of a tensor's memory.
  ///
  /// `Self` is `Element`, or a structure whose only stored property is one.
  @inline(__always)
  static func bind(_ elements: UnsafeMutablePointer<Element>) -> UnsafeMutablePointer<Self> {
    UnsafeMutableRawPointer(elements).assumingMemoryBound(to: Self.self)
  }

  /// The elements that the numbers of a tensor's memory are, likewise.
  @inline(__always)
  static func elements(_ numbers: UnsafeMutablePointer<Self>) -> UnsafeMutablePointer<Element> {
    UnsafeMutableRawPointer(numbers).assumingMemoryBound(to: Element.self)
  }

  /// f(x).
  static func apply(_ function: ElementaryFunction, _ x: Self) -> Self {
    var x = x
    withUnsafeMutablePointer(to: &x) {
      apply(function, UnsafeMutableBufferPointer(start: $0, count: 1))
    }
    return x
  }
}

/// FP32.
extension Float: Number {
  typealias Element = Float
  @inline(__always) var double: Double { Double(self) }
  @inline(__always) func adding(_ a: Float, times b: Float) -> Float { addingProduct(a, b) }

  static func apply(_ function: ElementaryFunction, _ buffer: UnsafeMutableBufferPointer<Float>) {
    elementary(function, buffer)
  }
}

/// FP64.
extension Double: Number {
  typealias Element = Double
  @inline(__always) var double: Double { self }
  @inline(__always) func adding(_ a: Double, times b: Double) -> Double { addingProduct(a, b) }

  static func apply(_ function: ElementaryFunction, _ buffer: UnsafeMutableBufferPointer<Double>) {
    elementary(function, buffer)
  }
}
