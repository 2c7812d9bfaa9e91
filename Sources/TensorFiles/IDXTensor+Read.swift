// SPDX-License-Identifier: Apache-2.0

/// What an IDX file says before its elements.
struct IDXHeader {
  let type: IDXType
  let shape: [Int]

  static let magicSize = 4
  private static let sizeOfSize = 4

  /// The bytes before the elements of an array with so many dimensions.
  static func size(rank: Int) -> Int { magicSize + rank * sizeOfSize }

  /// The header of a file; throws the first byte that is wrong.
  init(_ file: FileContents) throws(TensorFileProblem) {
    let bytes = file.bytes
    try file.refuseForeign()
    guard bytes.count >= Self.magicSize else {
      throw file.problem(
        at: bytes.count, "the file ends within the \(Self.magicSize) bytes that IDX starts with")
    }
    if let wrong = bytes.prefix(2).firstIndex(where: { $0 != 0 }) {
      throw file.problem(at: wrong, "\(hexadecimal(bytes[wrong])), where IDX has 0x00: not IDX")
    }
    let supported = IDXType.supported.map(\.nameAndCode).joined(separator: " and ")
    guard let type = IDXType(rawValue: bytes[2]) else {
      throw file.problem(
        at: 2, "\(hexadecimal(bytes[2])) is no type of IDX; \(supported) are read")
    }
    guard IDXType.supported.contains(type) else {
      throw file.problem(at: 2, "elements are \(type.nameAndCode); only \(supported) are read")
    }
    let rank = Int(bytes[3])
    guard (1...IDXTensor.rankLimit).contains(rank) else {
      throw file.problem(at: 3, "\(rank) dimensions; 1 to \(IDXTensor.rankLimit) are read")
    }
    guard bytes.count >= Self.size(rank: rank) else {
      throw file.problem(
        at: bytes.count,
        "the file ends within its \(rank) sizes, bytes 4 to "
          + "\(Self.size(rank: rank) - 1)")
    }
    let shape = (0..<rank).map { dimension in
      let start = Self.size(rank: dimension)
      return bytes[start..<start + Self.sizeOfSize].reduce(0) { $0 << 8 | Int($1) }
    }
    if let empty = shape.firstIndex(of: 0) {
      throw file.problem(
        at: Self.size(rank: empty), "size \(empty + 1) of \(rank) is 0: the file holds nothing")
    }
    self.type = type
    self.shape = shape
  }

  /// The bytes of the whole file that the sizes ask for, nil beyond 2^63.
  var fileSize: Int? {
    var size = type.size
    for factor in shape {
      let (product, isOverflow) = size.multipliedReportingOverflow(by: factor)
      if isOverflow { return nil }
      size = product
    }
    let (sum, isOverflow) = size.addingReportingOverflow(Self.size(rank: shape.count))
    return isOverflow ? nil : sum
  }
}

extension IDXTensor {
  /// The array that a file holds.
  ///
  /// - Throws: `TensorFileProblem` with the first byte that is wrong, or at which the file ends
  ///   too early, or that is too many.
  package init(_ file: FileContents) throws(TensorFileProblem) {
    let header = try IDXHeader(file)
    let bytes = file.bytes
    let sizes = Self.text(header.shape)
    guard let expected = header.fileSize else {
      throw file.problem(at: IDXHeader.magicSize, "sizes \(sizes) ask for more than 2^63 bytes")
    }
    guard bytes.count >= expected else {
      throw file.problem(
        at: bytes.count, "the file ends; its sizes \(sizes) ask for \(expected) bytes")
    }
    guard bytes.count == expected else {
      throw file.problem(
        at: expected, "\(bytes.count - expected) bytes more than the sizes \(sizes) ask for")
    }
    let start = IDXHeader.size(rank: header.shape.count)
    shape = header.shape
    switch header.type {
    case .int16:
      elements = .int16(
        stride(from: start, to: expected, by: 2).map { index in
          Int16(bitPattern: UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]))
        })
    default: elements = .uint8(Array(bytes[start...]))
    }
  }
}
