// SPDX-License-Identifier: Apache-2.0

extension TensorFormat {
  /// The tensors of a file of this format.
  ///
  /// - Parameter type: what the elements are that an npy or npz file has no type for.
  /// - Throws: `TensorFileProblem` as the format's reader does.
  package func read(
    _ file: FileContents, as type: ElementType? = nil
  ) throws(TensorFileProblem) -> [StoredTensor] {
    switch self {
    case .npy: [try NPYFile.read(file, as: type)]
    case .npz: try NPZFile.read(file, as: type)
    case .safetensors: try SafetensorsFile(file).tensors
    }
  }

  /// The file of this format with these tensors.
  ///
  /// - Throws: `TensorFileProblem` as the format's writer does, and where an npy file is to hold
  ///   anything but one tensor.
  package func encoded(
    _ tensors: [StoredTensor], path: String
  ) throws(TensorFileProblem) -> [UInt8] {
    switch self {
    case .npy:
      guard tensors.count == 1 else {
        throw TensorFileProblem(
          path: path, reason: "npy holds one tensor, and there are \(tensors.count): write npz")
      }
      return try NPYFile.encoded(tensors[0], path: path)
    case .npz: return try NPZFile.encoded(tensors, path: path)
    case .safetensors: return try SafetensorsFile(tensors: tensors).encoded(path: path)
    }
  }
}
