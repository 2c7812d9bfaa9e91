// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TensorFiles

@Suite("Each fault of an npz file has its line and its byte")
struct NPZFaultTests {
  /// A member of one byte: its header is at 0, the byte at 35, the directory at 36 and its end
  /// record at 87 of 109 bytes.
  private let small = ZipBytes(members: [.init("a.npy", [7])])

  /// The archive with bytes replaced.
  private func changed(_ place: Int, _ bytes: [UInt8]) -> [UInt8] {
    var archive = small.bytes
    archive.replaceSubrange(place..<place + bytes.count, with: bytes)
    return archive
  }

  private func complaint(_ bytes: [UInt8], _ limits: ZipLimits = ZipLimits()) -> String? {
    TensorFilesTests.complaint(bytes) { file throws(TensorFileProblem) in
      _ = try NPZFile.read(file, limits: limits)
    }
  }

  @Test("Another file's first bytes")
  func foreign() {
    for (bytes, expected) in [
      ([], "'f', byte 0: not npz, which begins with PK, 0x03 and 0x04"),
      ([1, 2, 3], "'f', byte 0: not npz, which begins with PK, 0x03 and 0x04"),
      (npy("{}"), "'f', byte 0: an array of NumPy, not npz: give it a name that ends in .npy"),
      (
        ZipBytes(members: [.init("model/data.pkl", [1])]).bytes,
        "'f', byte 0: a checkpoint of PyTorch, a program that is not run: save its tensors as "
          + "safetensors where they were made"
      ),
      (
        ZipBytes(members: [.init("a.txt", [1])]).bytes,
        "'f', byte 36: member 'a.txt' is no array: those of npz have names that end in .npy"
      ),
      (
        ZipBytes(members: [.init("a.npy/", [])]).bytes,
        "'f', byte 36: member 'a.npy/' is no array: those of npz have names that end in .npy"
      ),
    ] as [([UInt8], String)] {
      #expect(complaint(bytes) == expected)
    }
  }

  @Test("No end of the file may be lost, and nothing may follow it")
  func ends() {
    let bytes = small.bytes
    #expect(bytes.count == 109)
    for length in 4..<bytes.count {
      #expect(
        complaint(Array(bytes.prefix(length)))
          == "'f', byte \(length): no directory of a zip archive at the file's end: cut off, or no "
          + "archive")
    }
    #expect(
      complaint(bytes + [0])
        == "'f', byte 110: no directory of a zip archive at the file's end: cut off, or no archive")
  }

  @Test("A directory that does not lie where its end says, or is not what its end says")
  func directories() {
    for (place, value, expected) in [
      (91, little(1, 2), "byte 87: an archive split into several files, which is not read"),
      (95, little(2, 2), "byte 87: an archive split into several files, which is not read"),
      (95, little(2, 2) + little(2, 2), "byte 87: 2 members in a directory of 51 bytes"),
      (95, little(0, 4), "byte 36: the directory goes on after its 0 members"),
      (
        99, little(50, 4),
        "byte 87: the directory is to lie at byte 36 with 50 bytes, and ends here"
      ),
      (
        103, little(0xffff_ffff, 4),
        "byte 87: the directory is to lie at byte 4294967295 with 51 bytes, and ends here"
      ),
      (36, [0], "byte 36: no entry of the archive's directory, where one is due"),
      (68, little(1, 2), "byte 36: an entry that goes on after the archive's directory"),
      (
        64, little(4, 2),
        "byte 30: member 'a.np': its header has another name than the archive's directory"
      ),
      (70, little(1, 2), "byte 70: an archive split into several files, which is not read"),
    ] as [(Int, [UInt8], String)] {
      #expect(complaint(changed(place, value)) == "'f', \(expected)", "byte \(place)")
    }
  }

  @Test("A member that is encrypted, packed otherwise, not where it is to be, or not as long")
  func members() {
    for (place, value, expected) in [
      (44, [1], "byte 44: member 'a.npy' is encrypted, which is not read"),
      (44, [0x40], "byte 44: member 'a.npy' is encrypted, which is not read"),
      (45, [0x20], "byte 44: member 'a.npy' is encrypted, which is not read"),
      (
        46, [12],
        "byte 46: member 'a.npy' is packed by method 12; stored (0) and deflated (8) are read"
      ),
      (78, [1], "byte 78: member 'a.npy' is to start at byte 1, where no member does"),
      (
        78, little(0xffff_fffe, 4),
        "byte 78: member 'a.npy' is to start at byte 4294967294, where no member does"
      ),
      (82, [0xff], "byte 82: a member's name is neither ASCII nor marked as UTF-8 and such"),
      (60, [2], "byte 18: member 'a.npy': its header has other sizes than the archive's directory"),
      (
        52, [0],
        "byte 14: member 'a.npy': its header has another CRC-32 than the archive's directory"
      ),
      (6, [8], "byte 6: member 'a.npy': its header has other flags than the archive's directory"),
      (
        8, [8], "byte 8: member 'a.npy': its header has another method than the archive's directory"
      ),
      (
        30, [0x62],
        "byte 30: member 'a.npy': its header has another name than the archive's directory"
      ),
      (28, [2], "byte 0: member 'a.npy': its header goes on into the archive's directory"),
      (28, [1], "byte 56: member 'a.npy' of 1 bytes goes on into the archive's directory"),
    ] as [(Int, [UInt8], String)] {
      #expect(complaint(changed(place, value)) == "'f', \(expected)", "byte \(place)")
    }
    let twice = ZipBytes(members: [.init("a.npy", [7]), .init("a.npy", [7])])
    #expect(complaint(twice.bytes) == "'f', byte 123: a second member 'a.npy'")
  }

  @Test("Two members that share bytes")
  func overlaps() {
    // The second entry leads to a member that lies in the first one's bytes.
    let inner = Array(ZipBytes(members: [.init("b.npy", [7])]).bytes.prefix(36))
    var bytes = ZipBytes(members: [.init("a.npy", inner), .init("b.npy", [7])]).bytes
    // Headers at 0 and 71, the directory at 107; the second entry's offset is at 107 + 51 + 42.
    bytes.replaceSubrange(200..<204, with: little(35, 4))
    #expect(complaint(bytes) == "'f', byte 35: member 'b.npy' starts within another one")
  }

  @Test("Bytes that are not those that were packed")
  func damage() {
    #expect(
      complaint(changed(35, [8]))
        == "'f', byte 35: member 'a.npy' is damaged: its CRC-32 is "
        + "\(hexadecimal(ZipBytes.checksum([8]))), and the directory has "
        + "\(hexadecimal(ZipBytes.checksum([7])))")
    func packed(_ packed: [UInt8], size: UInt64 = 1) -> String? {
      var member = ZipBytes.Member(deflated: "a.npy", [7])
      (member.packed, member.size) = (packed, size)
      return complaint(ZipBytes(members: [member]).bytes)
    }
    let whole: [UInt8] = [1, 1, 0, 0xfe, 0xff, 7]
    // Whole, the member is read and found to be no array.
    #expect(packed(whole)?.hasPrefix("'f/a.npy', byte 0: not npy") == true)
    for (bytes, size) in [
      (whole, 2), (whole, 0), (Array(whole.dropLast()), 1), (whole + [0], 1), ([], 0), ([0xff], 1),
      ([1, 1, 0, 0xfe, 0xfe, 7], 1),
    ] as [([UInt8], UInt64)] {
      // Nothing can unpack to more than nothing, and the directory alone tells so.
      #expect(
        packed(bytes, size: size)
          == "'f', byte 35: member 'a.npy' is damaged: its \(bytes.count) bytes do not unpack to "
          + "\(size)")
    }
  }

  @Test("What an archive may ask for is limited before anything is unpacked")
  func limits() {
    let members: [ZipBytes.Member] = [.init("a.npy", [7, 7]), .init("b.npy", [7, 7])]
    let bytes = ZipBytes(members: members).bytes
    // Two members of 37 bytes, a directory of 102.
    #expect(
      complaint(bytes, ZipLimits(members: 1))
        == "'f', byte 176: 2 members, and at most 1 are read")
    #expect(
      complaint(bytes, ZipLimits(size: 1))
        == "'f', byte 74: member 'a.npy' has 2 bytes, and at most 1 are read")
    #expect(
      complaint(bytes, ZipLimits(size: 3))
        == "'f', byte 125: members up to 'b.npy' have 4 bytes, and at most 3 are read")
    var member = ZipBytes.Member(deflated: "a.npy", [7])
    member.size = 6 * 1032 + 1
    #expect(
      complaint(ZipBytes(members: [member]).bytes)
        == "'f', byte 41: member 'a.npy' claims 6193 bytes out of 6, more than 1032 for each")
    #expect(
      complaint(ZipBytes(members: [.init(deflated: "a.npy", [7])]).bytes, ZipLimits(ratio: 0))
        == "'f', byte 41: member 'a.npy' claims 1 bytes out of 6, more than 0 for each")
    member.size = 1 << 40
    #expect(
      complaint(ZipBytes(members: [member], isLarge: true).bytes)
        == "'f', byte 61: member 'a.npy' has 1099511627776 bytes, and at most 1073741824 are read")
    var stored = ZipBytes.Member("a.npy", [7])
    stored.size = 2
    #expect(
      complaint(ZipBytes(members: [stored]).bytes)
        == "'f', byte 36: member 'a.npy' is stored in 1 bytes and has 2")
  }

  @Test("Zip64's records that are missing, damaged or lead astray")
  func large() {
    // Header 0, extra field 35, byte 55, directory 56, its extra 107, zip64's end 140, locator 196.
    let bytes = ZipBytes(members: [.init("a.npy", [7])], isLarge: true).bytes
    func changed(_ place: Int, _ value: [UInt8]) -> String? {
      var bytes = bytes
      bytes.replaceSubrange(place..<place + value.count, with: value)
      return complaint(bytes)
    }
    #expect(complaint(bytes)?.hasPrefix("'f/a.npy', byte 0: not npy") == true)
    for (place, value, expected) in [
      (
        204, little(141, 8),
        "byte 196: zip64's locator leads to byte 141, where its end record is not"
      ),
      (
        204, little(.max, 8),
        "byte 196: zip64's locator leads to byte 18446744073709551615, where its end record is not"
      ),
      (
        144, little(45, 8),
        "byte 196: zip64's locator leads to byte 140, where its end record is not"
      ),
      (35, [2], "byte 35: zip64's extra field is missing or damaged"),
      (37, [17], "byte 35: zip64's extra field is missing or damaged"),
      (37, [12], "byte 35: zip64's extra field ends before the numbers it replaces"),
      (
        164, little(.max, 8) + little(.max, 8),
        "byte 140: 18446744073709551615 members in a directory of 84 bytes"
      ),
      (
        188, little(.max, 8),
        "byte 140: the directory is to lie at byte 18446744073709551615 with 84 bytes, and "
          + "ends here"
      ),
      (
        132, little(.max, 8),
        "byte 98: member 'a.npy' is to start at byte 18446744073709551615, where no member does"
      ),
      (
        124, little(.max, 8),
        "byte 18: member 'a.npy': its header has other sizes than the archive's directory"
      ),
    ] as [(Int, [UInt8], String)] {
      #expect(changed(place, value) == "'f', \(expected)", "byte \(place)")
    }
  }

  @Test("A large deflated member whose header asks for other bytes is not unpacked")
  func contradiction() {
    // Its end is damaged, which only one who unpacks it sees.
    func archive(_ header: [UInt8]) -> [UInt8] {
      var member = ZipBytes.Member(
        deflated: "a.npy", header + [UInt8](repeating: 0, count: 400_000))
      member.packed[member.packed.count - 1] = 1
      return ZipBytes(members: [member]).bytes
    }
    let start = npy(dictionary("<f4", "(3,)")).count
    #expect(
      complaint(archive(npy(dictionary("<f4", "(3,)"))))
        == "'f/a.npy', byte \(start + 12): 399988 bytes more than [3] of fp32 ask for")
    #expect(
      complaint(archive(npy(dictionary("<f4", "(300000,)"))))
        == "'f/a.npy', byte \(npy(dictionary("<f4", "(300000,)")).count + 400_000): the file ends; "
        + "[300000] of fp32 ask for \(npy(dictionary("<f4", "(300000,)")).count + 1_200_000) bytes")
    #expect(
      complaint(archive([1, 2])) == "'f/a.npy', byte 0: not npy, which begins with 0x93 and NUMPY")
    #expect(complaint(archive(npy(dictionary("<f4", "(100000,)"))))?.contains("damaged") == true)
    let whole = ZipBytes.Member(
      deflated: "a.npy", npy(dictionary("<f4", "(100000,)"), [UInt8](repeating: 0, count: 400_000)))
    #expect(complaint(ZipBytes(members: [whole]).bytes) == nil)
  }
}
