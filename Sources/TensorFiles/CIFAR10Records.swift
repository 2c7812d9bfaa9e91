// SPDX-License-Identifier: Apache-2.0

/// Labelled images as the binary version of CIFAR-10 holds them (Krizhevsky, "Learning multiple
/// layers of features from tiny images", 2009): records of one label and 32 x 32 pixels in three
/// planes, red, green, blue, each row-major.
package struct CIFAR10Records: Sendable, Hashable {
  /// The class of each image, 0 to 9.
  package let labels: [UInt8]
  /// The pixels, shape (image, channel, row, column).
  package let pixels: [UInt8]

  /// The classes that the format knows.
  package static let classCount = 10
  /// Rows of an image, and columns of a row.
  package static let side = 32
  /// Planes of an image.
  package static let channels = 3
  private static let imageSize = channels * side * side
  private static let recordSize = 1 + imageSize

  /// The records of images.
  ///
  /// - Precondition: labels are below 10, and each has 3 x 32 x 32 pixels.
  package init(labels: [UInt8], pixels: [UInt8]) {
    precondition(labels.allSatisfy { $0 < Self.classCount })
    precondition(pixels.count == labels.count * Self.imageSize, "\(pixels.count) pixels")
    self.labels = labels
    self.pixels = pixels
  }

  /// The records that a file holds.
  ///
  /// - Throws: `TensorFileProblem` with the first byte that is wrong, or at which the file ends
  ///   within a record.
  package init(_ file: FileContents) throws(TensorFileProblem) {
    let bytes = file.bytes
    try file.refuseForeign()
    let size = Self.recordSize
    let (count, rest) = bytes.count.quotientAndRemainder(dividingBy: size)
    guard !bytes.isEmpty else { throw file.problem("the file is empty") }
    // Labels first: of a file of another kind, the first byte tells more than its length.
    for record in 0..<count where bytes[record * size] >= Self.classCount {
      throw file.problem(
        at: record * size,
        "label \(bytes[record * size]) of record \(record + 1); CIFAR-10's are 0 to "
          + "\(Self.classCount - 1)")
    }
    guard rest == 0 else {
      throw file.problem(
        at: bytes.count,
        "the file ends after \(rest) of the \(size) bytes of record \(count + 1)")
    }
    labels = (0..<count).map { bytes[$0 * size] }
    pixels = [UInt8](unsafeUninitializedCapacity: count * Self.imageSize) { buffer, filled in
      for record in 0..<count {
        let image = bytes[record * size + 1..<(record + 1) * size]
        filled = buffer[filled...].initialize(fromContentsOf: image)
      }
    }
  }

  /// The file.
  package var encoded: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(labels.count * Self.recordSize)
    for (index, label) in labels.enumerated() {
      bytes.append(label)
      bytes += pixels[index * Self.imageSize..<(index + 1) * Self.imageSize]
    }
    return bytes
  }
}
