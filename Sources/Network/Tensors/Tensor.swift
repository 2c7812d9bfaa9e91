// SPDX-License-Identifier: Apache-2.0
import Measurements
import Policies

/// Values of one storage format in row-major order, with the range counts of their last rounding.
package struct Tensor: Sendable {
  /// The sizes, the last one varying fastest; none for a scalar.
  package let shape: [Int]
  /// The values; each is a value of `precision`.
  let storage: TensorStorage
  /// The format the values are stored in.
  package let precision: Precision
  /// The power of two that makes the values those of the format; zero but for a scaled cast.
  private(set) var scale = 0
  /// The format of the last rounding that could change a value; a widening keeps its operand's.
  package var rounded: Precision
  /// The range counts of that rounding; nil where none were wanted.
  package var range: RangeCounts?

  /// The number of values.
  package var count: Int { shape.reduce(1, *) }

  /// The tensor of a buffer's values.
  ///
  /// - Precondition: as many values as the shape has.
  init<Element>(
    shape: [Int], _ buffer: TensorBuffer<Element>, precision: Precision,
    rounded: Precision? = nil, range: RangeCounts?
  ) {
    precondition(buffer.count == shape.reduce(1, *), "\(buffer.count) values, shape \(shape)")
    self.shape = shape
    storage = Element.storage(buffer)
    self.precision = precision
    self.rounded = rounded ?? precision
    self.range = range
  }

  private init(_ other: Tensor, shape: [Int], precision: Precision) {
    precondition(other.count == shape.reduce(1, *), "\(other.shape) as \(shape)")
    self.shape = shape
    storage = other.storage
    self.precision = precision
    rounded = other.rounded
    range = other.range
  }

  /// The same values in another shape of the same count.
  func reshaped(_ shape: [Int]) -> Tensor {
    var result = Tensor(self, shape: shape, precision: precision)
    result.scale = scale
    return result
  }

  /// The same values, which are a format's divided by 2^scale.
  func scaled(by scale: Int, to precision: Precision) -> Tensor {
    var result = Tensor(self, shape: shape, precision: precision)
    result.scale = scale
    return result
  }

  /// What the values are to a product.
  var stored: StoredFormat { StoredFormat(precision: precision, scale: scale) }

  /// The same values, which are values of a wider format too.
  func widened(to precision: Precision) -> Tensor {
    Tensor(self, shape: shape, precision: precision)
  }

  /// The bytes of the values, each in the tensor's format.
  package var bytesInFormat: Int { count * precision.bytes }

  /// The sizes as a matrix: all but the last one together, and the last one.
  var rows: Int { columns == 0 ? 0 : count / columns }
  /// The last size; 1 for a scalar.
  package var columns: Int { shape.last ?? 1 }

  /// The values as numbers of an arithmetic.
  ///
  /// - Precondition: the tensor is held in that arithmetic's type. The pointer is valid as long as
  /// the
  ///   tensor lives.
  @inline(__always)
  func values<N: Number>(_: N.Type) -> UnsafePointer<N> { UnsafePointer(N.bind(buffer(N.self))) }

  /// The values in the type that holds the numbers of an arithmetic, likewise.
  @inline(__always)
  func elements<N: Number>(_: N.Type) -> UnsafePointer<N.Element> { UnsafePointer(buffer(N.self)) }

  @inline(__always)
  private func buffer<N: Number>(_: N.Type) -> UnsafeMutablePointer<N.Element> {
    guard let buffer = N.Element.buffer(storage) else {
      preconditionFailure("a tensor of another twin")
    }
    return buffer.elements
  }
}

extension [Tensor] {
  /// The bytes of the tensors' memory, where several share one counted once.
  package var bytes: Int {
    var sizes: [ObjectIdentifier: Int] = [:]
    for tensor in self {
      switch tensor.storage {
      case .float(let buffer): sizes[ObjectIdentifier(buffer)] = buffer.bytes
      case .double(let buffer): sizes[ObjectIdentifier(buffer)] = buffer.bytes
      case .real(let buffer): sizes[ObjectIdentifier(buffer)] = buffer.bytes
      }
    }
    return sizes.values.reduce(0, +)
  }
}

extension Tensor {
  /// The values that `forEachDoubles` and its kin handle at a time.
  static let chunk = 1 << 14

  /// The number of chunks.
  package var chunks: Int { (count + Self.chunk - 1) / Self.chunk }

  /// The indices of a chunk's values.
  package func chunk(_ index: Int) -> Range<Int> {
    index * Self.chunk..<min((index + 1) * Self.chunk, count)
  }

  /// Calls `body` with at most `chunk` of the values, rounded to FP64 where they have more bits.
  package func withDoubles<R>(_ range: Range<Int>, _ body: (UnsafeBufferPointer<Double>) -> R) -> R
  {
    switch storage {
    case .double(let buffer):
      return body(
        UnsafeBufferPointer(start: buffer.elements + range.lowerBound, count: range.count))
    case .float(let buffer):
      return withUnsafeTemporaryAllocation(of: Double.self, capacity: range.count) { doubles in
        let floats = buffer.elements + range.lowerBound
        for i in 0..<range.count { doubles[i] = Double(floats[i]) }
        return body(UnsafeBufferPointer(doubles))
      }
    case .real(let buffer):
      return withUnsafeTemporaryAllocation(of: Double.self, capacity: range.count) { doubles in
        for i in 0..<range.count { doubles[i] = buffer.elements[range.lowerBound + i].double }
        return body(UnsafeBufferPointer(doubles))
      }
    }
  }

  /// Calls `body` with what `withDoubles` leaves of as many values; nil where it leaves nothing.
  package func withResiduals<R>(_ range: Range<Int>, _ body: (UnsafeBufferPointer<Double>?) -> R)
    -> R
  {
    guard case .real(let buffer) = storage else { return body(nil) }
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: range.count) { residuals in
      for i in 0..<range.count { residuals[i] = buffer.elements[range.lowerBound + i].residual }
      return body(UnsafeBufferPointer(residuals))
    }
  }

  /// Calls `body` with the values, some at a time, rounded to FP64 where they have more bits.
  package func forEachDoubles(_ body: (_ range: Range<Int>, UnsafeBufferPointer<Double>) -> Void) {
    for index in 0..<chunks {
      let range = chunk(index)
      withDoubles(range) { body(range, $0) }
    }
  }

  /// Some of the values where they are held in FP32, valid as long as the tensor lives; nil
  /// otherwise.
  package func floats(_ range: Range<Int>) -> UnsafeBufferPointer<Float>? {
    guard case .float(let buffer) = storage else { return nil }
    return UnsafeBufferPointer(start: buffer.elements + range.lowerBound, count: range.count)
  }

  /// Whether the values are in memory as an arithmetic's type holds them.
  package func isHeld(as arithmetic: ElementArithmetic) -> Bool {
    switch (storage, arithmetic) {
    case (.double, .fp64), (.real, .mpfr), (.float, .fp16), (.float, .bf16), (.float, .fp32): true
    default: false
    }
  }

  /// The values, rounded to FP64 where they have more bits.
  package var doubles: [Double] {
    [Double](unsafeUninitializedCapacity: count) { target, initialized in
      forEachDoubles { range, values in
        _ = UnsafeMutableBufferPointer(rebasing: target[range]).initialize(from: values)
      }
      initialized = count
    }
  }
}
