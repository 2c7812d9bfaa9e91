// SPDX-License-Identifier: Apache-2.0

/// Kinds of files that people hand to a reader of another kind, known by their first bytes.
struct ForeignFile: Sendable {
  /// What a reader of another kind can say about a file.
  enum Content: Sendable {
    /// It has to be unpacked first, by this command.
    case packed(by: String)
    /// It is an archive of files, as npz is.
    case zipped
    /// It holds tensors, in a format of its own.
    case tensors(TensorFormat)
    /// It is a program for Python, which reading would run.
    case pickled
    /// Nobody reads it here.
    case other
  }

  /// The file, as the subject of a sentence.
  let noun: String
  let content: Content
  /// Whether a file's bytes are of this kind. No text in UTF-8 and no record of CIFAR-10 is.
  let matches: @Sendable ([UInt8]) -> Bool

  private init(
    _ noun: String, _ content: Content, _ matches: @escaping @Sendable ([UInt8]) -> Bool
  ) {
    self.noun = noun
    self.content = content
    self.matches = matches
  }

  private init(_ noun: String, _ content: Content, magic: [UInt8]) {
    self.init(noun, content) { $0.starts(with: magic) }
  }

  /// Safetensors' README; RFC 1952; the .xz file format 1.2; RFC 8878; the bzip2 format;
  /// APPNOTE.TXT of PKWARE with what NumPy's `savez` and PyTorch's `save` put first; PyTorch's
  /// older files and pickle's protocols 2 to 5; NumPy's NEP 1; HDF5 1.8; the PNG specification;
  /// ITU-T T.81 (SOI and the start of a marker). The first that matches is what the file is:
  /// safetensors' goes first, because it begins with a length that may be any of the others'
  /// bytes, such as the 640 of a pickle's.
  static let known = [
    ForeignFile("a file of safetensors", .tensors(.safetensors), isSafetensors),
    ForeignFile("gzip data", .packed(by: "gunzip"), magic: [0x1f, 0x8b]),
    ForeignFile("xz data", .packed(by: "unxz"), magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
    ForeignFile("zstd data", .packed(by: "unzstd"), magic: [0x28, 0xb5, 0x2f, 0xfd]),
    ForeignFile("bzip2 data", .packed(by: "bunzip2")) { bytes in
      bytes.starts(with: Array("BZh".utf8))
        && bytes.dropFirst(4).starts(with: [0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
    },
    ForeignFile("an archive of NumPy's arrays (npz)", .tensors(.npz)) { bytes in
      zippedName(bytes).map { $0.hasSuffix(".npy") } ?? false
    },
    ForeignFile("a checkpoint of PyTorch", .pickled) { bytes in
      zippedName(bytes).map { name in
        torchMembers.contains { name == $0 || name.hasSuffix("/" + $0) }
      } ?? false
    },
    ForeignFile("a zip archive", .zipped, magic: [0x50, 0x4b, 0x03, 0x04]),
    ForeignFile(
      "a checkpoint of PyTorch", .pickled,
      magic: [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]),
    ForeignFile("a pickle of Python", .pickled) { bytes in
      bytes.count > 1 && bytes[0] == 0x80 && (2...5).contains(bytes[1])
    },
    ForeignFile(
      "an array of NumPy", .tensors(.npy), magic: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]),
    ForeignFile("an HDF5 file", .other, magic: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]),
    ForeignFile("a PNG image", .other, magic: [0x89, 0x50, 0x4e, 0x47]),
    ForeignFile("a JPEG image", .other, magic: [0xff, 0xd8, 0xff]),
  ]

  /// What the file is to a reader of data sets and of texts, and what to do with it.
  var advice: String {
    switch content {
    case .packed(let command): "\(noun): \(command) it first"
    case .zipped: "\(noun): unzip it first"
    case .tensors: "\(noun), which is not read"
    case .pickled: "\(noun), which is not read: not a data set"
    case .other: "\(noun), not a data set"
    }
  }

  /// What the file is to a reader of tensors, and what to do with it.
  func advice(wanted format: TensorFormat) -> String {
    switch content {
    case .packed, .zipped: advice
    case .tensors(let own): "\(noun), not \(format): give it a name that ends in .\(own)"
    case .pickled:
      "\(noun), a program that is not run: save its tensors as safetensors where they were made"
    case .other: "\(noun), not \(format)"
    }
  }

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

  /// Throws what the file is when its first bytes are those of a kind other than the one that is
  /// wanted.
  func refuseForeign(wanted format: TensorFormat) throws(TensorFileProblem) {
    guard let kind = ForeignFile.known.first(where: { $0.matches(bytes) }) else { return }
    switch kind.content {
    case .tensors(format): return
    // Its members tell what it holds.
    case .zipped where format == .npz: return
    default: throw problem(at: 0, kind.advice(wanted: format))
    }
  }
}
