// SPDX-License-Identifier: Apache-2.0
import Network
import Policies
import TensorFiles

extension StoredTensor {
  /// The numbers of a tensor times a factor, in its own format where files have a type for it and
  /// the factor is 1, FP64 of FP64 and MPFR, and in FP32 otherwise, which holds every narrower
  /// format; their NaNs are canonical.
  init(name: String, _ tensor: Tensor, times factor: Double = 1) {
    let values = tensor.doubles
    switch tensor.precision {
    case .fp64, .mpfr:
      self.init(
        name: name, type: .fp64, shape: tensor.shape, words: values.map { ($0 * factor).bitPattern }
      )
    case .fp16 where factor == 1:
      self.init(
        name: name, type: .fp16, shape: tensor.shape, words: values.map { Float16($0).bitPattern })
    case .bf16 where factor == 1:
      self.init(
        name: name, type: .bf16, shape: tensor.shape,
        words: values.map { UInt16(truncatingIfNeeded: Float($0).bitPattern >> 16) })
    case .format:
      self.init(
        name: name, type: .fp32, shape: tensor.shape,
        words: values.map { Float($0 * factor).bitPattern })
    }
  }

  /// Whole numbers.
  init(name: String, shape: [Int], _ values: [Int]) {
    self.init(
      name: name, type: .int64, shape: shape, words: values.map { UInt64(bitPattern: Int64($0)) })
  }

  /// Numbers of FP32.
  init(name: String, shape: [Int], _ values: [Float]) {
    self.init(name: name, type: .fp32, shape: shape, words: values.map(\.bitPattern))
  }

  /// One number of FP64.
  init(name: String, _ value: Double) {
    self.init(name: name, type: .fp64, shape: [], words: [value.bitPattern])
  }

  private init<Word: FixedWidthInteger & UnsignedInteger>(
    name: String, type: ElementType, shape: [Int], words: [Word]
  ) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(words.count * MemoryLayout<Word>.size)
    for word in words { withUnsafeBytes(of: word.littleEndian) { bytes += $0 } }
    self.init(name: name, type: type, shape: shape, contents: bytes[...])
  }
}
