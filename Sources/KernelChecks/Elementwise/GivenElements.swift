// SPDX-License-Identifier: Apache-2.0
import Formats
import TensorFiles

/// Operands and results of elements as files have them.
package struct GivenElements: Sendable {
  /// The elements of a tensor.
  struct Elements: Sendable {
    private let tensor: StoredTensor
    private let size: Int

    init(_ tensor: StoredTensor) {
      self.tensor = tensor
      size = tensor.type.bitWidth / 8
    }

    func copy(_ first: Int, _ count: Int, to target: UnsafeMutableRawPointer) {
      tensor.contents.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        target.copyMemory(from: base + first * size, byteCount: count * size)
      }
    }

    func encoding(_ place: Int) -> UInt64 {
      tensor.contents.withUnsafeBytes { bytes in
        switch size {
        case 8: bytes.loadUnaligned(fromByteOffset: 8 * place, as: UInt64.self)
        case 4: UInt64(bytes.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self))
        case 2: UInt64(bytes.loadUnaligned(fromByteOffset: 2 * place, as: UInt16.self))
        default: UInt64(bytes[place])
        }
      }
    }
  }

  let inputs: [Elements]
  let results: Elements
  package let format: Format
  package let count: Int

  /// The elements of arrays of one shape and format; nil, and why, of others.
  package init(_ arrays: GivenArrays) throws(ReductionFailure) {
    let all = arrays.inputs + [arrays.output]
    let type = arrays.output.type
    guard let format = type == .fp64 ? .fp64 : type.format else {
      throw ReductionFailure(
        "elements are \(type); fp64, fp32, fp16, bf16, e4m3 and e5m2 are checked")
    }
    for tensor in all where tensor.shape != arrays.output.shape || tensor.type != arrays.output.type
    {
      throw ReductionFailure(
        "an input is \(tensor.shapeText) of \(tensor.type) and the output "
          + "\(arrays.output.shapeText) of \(arrays.output.type): of elements all are alike")
    }
    guard arrays.output.count > 0 else { throw ReductionFailure("there are no elements") }
    self.format = format
    count = arrays.output.count
    inputs = arrays.inputs.map(Elements.init)
    results = Elements(arrays.output)
  }
}
