// SPDX-License-Identifier: Apache-2.0
import Words

extension PlacedTensors {
  /// The suffix of the index of a model in several files of safetensors.
  package static let indexSuffix = ".safetensors.index.json"

  /// The tensors of a file by its name: safetensors, npy or npz, or the index of several files of
  /// safetensors. Of safetensors and of npy only the header is read; of npz, and of an array in
  /// another order, all of it.
  ///
  /// - Parameter type: what the elements are where NumPy has no type for them.
  /// - Throws: `TensorFileProblem`.
  package init(
    ofFile path: String, as type: ElementType? = nil
  ) throws(TensorFileProblem) {
    if path.lowercased().hasSuffix(Self.indexSuffix) {
      try self.init(index: ShardIndex(ofFile: path))
      return
    }
    guard let format = TensorFormat(path: path) else {
      throw try Self.unknown(path)
    }
    switch format {
    case .safetensors: try self.init(safetensors: path)
    case .npy: try self.init(npy: path, as: type)
    case .npz:
      let file = try FileContents(ofFile: path)
      let tensors = try NPZFile.read(file, as: type).map {
        PlacedTensor(
          name: $0.name, type: $0.type, shape: $0.shape, path: path, place: .memory($0.contents))
      }
      self.init(tensors: tensors, files: [path])
    }
  }

  /// Bytes that are read at first: most headers fit.
  private static let headSize = 1 << 16
  /// The longest header of an npy file that is read: NumPy's own reader takes 10,000 bytes.
  private static let longestNPYHeader = 1 << 20

  private init(safetensors path: String) throws(TensorFileProblem) {
    var (bytes, size) = try FileContents.head(ofFile: path, most: Self.headSize)
    if bytes.count >= SafetensorsHeader.lengthSize {
      let length = (0..<SafetensorsHeader.lengthSize).reduce(UInt64(0)) {
        $0 | UInt64(bytes[$1]) << UInt64(8 * $1)
      }
      let needed = UInt64(SafetensorsHeader.lengthSize) &+ length
      if length <= UInt64(SafetensorsHeader.longest), needed > UInt64(bytes.count),
        needed <= UInt64(size)
      {
        (bytes, size) = try FileContents.head(ofFile: path, most: Int(needed))
      }
    }
    let head = FileContents(path: path, bytes: bytes)
    try head.refuseForeign(wanted: .safetensors)
    let header = try SafetensorsFile.header(FileRegion(head: head, size: size))
    self.init(
      tensors: header.entries.map { entry in
        let start = header.size + entry.range.lowerBound
        return PlacedTensor(
          name: entry.name, type: entry.type, shape: entry.shape, path: path,
          place: .file(start..<start + entry.range.count))
      }, notes: header.metadata, files: [path])
  }

  private init(npy path: String, as type: ElementType?) throws(TensorFileProblem) {
    let (bytes, size) = try FileContents.head(ofFile: path, most: Self.longestNPYHeader)
    let head = FileContents(path: path, bytes: bytes)
    try head.refuseForeign(wanted: .npy)
    let name = path.split(separator: "/").last.map { String($0.dropLast(4)) } ?? path
    let region = FileRegion(head: head, size: size)
    let header = try NPYHeader(region.limited(to: bytes.count))
    let layout = ElementLayout(
      shape: header.shape, size: header.elements.size, isFortranOrder: header.isFortranOrder,
      isBigEndian: header.elements.isBigEndian)
    let tensor: PlacedTensor
    if layout.isRowMajorLittleEndian {
      let (type, range) = try NPYFile.elements(header, of: region, as: type)
      tensor = PlacedTensor(
        name: name, type: type, shape: header.shape, path: path, place: .file(range))
    } else {
      let whole = try NPYFile.read(FileContents(ofFile: path), as: type, name: name)
      tensor = PlacedTensor(
        name: name, type: whole.type, shape: whole.shape, path: path,
        place: .memory(whole.contents))
    }
    self.init(tensors: [tensor], files: [path])
  }

  /// The tensors that an index names, in its order, each from its file.
  private init(index: ShardIndex) throws(TensorFileProblem) {
    var files: [String: PlacedTensors] = [:]
    var order: [String] = []
    var places: [String: [String: PlacedTensor]] = [:]
    for entry in index.entries where files[entry.file] == nil {
      let read = try PlacedTensors(safetensors: index.path(of: entry.file))
      files[entry.file] = read
      order.append(entry.file)
      places[entry.file] = Dictionary(
        read.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
    var tensors: [PlacedTensor] = []
    for entry in index.entries {
      guard let tensor = places[entry.file]?[entry.name] else {
        let known = places[entry.file].map { Array($0.keys) } ?? []
        let near = NearestNames.of(entry.name, among: known)
        throw TensorFileProblem(
          path: index.path, byte: entry.place,
          reason: "tensor \(quoted(entry.name)) is not in \(quoted(entry.file))"
            + (near.isEmpty ? "" : ", which has \(near.map(quoted).joined(separator: ", "))"))
      }
      tensors.append(tensor)
    }
    self.init(
      tensors: tensors, notes: order.flatMap { files[$0]?.notes ?? [] },
      files: order.map { index.path(of: $0) })
  }

  /// What is wrong with a file whose name ends in nothing that is read.
  private static func unknown(_ path: String) throws(TensorFileProblem) -> TensorFileProblem {
    let (bytes, _) = try FileContents.head(ofFile: path, most: headSize)
    let head = FileContents(path: path, bytes: bytes)
    if let kind = ForeignFile.known.first(where: { $0.matches(bytes) }) {
      guard case .tensors(let own) = kind.content else {
        return head.problem(at: 0, kind.advice(wanted: .safetensors))
      }
      return head.problem("\(kind.noun): give it a name that ends in .\(own)")
    }
    return head.problem(
      "no file of tensors by its name: those of .safetensors, .npy and .npz are read, and "
        + "'\(indexSuffix)' of a model in several files")
  }
}
