// SPDX-License-Identifier: Apache-2.0

/// Kinds of files that people hand to a reader of another kind, known by their first bytes.
struct ForeignFile: Sendable {
  /// The first bytes. No text in UTF-8 and no record of CIFAR-10 starts with them.
  let magic: [UInt8]
  /// What the file is, and what to do with it.
  let advice: String

  /// RFC 1952; the .xz file format 1.2; APPNOTE.TXT of PKWARE; NumPy's NEP 1; the PNG
  /// specification; ITU-T T.81 (SOI and the start of a marker).
  static let known = [
    ForeignFile(magic: [0x1f, 0x8b], advice: "gzip data: gunzip it first"),
    ForeignFile(magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], advice: "xz data: unxz it first"),
    ForeignFile(magic: [0x50, 0x4b, 0x03, 0x04], advice: "a zip archive: unzip it first"),
    ForeignFile(
      magic: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], advice: "an array of NumPy, which is not read"),
    ForeignFile(magic: [0x89, 0x50, 0x4e, 0x47], advice: "a PNG image, not a data set"),
    ForeignFile(magic: [0xff, 0xd8, 0xff], advice: "a JPEG image, not a data set"),
  ]
}

extension FileContents {
  /// Throws what the file is when its first bytes are those of another kind.
  func refuseForeign() throws(TensorFileProblem) {
    for kind in ForeignFile.known where bytes.starts(with: kind.magic) {
      throw problem(at: 0, kind.advice)
    }
  }
}
