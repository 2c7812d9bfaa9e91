// SPDX-License-Identifier: Apache-2.0

/// A format of files that hold numeric tensors.
package enum TensorFormat: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case npy, npz, safetensors

  /// The format that a path's extension names, in letters of either case; nil for none.
  package init?(path: String) {
    let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    guard let dot = name.lastIndex(of: ".") else { return nil }
    self.init(rawValue: name[name.index(after: dot)...].lowercased())
  }

  /// The extension, which is the format's name, too.
  package var description: String { rawValue }
}
