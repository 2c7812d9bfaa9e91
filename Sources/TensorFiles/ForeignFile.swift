// SPDX-License-Identifier: Apache-2.0

/// Kinds of files that people hand to a reader of another kind, known by their first bytes.
struct ForeignFile: Sendable {
  /// Whether a file's bytes are of this kind. No text in UTF-8 and no record of CIFAR-10 is.
  let matches: @Sendable ([UInt8]) -> Bool
  /// What the file is, and what to do with it.
  let advice: String

  /// The kind that begins with `magic`.
  init(magic: [UInt8], advice: String) {
    self.init(advice) { $0.starts(with: magic) }
  }

  private init(_ advice: String, _ matches: @escaping @Sendable ([UInt8]) -> Bool) {
    self.advice = advice
    self.matches = matches
  }

  /// RFC 1952; the .xz file format 1.2; RFC 8878; the bzip2 format; APPNOTE.TXT of PKWARE with what
  /// NumPy's `savez` and PyTorch's `save` put first; PyTorch's older files and pickle's protocols 2
  /// to 5; NumPy's NEP 1; safetensors' README; HDF5 1.8; the PNG specification; ITU-T T.81 (SOI and
  /// the start of a marker). The first that matches is what the file is.
  static let known = [
    ForeignFile(magic: [0x1f, 0x8b], advice: "gzip data: gunzip it first"),
    ForeignFile(magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], advice: "xz data: unxz it first"),
    ForeignFile(magic: [0x28, 0xb5, 0x2f, 0xfd], advice: "zstd data: unzstd it first"),
    ForeignFile("bzip2 data: bunzip2 it first") { bytes in
      bytes.starts(with: Array("BZh".utf8))
        && bytes.dropFirst(4).starts(with: [0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
    },
    ForeignFile("arrays of NumPy (npz), which are not read") { bytes in
      zippedName(bytes).map { $0.hasSuffix(".npy") } ?? false
    },
    ForeignFile("a checkpoint of PyTorch, which is not read: not a data set") { bytes in
      zippedName(bytes).map { name in
        torchMembers.contains { name == $0 || name.hasSuffix("/" + $0) }
      } ?? false
    },
    ForeignFile(magic: [0x50, 0x4b, 0x03, 0x04], advice: "a zip archive: unzip it first"),
    ForeignFile(
      magic: [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19],
      advice: "a checkpoint of PyTorch, which is not read: not a data set"),
    ForeignFile("a pickle of Python, which is not read") { bytes in
      bytes.count > 1 && bytes[0] == 0x80 && (2...5).contains(bytes[1])
    },
    ForeignFile(
      "tensors of safetensors, which are not read: not a data set", isSafetensors),
    ForeignFile(
      magic: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], advice: "an array of NumPy, which is not read"),
    ForeignFile(
      magic: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a],
      advice: "an HDF5 file, which is not read"),
    ForeignFile(magic: [0x89, 0x50, 0x4e, 0x47], advice: "a PNG image, not a data set"),
    ForeignFile(magic: [0xff, 0xd8, 0xff], advice: "a JPEG image, not a data set"),
  ]

  /// What PyTorch's archives have among their first members.
  private static let torchMembers = [
    "data.pkl", "version", "byteorder", ".format_version", ".storage_alignment", "constants.pkl",
  ]

  /// The name of the first member of a zip archive; nil where there is none.
  private static func zippedName(_ bytes: [UInt8]) -> String? {
    // The local file header: signature, the name's length at 26, the name at 30.
    guard bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]), bytes.count > 30 else { return nil }
    let length = Int(bytes[26]) | Int(bytes[27]) << 8
    return String(decoding: bytes[30..<min(30 + length, bytes.count)], as: UTF8.self)
  }

  /// Whether a length of 8 bytes, little-endian, stands before a JSON object of that length within
  /// the file.
  private static func isSafetensors(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 10, bytes[8] == UInt8(ascii: "{") else { return false }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
    guard length >= 2, length <= UInt64(bytes.count - 8), bytes[5...7].allSatisfy({ $0 == 0 })
    else { return false }
    // The header may be padded with spaces.
    let header = bytes[8..<(8 + Int(length))]
    return header.last { $0 != UInt8(ascii: " ") } == UInt8(ascii: "}")
  }
}

extension FileContents {
  /// Throws what the file is when its first bytes are those of another kind.
  package func refuseForeign() throws(TensorFileProblem) {
    for kind in ForeignFile.known where kind.matches(bytes) {
      throw problem(at: 0, kind.advice)
    }
  }
}
