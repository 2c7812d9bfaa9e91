// SPDX-License-Identifier: Apache-2.0

/// What an npy header's `descr` says of the elements: a byte order, a letter and a number of bytes,
/// such as `<f4` (NumPy's array interface, "typestr").
struct NPYElements: Sendable {
  /// The type; nil for bytes without a meaning, whose reader has to tell it.
  let type: ElementType?
  /// The bytes of an element.
  let size: Int
  /// Whether an element's first byte is the most significant.
  let isBigEndian: Bool
  /// The description as it stands in the file.
  let text: String
  /// Where it stands there.
  let offset: Int

  /// The types of NumPy's own letters and sizes.
  private static let types: [String: ElementType] = [
    "b1": .bool, "i1": .int8, "u1": .uint8, "i2": .int16, "u2": .uint16, "i4": .int32,
    "u4": .uint32, "i8": .int64, "u8": .uint64, "f2": .fp16, "f4": .fp32, "f8": .fp64,
  ]

  /// Bytes without a meaning. ml_dtypes has all its types saved as `V1` and `V2`, apart from E5M2,
  /// which becomes an `f1` that NumPy itself cannot load.
  private static let meaningless = ["V1": 1, "V2": 2, "V4": 4, "V8": 8, "f1": 1]

  /// What other letters stand for, each with a way out.
  private static let refused: [Character: String] = [
    "O": "objects of Python, which are a pickle that is not run: save an array of numbers",
    "c": "complex numbers, which are not read: save .real and .imag apart",
    "f": "floating-point numbers of the machine's own width, which are not read: save as float64",
    "V": "records, which are not read: save each field apart",
    "U": "text, not numbers", "S": "text, not numbers", "a": "text, not numbers",
    "M": "dates, not numbers: save as int64", "m": "times, not numbers: save as int64",
  ]

  /// The elements of a description at an offset of the file.
  init(_ text: String, at offset: Int, of region: FileRegion) throws(TensorFileProblem) {
    func problem(_ reason: String) -> TensorFileProblem {
      region.problem(at: offset, "elements are \(quoted(text)): \(reason)")
    }
    guard let order = text.first, "<>|=".contains(order), let letter = text.dropFirst().first else {
      throw problem("a description is a byte order, a letter and a size, such as '<f4'")
    }
    let code = String(text.dropFirst())
    let known = Self.types[code]
    guard let size = known.map({ $0.bitWidth / 8 }) ?? Self.meaningless[code] else {
      throw problem(
        Self.refused[letter]
          ?? "no such type of NumPy is read; "
          + Self.types.keys.sorted().joined(separator: ", ") + " are"
      )
    }
    // `|` says that the order of bytes does not matter, and NumPy's voids of two bytes carry it
    // once they were loaded and saved again; `=` says that of the machine that wrote the file.
    guard "<>".contains(order) || order == "|" && (size == 1 || known == nil) else {
      throw problem("the order of bytes has to be told by '<' or '>'")
    }
    self.init(
      type: known, size: size, isBigEndian: order == ">" && size > 1, text: text, offset: offset)
  }

  private init(type: ElementType?, size: Int, isBigEndian: Bool, text: String, offset: Int) {
    self.type = type
    self.size = size
    self.isBigEndian = isBigEndian
    self.text = text
    self.offset = offset
  }

  /// The type to read as: the file's, or the one that is asked for. Unsigned integers may be asked
  /// for as any type of their width, which is how programs hand on encodings that NumPy has no
  /// type for.
  func resolved(
    as asked: ElementType?, of region: FileRegion
  ) throws(TensorFileProblem) -> ElementType {
    func problem(_ reason: String) -> TensorFileProblem {
      region.problem(at: offset, "elements are \(quoted(text)): \(reason)")
    }
    guard let asked else {
      if let type { return type }
      let candidates = ElementType.allCases.filter { $0.bitWidth == size * 8 }
      throw problem(
        "\(size == 1 ? "1 byte" : "\(size) bytes") whose meaning the file does not tell; ask for "
          + candidates.map(\.rawValue).joined(separator: ", "))
    }
    guard type != asked else { return asked }
    if let type, type != .uint8, type != .uint16, type != .uint32, type != .uint64 {
      throw problem("they are \(type), and \(asked) was asked for")
    }
    guard asked.isWholeBytes else {
      throw problem("one in \(size * 8) bits, and \(asked) is read only packed, from safetensors")
    }
    guard asked.bitWidth == size * 8 else {
      throw problem("\(size * 8) bits, and \(asked), which was asked for, has \(asked.bitWidth)")
    }
    return asked
  }

  /// The description that NumPy itself writes for a type; for those it has none for, the one that
  /// it writes for ml_dtypes' and can load. Nil for types below a byte.
  static func text(of type: ElementType) -> String? {
    switch type {
    case .e2m1, .e2m3, .e3m2: nil
    case .bf16: "<V2"
    case .e5m2, .e4m3, .e8m0: "<V1"
    default:
      types.first { $0.value == type }.map { ($0.value.bitWidth == 8 ? "|" : "<") + $0.key }
    }
  }
}
