// SPDX-License-Identifier: Apache-2.0
import TensorFiles

/// A file to be written.
package struct DataFile: Sendable {
  /// Its name within the folder.
  package var name: String
  /// Its bytes.
  package var bytes: [UInt8]
}

/// How the files of a data set are named and laid out.
package enum DataLayout: Sendable, Hashable {
  /// IDX files under MNIST's names.
  case idx
  /// CIFAR-10's binary version.
  case cifar10
}

extension ImageSet {
  /// The files of this set as one half of a data set.
  ///
  /// - Precondition: for CIFAR-10's layout, 3 x 32 x 32 pixels and labels below 10.
  package func files(_ layout: DataLayout, split: ImageFolder.Split) -> [DataFile] {
    switch layout {
    case .idx: idxFiles(split)
    case .cifar10: cifarFiles(split)
    }
  }

  private func idxFiles(_ split: ImageFolder.Split) -> [DataFile] {
    func file(_ part: String, _ shape: [Int], _ elements: IDXTensor.Elements) -> DataFile {
      DataFile(
        name: FolderNames.idx(split, part, rank: shape.count, type: elements.type),
        bytes: IDXTensor(shape: shape, elements: elements).encoded)
    }
    let plane = [shape.height, shape.width]
    // Grey images have MNIST's three dimensions.
    let image = (shape.channels == 1 ? [] : [shape.channels]) + plane
    var files = [file("images", [count] + image, .uint8(pixels))]
    if let labels { files.append(file("labels", [count], .uint8(labels))) }
    if let masks { files.append(file("masks", [count] + plane, .uint8(masks))) }
    if let boxes {
      let shape = [count, boxes.slots, BoxTable.fields]
      files.append(file("boxes", shape, .int16(boxes.values)))
    }
    return files
  }

  /// The records of CIFAR-10's training set lie in five files of 10,000; a larger set has larger
  /// files, a smaller one fewer.
  private static let cifarBatch = 10_000

  private func cifarFiles(_ split: ImageFolder.Split) -> [DataFile] {
    precondition(shape == ImageSet.cifarShape, "not of CIFAR-10's shape")
    let limit = FolderNames.cifarTrainLimit
    let size = split == .test ? count : max(Self.cifarBatch, (count + limit - 1) / limit)
    return stride(from: 0, to: count, by: size).map { start in
      let images = start..<min(start + size, count)
      let records = CIFAR10Records(
        labels: Array((labels ?? [])[images]),
        pixels: Array(pixels[images.lowerBound * shape.count..<images.upperBound * shape.count]))
      let name =
        split == .test ? FolderNames.cifarTest : FolderNames.cifarTrain(start / size + 1)
      return DataFile(name: name, bytes: records.encoded)
    }
  }
}
