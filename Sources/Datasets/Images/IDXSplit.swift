// SPDX-License-Identifier: Apache-2.0
import TensorFiles

/// The IDX files of one half of a data set, checked against one another.
struct IDXSplit {
  let set: ImageSet
  private let imagesPath: String
  private let imagesRank: Int

  /// The dimension of an image file that holds the rows; the columns follow.
  private var heightDimension: Int { imagesRank - 2 }

  /// The files of a half: images, and at least one of labels, masks and boxes.
  init(_ names: FolderNames, _ split: ImageFolder.Split) throws(TensorFileProblem) {
    func find(_ part: String, _ ranks: [Int], _ type: IDXType) throws(TensorFileProblem) -> String?
    {
      try names.first(
        of: ranks.flatMap { rank in
          FolderNames.separators.map {
            FolderNames.idx(split, part, rank: rank, type: type, separator: $0)
          }
        })
    }
    guard let imagesPath = try find("images", [3, 4], .uint8) else {
      throw TensorFileProblem(
        path: names.folder,
        reason: "no \(FolderNames.idx(split, "images", rank: 3, type: .uint8)), no "
          + FolderNames.idx(split, "images", rank: 4, type: .uint8)
          + (split == .train ? ", no \(FolderNames.cifarTrain(1))" : ""))
    }
    self.imagesPath = imagesPath
    let images = try IDXPart(imagesPath)
    let pixels = try images.bytes("images", ranks: 3...4)
    let sizes = images.tensor.shape
    imagesRank = sizes.count
    let shape = ImageShape(
      channels: sizes.count == 4 ? sizes[1] : 1, height: sizes[sizes.count - 2],
      width: sizes[sizes.count - 1])
    guard shape.channels == 1 || shape.channels == 3 else {
      throw images.problem(size: 1, "\(shape.channels) channels; 1 or 3 are read")
    }

    var labels: [UInt8]?
    var masks: [UInt8]?
    var boxes: BoxTable?
    if let path = try find("labels", [1], .uint8) {
      let part = try IDXPart(path)
      labels = try part.classes("labels", ranks: 1...1)
      try part.check([sizes[0]], "labels", images: imagesPath)
    }
    if let path = try find("masks", [3], .uint8) {
      let part = try IDXPart(path)
      masks = try part.classes("masks", ranks: 3...3)
      try part.check([sizes[0], shape.height, shape.width], "masks", images: imagesPath)
    }
    if let path = try find("boxes", [3], .int16) {
      let part = try IDXPart(path)
      boxes = try part.boxes(in: shape)
      try part.check([sizes[0]], "boxes", images: imagesPath)
    }
    guard labels != nil || masks != nil || boxes != nil else {
      throw TensorFileProblem(
        path: imagesPath,
        reason: "no labels beside it: \(FolderNames.idx(split, "labels", rank: 1, type: .uint8)), "
          + "\(FolderNames.idx(split, "masks", rank: 3, type: .uint8)) or "
          + FolderNames.idx(split, "boxes", rank: 3, type: .int16))
    }
    set = ImageSet(shape: shape, pixels: pixels, labels: labels, masks: masks, boxes: boxes)
  }

  /// Throws where a test set is not of the kind of its training set.
  func checkAgreement(with train: IDXSplit) throws(TensorFileProblem) {
    let (own, other) = (set.shape, train.set.shape)
    guard own == other else {
      throw TensorFileProblem(
        path: imagesPath, byte: IDXTensor.byte(ofSize: heightDimension),
        reason: "images of \(own.channels) x \(own.height) x \(own.width); those of "
          + "'\(train.imagesPath)' are \(other.channels) x \(other.height) x \(other.width)")
    }
    for (name, own, other) in [
      ("labels", set.labels != nil, train.set.labels != nil),
      ("masks", set.masks != nil, train.set.masks != nil),
      ("boxes", set.boxes != nil, train.set.boxes != nil),
    ] where own != other {
      throw TensorFileProblem(
        path: own ? train.imagesPath : imagesPath,
        reason: "no \(name) beside it, but beside '\(own ? imagesPath : train.imagesPath)'")
    }
  }
}

/// One IDX file in its role.
private struct IDXPart {
  let path: String
  let tensor: IDXTensor

  init(_ path: String) throws(TensorFileProblem) {
    self.path = path
    tensor = try IDXTensor(try FileContents(ofFile: path))
  }

  /// The problem with one of the sizes.
  func problem(size dimension: Int, _ reason: String) -> TensorFileProblem {
    TensorFileProblem(path: path, byte: IDXTensor.byte(ofSize: dimension), reason: reason)
  }

  /// The elements of a file that must hold bytes in so many dimensions.
  func bytes(_ name: String, ranks: ClosedRange<Int>) throws(TensorFileProblem) -> [UInt8] {
    try checkRank(name, ranks)
    guard case .uint8(let values) = tensor.elements else { throw wrongType(name, .uint8) }
    return values
  }

  /// The elements of a file of classes; throws where most classes up to the greatest have no
  /// example although there are many: that number is a mistake, or stands for something that is no
  /// class.
  func classes(_ name: String, ranks: ClosedRange<Int>) throws(TensorFileProblem) -> [UInt8] {
    let values = try bytes(name, ranks: ranks)
    var isKnown = [Bool](repeating: false, count: Int(UInt8.max) + 1)
    for value in values { isKnown[Int(value)] = true }
    let count = isKnown.count { $0 }
    let examplesPerClass = 10
    guard let greatest = values.max(), Int(greatest) >= 2 * count,
      values.count >= examplesPerClass * count,
      let index = values.firstIndex(of: greatest)
    else { return values }
    throw TensorFileProblem(
      path: path, byte: tensor.byte(ofElement: index),
      reason: "class \(greatest), and of the classes 0 to \(greatest) only \(count) occur: number "
        + "them without large gaps")
  }

  /// The table of boxes of images of a shape.
  func boxes(in shape: ImageShape) throws(TensorFileProblem) -> BoxTable {
    try checkRank("boxes", 3...3)
    guard case .int16(let values) = tensor.elements else { throw wrongType("boxes", .int16) }
    guard tensor.shape[2] == BoxTable.fields else {
      throw problem(
        size: 2,
        "\(tensor.shape[2]) numbers an object; boxes have \(BoxTable.fields): class, left, top, "
          + "right, bottom")
    }
    let table = BoxTable(slots: tensor.shape[1], values: values)
    if let fault = table.firstFault(in: shape) {
      throw TensorFileProblem(
        path: path, byte: tensor.byte(ofElement: fault.index), reason: fault.reason)
    }
    return table
  }

  /// Throws at the first of the leading sizes that is not as given.
  func check(
    _ sizes: [Int], _ name: String, images: String
  ) throws(TensorFileProblem) {
    guard let wrong = sizes.indices.first(where: { tensor.shape[$0] != sizes[$0] }) else { return }
    let unit = wrong == 0 ? "images" : wrong == 1 ? "rows" : "columns"
    throw problem(
      size: wrong, "\(name) of \(tensor.shape[wrong]) \(unit); '\(images)' has \(sizes[wrong])")
  }

  private func checkRank(
    _ name: String, _ ranks: ClosedRange<Int>
  ) throws(TensorFileProblem) {
    guard !ranks.contains(tensor.shape.count) else { return }
    let expected = Set([ranks.lowerBound, ranks.upperBound]).sorted().map(String.init)
    throw TensorFileProblem(
      path: path, byte: 3,
      reason: "\(tensor.shape.count) dimensions; \(name) have "
        + expected.joined(separator: " or "))
  }

  private func wrongType(_ name: String, _ type: IDXType) -> TensorFileProblem {
    TensorFileProblem(
      path: path, byte: 2, reason: "elements are \(tensor.elements.type); \(name) are \(type)")
  }
}
