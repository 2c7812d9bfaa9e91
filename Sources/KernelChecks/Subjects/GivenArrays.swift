// SPDX-License-Identifier: Apache-2.0
import Formats
import TensorFiles

/// Inputs and results that somebody else's program wrote into files.
package struct GivenArrays: Sendable {
  /// The inputs in the operation's order.
  package let inputs: [StoredTensor]
  package let output: StoredTensor
  /// Which bytes the inputs have.
  package let digest: String

  /// The arrays of files, each `file.npy`, or `file.npz:name` and `file.safetensors:name` where there
  /// are several tensors in it; throws a `TensorFileProblem`.
  ///
  /// - Parameter type: What elements are that a file has no type for.
  package init(
    inputs: [String], output: String, as type: ElementType?
  ) throws(TensorFileProblem) {
    self.inputs = try inputs.map { path throws(TensorFileProblem) in
      try Self.tensor(path, as: type)
    }
    self.output = try Self.tensor(output, as: type)
    var hash = FNV1a.offsetBasis
    for input in self.inputs {
      hash = FNV1a.hash(Array("\(input.type) \(input.shape)".utf8), after: hash)
      hash = FNV1a.hash(Array(input.contents), after: hash)
    }
    let digits = String(hash, radix: 16)
    digest = String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func tensor(
    _ text: String, as type: ElementType?
  ) throws(TensorFileProblem) -> StoredTensor {
    var (path, name): (String, String?) = (text, nil)
    // A colon may belong to a file's name.
    if TensorFormat(path: text) == nil, let colon = text.lastIndex(of: ":") {
      (path, name) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
    guard let format = TensorFormat(path: path) else {
      throw TensorFileProblem(
        path: path,
        reason: "its name ends in none of "
          + TensorFormat.allCases.map { ".\($0)" }.joined(separator: ", "))
    }
    let tensors = try format.read(FileContents(ofFile: path), as: type)
    let names = tensors.map(\.name).prefix(8).joined(separator: ", ")
    if let name {
      guard let tensor = tensors.first(where: { $0.name == name }) else {
        throw TensorFileProblem(path: path, reason: "it has no tensor '\(name)'; it has \(names)")
      }
      return tensor
    }
    guard tensors.count == 1 else {
      throw TensorFileProblem(
        path: path,
        reason: tensors.isEmpty
          ? "it has no tensor"
          : "it has \(tensors.count) tensors; name one, such as \(path):\(tensors[0].name) (\(names))"
      )
    }
    return tensors[0]
  }
}

extension ElementType {
  /// The format of its elements where a kernel's elements can be of it.
  package var format: Format? {
    switch self {
    case .fp32: .fp32
    case .fp16: .fp16
    case .bf16: .bf16
    case .e4m3: .e4m3
    case .e5m2: .e5m2
    default: nil
    }
  }
}

extension StoredTensor {
  /// The sizes as they are written: `3x4`, `a number`.
  package var shapeText: String {
    shape.isEmpty ? "a number" : shape.map(String.init).joined(separator: "x")
  }

  /// The encodings of elements of at most 32 bits, in row-major order.
  var encodings: [UInt32] {
    switch type.bitWidth {
    case 32: words(as: UInt32.self)
    case 16: words(as: UInt16.self).map(UInt32.init)
    default: words(as: UInt8.self).map(UInt32.init)
    }
  }
}
