// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Measurements
import Policies
import SoftFloat

/// A type in which tensors hold their values: FP32, also for the narrower formats, FP64, or MPFR
/// numbers.
protocol TensorElement: Number where Element == Self {
  /// Whether elements own memory elsewhere.
  static var isReference: Bool { get }
  /// The buffer as one of the kinds of storage.
  static func storage(_ buffer: TensorBuffer<Self>) -> TensorStorage
  /// The buffer of a storage of this kind; nil of another.
  static func buffer(_ storage: TensorStorage) -> TensorBuffer<Self>?

  /// Rounds values to a storage format in place.
  ///
  /// - Parameters:
  ///   - storing: the format, rounding and subnormal mode.
  ///   - firstIndex: the index in the tensor of the first value, for stochastic rounding.
  ///   - counts: what left the format's range is added here, where it is wanted.
  static func store(
    _ values: UnsafeMutableBufferPointer<Self>, _ storing: Storing, firstIndex: Int,
    counts: inout RangeCounts?)

  /// What left a format's range between two buffers of the same count: x of the first, y of the
  /// second.
  static func counts(
    before: UnsafeBufferPointer<Self>, after: UnsafeBufferPointer<Self>, as precision: Precision
  ) -> RangeCounts

  /// op(A) op(B) for every matrix of a batch.
  static func multiply(
    _ a: MatrixView<Self>, _ b: MatrixView<Self>, into result: MatrixTarget<Self>,
    _ product: ProductSizes, accumulation: Accumulation, threads: Int)

  /// Whether an element is any finished sum of a format.
  static func holds(_ format: Accumulation.SumFormat) -> Bool

  /// Adds finished sums to what stands at `target`, as a product does that is added.
  static func add(
    _ sums: UnsafePointer<Self>, count: Int, to target: UnsafeMutablePointer<Self>,
    _ accumulation: Accumulation)
}

extension TensorElement {
  static var isReference: Bool { false }
  static func holds(_ format: Accumulation.SumFormat) -> Bool { true }
}

/// How results are stored.
struct Storing: Hashable, Sendable {
  /// The storage format.
  var precision: Precision
  /// The rounding direction; the seed of a stochastic one is that of this tensor.
  var rounding: Rounding = .nearestEven
  /// What happens to subnormal numbers.
  var subnormals: SubnormalMode = .gradual
}

/// The format of which elements are values once they are multiplied by 2^scale.
struct StoredFormat {
  let precision: Precision
  var scale = 0
}

/// The elements of a matrix, or of a batch of them, in a tensor.
struct MatrixView<Element> {
  let elements: UnsafePointer<Element>
  let stored: StoredFormat
  /// The row length as stored.
  let stride: Int
  let isTransposed: Bool
  /// From one matrix of the batch to the next; zero where all share one.
  var batchStride = 0
}

/// Where the elements of a product go.
struct MatrixTarget<Element> {
  let elements: UnsafeMutablePointer<Element>
  /// The row length as stored.
  let stride: Int
  /// From one matrix of the batch to the next.
  var batchStride = 0
  /// Whether the sums are added to what stands there.
  var isAdded = false
}

/// The sizes of a product of batches of matrices.
struct ProductSizes {
  let shape: ProductShape
  var batch = 1
}

/// The values of a tensor in whatever type holds them.
enum TensorStorage: Sendable {
  case float(TensorBuffer<Float>)
  case double(TensorBuffer<Double>)
  case real(TensorBuffer<Real>)

  /// Which buffer it is: tensors that share one hold the same values.
  var identity: ObjectIdentifier {
    switch self {
    case .float(let buffer): ObjectIdentifier(buffer)
    case .double(let buffer): ObjectIdentifier(buffer)
    case .real(let buffer): ObjectIdentifier(buffer)
    }
  }
}
