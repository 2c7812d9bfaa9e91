// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFiles

/// A training and a test set in the files of one folder, as MNIST and CIFAR-10 name them. Whatever
/// was generated here is read through the same door.
package struct ImageFolder: Sendable {
  /// The images to learn from.
  package let train: ImageSet
  /// The images to be judged by.
  package let test: ImageSet

  /// A half of a data set, and what MNIST's file names begin with.
  package enum Split: String, Sendable, CaseIterable {
    case train
    case test = "t10k"
  }

  /// The names of files that make a folder a data set, in every spelling: a new set beside one of
  /// them would be mixed with another.
  package static let fileNames: [String] =
    idxNames + (1...FolderNames.cifarTrainLimit).map(FolderNames.cifarTrain)
    + [FolderNames.cifarTest]

  private static let idxNames: [String] = {
    let parts = [
      ("images", 3, IDXType.uint8), ("images", 4, .uint8), ("labels", 1, .uint8),
      ("masks", 3, .uint8), ("boxes", 3, .int16),
    ]
    return Split.allCases.flatMap { split in
      parts.flatMap { part, rank, type in
        FolderNames.separators.map {
          FolderNames.idx(split, part, rank: rank, type: type, separator: $0)
        }
      }
    }
  }()

  /// The folder: CIFAR-10's where there is a `data_batch_1.bin`, otherwise MNIST's with `idx3` or
  /// `idx4` images and labels, masks or boxes.
  ///
  /// - Throws: `TensorFileProblem` with the file and the byte that is wrong, or the folder and the
  ///   file that it lacks.
  package init(_ folder: String) throws(TensorFileProblem) {
    var status = stat()
    guard stat(folder, &status) == 0 else {
      throw TensorFileProblem(path: folder, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw TensorFileProblem(path: folder, reason: "it is no folder")
    }
    let names = FolderNames(folder)
    if try names.first(of: [FolderNames.cifarTrain(1)]) != nil {
      for name in Self.idxNames { _ = try names.first(of: [FolderNames.cifarTrain(1), name]) }
      train = try CIFARSplit.train(names)
      test = try CIFARSplit.test(names)
    } else {
      let trainFiles = try IDXSplit(names, .train)
      let testFiles = try IDXSplit(names, .test)
      try testFiles.checkAgreement(with: trainFiles)
      train = trainFiles.set
      test = testFiles.set
    }
  }
}

/// The names of data files, and which of them a folder has.
struct FolderNames {
  let folder: String

  init(_ folder: String) { self.folder = folder }

  /// The most training files of CIFAR-10's binary version.
  static let cifarTrainLimit = 5
  static let cifarTest = "test_batch.bin"
  /// A training file of CIFAR-10, from 1.
  static func cifarTrain(_ number: Int) -> String { "data_batch_\(number).bin" }

  /// Before `idx3`, MNIST's own files have a hyphen and some copies a dot.
  static let separators = ["-", "."]

  /// MNIST's name of a file: `train-images-idx3-ubyte`.
  static func idx(
    _ split: ImageFolder.Split, _ part: String, rank: Int, type: IDXType, separator: String = "-"
  ) -> String {
    let suffix = type == .int16 ? "short" : "ubyte"
    return "\(split.rawValue)-\(part)\(separator)idx\(rank)-\(suffix)"
  }

  /// The path of the file that has one of the names, nil for none; throws when there are two, or
  /// only a compressed one.
  func first(of names: [String]) throws(TensorFileProblem) -> String? {
    let present = names.filter { exists($0) }
    if present.count > 1 {
      throw TensorFileProblem(
        path: folder, reason: "both \(present[0]) and \(present[1]) are there: keep one")
    }
    if let name = present.first { return path(name) }
    if let name = names.first(where: { exists($0 + ".gz") }) {
      throw TensorFileProblem(path: path(name + ".gz"), reason: "gzip data: gunzip it first")
    }
    return nil
  }

  func path(_ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  private func exists(_ name: String) -> Bool { access(path(name), F_OK) == 0 }
}

/// The files of CIFAR-10's binary version.
private enum CIFARSplit {
  /// The images of data_batch_1.bin and those that follow it.
  static func train(_ names: FolderNames) throws(TensorFileProblem) -> ImageSet {
    var sets: [ImageSet] = []
    for number in 1...FolderNames.cifarTrainLimit {
      guard let path = try names.first(of: [FolderNames.cifarTrain(number)]) else { continue }
      guard sets.count == number - 1 else {
        throw TensorFileProblem(
          path: names.folder,
          reason: "\(FolderNames.cifarTrain(number)) is there, "
            + "\(FolderNames.cifarTrain(sets.count + 1)) is not")
      }
      sets.append(try set(path))
    }
    return ImageSet(joining: sets)
  }

  static func test(_ names: FolderNames) throws(TensorFileProblem) -> ImageSet {
    guard let path = try names.first(of: [FolderNames.cifarTest]) else {
      throw TensorFileProblem(path: names.folder, reason: "no \(FolderNames.cifarTest)")
    }
    return try set(path)
  }

  private static func set(_ path: String) throws(TensorFileProblem) -> ImageSet {
    ImageSet(try CIFAR10Records(try FileContents(ofFile: path)))
  }
}

extension ImageSet {
  /// The shape of CIFAR-10's images.
  static let cifarShape = ImageShape(
    channels: CIFAR10Records.channels, height: CIFAR10Records.side, width: CIFAR10Records.side)

  /// The images of CIFAR-10's records.
  init(_ records: CIFAR10Records) {
    self.init(shape: ImageSet.cifarShape, pixels: records.pixels, labels: records.labels)
  }
}
