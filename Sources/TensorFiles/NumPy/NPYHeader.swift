// SPDX-License-Identifier: Apache-2.0

/// What an npy file says before its elements (NumPy's NEP 1 and `numpy.lib.format`): a magic, a
/// version, a length, and a dictionary as a literal of Python, which is parsed and never evaluated.
struct NPYHeader: Sendable {
  let elements: NPYElements
  /// Whether the fastest dimension is the first.
  let isFortranOrder: Bool
  let shape: [Int]
  /// Where the first size or, without one, the shape stands.
  let shapeOffset: Int
  /// Where the elements start.
  let size: Int

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// The magic and two bytes of version.
  static let versionEnd = magic.count + 2

  /// The header of a file, or of an archive's member.
  init(_ region: FileRegion) throws(TensorFileProblem) {
    guard region.holds(Self.magic, at: 0) else {
      let common = (0..<min(region.count, Self.magic.count)).first { region[$0] != Self.magic[$0] }
      throw region.problem(
        at: common ?? region.count,
        common == nil
          ? "the file ends within the magic of npy" : "not npy, which begins with 0x93 and NUMPY")
    }
    guard region.count >= Self.versionEnd else {
      throw region.problem(at: region.count, "the file ends within its version")
    }
    let (major, minor) = (region[Self.magic.count], region[Self.magic.count + 1])
    guard (1...3).contains(major), minor == 0 else {
      throw region.problem(
        at: Self.magic.count, "version \(major).\(minor) of npy; 1.0, 2.0 and 3.0 are read")
    }
    let lengthSize = major == 1 ? 2 : 4
    let start = Self.versionEnd + lengthSize
    guard region.count >= start else {
      throw region.problem(at: region.count, "the file ends within its header's length")
    }
    let length = Int(region.littleEndian(at: Self.versionEnd, size: lengthSize))
    guard length <= region.count - start else {
      throw region.problem(
        at: Self.versionEnd,
        "a header of \(length) bytes, and the file has \(region.count - start) after its length")
    }
    size = start + length
    // Python 2 wrote the sizes of arrays as 3L.
    var dictionary = NPYDictionary(
      HeaderCursor(region, header: start..<size), takesLongs: major < 3)
    try dictionary.read()
    guard let description = dictionary.description else { throw dictionary.lacks("descr") }
    guard let isFortranOrder = dictionary.isFortranOrder else {
      throw dictionary.lacks("fortran_order")
    }
    guard let shape = dictionary.shape else { throw dictionary.lacks("shape") }
    elements = try NPYElements(description.text, at: description.offset, of: region)
    self.isFortranOrder = isFortranOrder
    self.shape = shape.sizes
    shapeOffset = shape.offset
  }
}
