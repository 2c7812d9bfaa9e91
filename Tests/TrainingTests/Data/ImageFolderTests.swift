// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFiles
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

@Suite("Folders of image files")
struct ImageFolderTests {
  /// Files of a folder by their names.
  private typealias Files = [String: [UInt8]]

  /// The folder of some files, or the line of what is wrong, the folder's path left out.
  private func read(_ files: Files) throws -> (folder: ImageFolder?, complaint: String?) {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("halfway-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    for (name, bytes) in files { try Data(bytes).write(to: url.appendingPathComponent(name)) }
    do throws(TensorFileProblem) {
      return (try ImageFolder(url.path), nil)
    } catch {
      return (
        nil, error.description.replacing(url.path + "/", with: "").replacing(url.path, with: "DIR")
      )
    }
  }

  private func complaint(_ files: Files) throws -> String? { try read(files).complaint }

  private static func idx(_ shape: [Int], _ elements: [UInt8]) -> [UInt8] {
    IDXTensor(shape: shape, elements: .uint8(elements)).encoded
  }
  private static func boxes(_ shape: [Int], _ elements: [Int16]) -> [UInt8] {
    IDXTensor(shape: shape, elements: .int16(elements)).encoded
  }

  /// Two and one grey images of 2 x 3 pixels under MNIST's names.
  private static let grey: Files = [
    "train-images-idx3-ubyte": idx([2, 2, 3], Array(1...12)),
    "train-labels-idx1-ubyte": idx([2], [7, 3]),
    "t10k-images-idx3-ubyte": idx([1, 2, 3], Array(21...26)),
    "t10k-labels-idx1-ubyte": idx([1], [9]),
  ]

  /// One colour image in each half with a mask and a box.
  private static let scenes: Files = {
    var files: Files = [:]
    for half in ["train", "t10k"] {
      files["\(half)-images-idx4-ubyte"] = idx([1, 3, 2, 2], Array(1...12))
      files["\(half)-masks-idx3-ubyte"] = idx([1, 2, 2], [0, 1, 0, 1])
      files["\(half)-boxes-idx3-short"] = boxes([1, 2, 5], [1, 1, 0, 2, 2, 0, 0, 0, 0, 0])
    }
    return files
  }()

  @Test("Files of two kinds in one folder are refused")
  func mixed() throws {
    var files = Self.grey
    files["data_batch_1.bin"] = [UInt8](repeating: 0, count: 3073)
    #expect(
      try complaint(files)
        == "'DIR': both data_batch_1.bin and train-images-idx3-ubyte are there: keep one")
  }

  @Test("MNIST's files as they are, with a hyphen or a dot in their names")
  func mnist() throws {
    let folder = try #require(try read(Self.grey).folder)
    #expect(folder.train.shape == ImageShape(channels: 1, height: 2, width: 3))
    #expect(folder.train.pixels == Array(1...12) && folder.train.labels == [7, 3])
    #expect(folder.test.pixels == Array(21...26) && folder.test.labels == [9])
    let dotted = Dictionary(
      uniqueKeysWithValues: Self.grey.map { ($0.key.replacing("-idx", with: ".idx"), $0.value) })
    #expect(try read(dotted).folder?.train == folder.train)
  }

  @Test("Masks and boxes beside colour images")
  func scenes() throws {
    let folder = try #require(try read(Self.scenes).folder)
    #expect(folder.test.shape == ImageShape(channels: 3, height: 2, width: 2))
    #expect(folder.test.masks == [0, 1, 0, 1] && folder.test.labels == nil)
    #expect(
      folder.test.boxes?.objects(ofImage: 0)
        == [ObjectBox(objectClass: 1, columns: 1..<2, rows: 0..<2)])
  }

  @Test("What every generator writes is read back the same")
  func roundTrip() throws {
    for set in [GeneratedSet.digits, .shapes(side: 32, objects: 3), .shapes10] {
      let train = set.images(0..<12, split: .train, seed: 1, threads: 1)
      let test = set.images(0..<5, split: .test, seed: 1, threads: 1)
      let files =
        train.files(set.layout, split: .train) + test.files(set.layout, split: .test)
      #expect(files.allSatisfy { ImageFolder.fileNames.contains($0.name) })
      let folder = try read(Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.bytes) }))
      #expect(folder.folder?.train == train && folder.folder?.test == test, "\(set)")
    }
  }

  @Test("CIFAR-10's training files in order, ten thousand in each")
  func cifar() throws {
    let count = 20_001
    let labels = (0..<count).map { UInt8($0 % 10) }
    let set = ImageSet(
      shape: ImageSet.cifarShape,
      pixels: [UInt8](repeating: 1, count: count * ImageSet.cifarShape.count), labels: labels)
    let files = set.files(.cifar10, split: .train)
    #expect(files.map(\.name) == ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin"])
    #expect(files.map { $0.bytes.count / 3073 } == [10_000, 10_000, 1])
    let record = [UInt8](repeating: 2, count: 3073)
    #expect(
      try complaint(["data_batch_1.bin": record, "data_batch_3.bin": record])
        == "'DIR': data_batch_3.bin is there, data_batch_2.bin is not")
    #expect(try complaint(["data_batch_1.bin": record]) == "'DIR': no test_batch.bin")
    let folder = try read([
      "data_batch_1.bin": record, "data_batch_2.bin": record + record, "test_batch.bin": record,
    ])
    #expect(folder.folder?.train.count == 3 && folder.folder?.test.labels == [2])
  }

  @Test("A folder that is none is told so, not searched")
  func noFolder() {
    for (path, reason) in [
      ("/nonexistent/images", "No such file or directory"), (#filePath, "it is no folder"),
    ] {
      #expect(throws: TensorFileProblem(path: path, reason: reason)) { try ImageFolder(path) }
    }
  }

  @Test("A class far above all others is told with its byte; a class without examples is none")
  func stray() throws {
    let count = 3000
    func files(_ labels: [UInt8]) -> Files {
      let images = IDXTensor(
        shape: [labels.count, 1, 1], elements: .uint8([UInt8](repeating: 1, count: labels.count)))
      return [
        "train-images-idx3-ubyte": images.encoded, "t10k-images-idx3-ubyte": images.encoded,
        "train-labels-idx1-ubyte": IDXTensor(shape: [labels.count], elements: .uint8(labels))
          .encoded,
        "t10k-labels-idx1-ubyte": IDXTensor(shape: [labels.count], elements: .uint8(labels))
          .encoded,
      ]
    }
    // As in EMNIST's letters, no image has class 0.
    let letters = (0..<count).map { UInt8(1 + $0 % 26) }
    #expect(try read(files(letters)).folder?.train.labels == letters)
    var strayed = (0..<count).map { UInt8($0 % 10) }
    strayed[17] = 255
    let line = try complaint(files(strayed))
    #expect(
      line
        == "'train-labels-idx1-ubyte', byte 25: class 255, and of the classes 0 to 255 only 11 "
        + "occur: number them without large gaps", "\(line ?? "")")
  }

  @Test("Each fault has its line, its file and its byte")
  func faults() throws {
    let nothing =
      "'DIR': no train-images-idx3-ubyte, no train-images-idx4-ubyte, no data_batch_1.bin"
    #expect(try complaint([:]) == nothing)
    func fault(
      _ base: Files, without missing: String = "", _ changes: Files, _ line: String
    ) throws {
      var files = base.merging(changes) { _, changed in changed }
      files[missing] = nil
      #expect(try complaint(files) == line)
    }
    let images = "train-images-idx3-ubyte"
    let labels = "train-labels-idx1-ubyte"
    let boxes = "train-boxes-idx3-short"
    try fault(
      Self.grey, without: images, [images + ".gz": [0x1f, 0x8b]],
      "'\(images).gz': gzip data: gunzip it first")
    try fault(
      Self.grey, ["train-images.idx3-ubyte": [0]],
      "'DIR': both \(images) and train-images.idx3-ubyte are there: keep one")
    try fault(
      Self.grey, [images: [0x1f, 0x8b, 8, 8]], "'\(images)', byte 0: gzip data: gunzip it first")
    try fault(
      Self.grey, [labels: Self.idx([3], [1, 2, 3])],
      "'\(labels)', byte 4: labels of 3 images; '\(images)' has 2")
    try fault(
      Self.grey, [labels: Self.idx([2, 1], [1, 2])],
      "'\(labels)', byte 3: 2 dimensions; labels have 1")
    try fault(
      Self.grey, [labels: Self.boxes([2], [1, 2])],
      "'\(labels)', byte 2: elements are i16; labels are u8")
    try fault(
      Self.grey, [images: Self.idx([2], [1, 2])],
      "'\(images)', byte 3: 1 dimensions; images have 3 or 4")
    try fault(
      Self.grey, without: labels, [:],
      "'\(images)': no labels beside it: \(labels), train-masks-idx3-ubyte or \(boxes)")
    try fault(
      Self.grey, ["t10k-images-idx3-ubyte": Self.idx([1, 3, 2], Array(1...6))],
      "'t10k-images-idx3-ubyte', byte 8: images of 1 x 3 x 2; those of '\(images)' are 1 x 2 x 3")
    try fault(
      Self.scenes, ["train-images-idx4-ubyte": Self.idx([1, 2, 2, 2], Array(1...8))],
      "'train-images-idx4-ubyte', byte 8: 2 channels; 1 or 3 are read")
    try fault(
      Self.scenes, ["train-masks-idx3-ubyte": Self.idx([1, 2, 3], Array(1...6))],
      "'train-masks-idx3-ubyte', byte 12: masks of 3 columns; 'train-images-idx4-ubyte' has 2")
    try fault(
      Self.scenes, without: "t10k-masks-idx3-ubyte", [:],
      "'t10k-images-idx4-ubyte': no masks beside it, but beside 'train-images-idx4-ubyte'")
    for (row, byte, reason) in [
      ([-1, 0, 0, 1, 1], 16, "has class -1; classes count from 1, 0 is no object"),
      ([0, 0, 4, 0, 0], 20, "has no class but the number 4"),
      ([1, -2, 0, 1, 1], 18, "spans columns -2 to 1, which begins before 0"),
      ([1, 1, 0, 1, 1], 22, "spans columns 1 to 1, which is nothing"),
      ([1, 0, 0, 3, 1], 22, "spans columns 0 to 3 of an image of 2"),
      ([1, 0, 1, 1, 3], 24, "spans rows 1 to 3 of an image of 2"),
    ] as [([Int16], Int, String)] {
      try fault(
        Self.scenes, [boxes: Self.boxes([1, 2, 5], row + [0, 0, 0, 0, 0])],
        "'\(boxes)', byte \(byte): object 1 of image 1 \(reason)")
    }
    try fault(
      Self.scenes, [boxes: Self.boxes([1, 2, 5], [0, 0, 0, 0, 0, 1, 0, 0, 1, 1])],
      "'\(boxes)', byte 26: object 2 of image 1 follows an empty slot")
    try fault(
      Self.scenes, [boxes: Self.boxes([1, 2, 4], [0, 0, 0, 0, 0, 0, 0, 0])],
      "'\(boxes)', byte 12: 4 numbers an object; boxes have 5: class, left, top, right, bottom")
  }
}
