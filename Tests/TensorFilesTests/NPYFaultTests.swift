// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TensorFiles

@Suite("Each fault of an npy file has its line and its byte")
struct NPYFaultTests {
  private let valid = dictionary("<f4", "(2,)")
  private let data = [UInt8](repeating: 1, count: 8)

  @Test("Another file's first bytes")
  func foreign() {
    for (bytes, expected) in [
      ([], "'f', byte 0: the file ends within the magic of npy"),
      ([0x93, 0x4e], "'f', byte 2: the file ends within the magic of npy"),
      ([0x93, 0x4e, 0x55, 0x4e], "'f', byte 3: not npy, which begins with 0x93 and NUMPY"),
      (Array("1 2 3".utf8), "'f', byte 0: not npy, which begins with 0x93 and NUMPY"),
      (
        [0x80, 4, 0x95, 0],
        "'f', byte 0: a pickle of Python, a program that is not run: save its tensors as "
          + "safetensors where they were made"
      ),
      (
        ZipBytes(members: [.init("a.npy", [1])]).bytes,
        "'f', byte 0: an archive of NumPy's arrays (npz), not npy: give it a name that ends in .npz"
      ),
      (
        ZipBytes(members: [.init("model/data.pkl", [1])]).bytes,
        "'f', byte 0: a checkpoint of PyTorch, a program that is not run: save its tensors as "
          + "safetensors where they were made"
      ),
      (
        safetensors("{}"),
        "'f', byte 0: a file of safetensors, not npy: give it a name that ends in .safetensors"
      ),
      ([0x1f, 0x8b, 8], "'f', byte 0: gzip data: gunzip it first"),
      ([0x89, 0x50, 0x4e, 0x47], "'f', byte 0: a PNG image, not npy"),
    ] as [([UInt8], String)] {
      #expect(line(.npy, bytes) == expected)
    }
  }

  @Test("A version or a length that is wrong")
  func lengths() {
    let bytes = npy(valid, data)
    func changed(_ place: Int, _ value: UInt8) -> [UInt8] {
      var bytes = bytes
      bytes[place] = value
      return bytes
    }
    #expect(line(.npy, bytes) == nil)
    #expect(line(.npy, Array(bytes.prefix(7))) == "'f', byte 7: the file ends within its version")
    #expect(
      line(.npy, Array(bytes.prefix(9)))
        == "'f', byte 9: the file ends within its header's length")
    for (place, value, version) in [(6, 4, "4.0"), (6, 0, "0.0"), (7, 1, "1.1")]
      as [(Int, UInt8, String)]
    {
      #expect(
        line(.npy, changed(place, value))
          == "'f', byte 6: version \(version) of npy; 1.0, 2.0 and 3.0 are read")
    }
    #expect(
      line(.npy, changed(9, 0xff))
        == "'f', byte 8: a header of 65337 bytes, and the file has 65 after its length")
    let large = [0x93] + Array("NUMPY".utf8) + [2, 0, 0xff, 0xff, 0xff, 0xff, 0x7b]
    #expect(
      line(.npy, large)
        == "'f', byte 8: a header of 4294967295 bytes, and the file has 1 after its length")
  }

  @Test("A dictionary that is none, or not npy's")
  func dictionaries() {
    for (text, expected) in [
      ("", "byte 10: the header ends where '{' is due"),
      ("[1]", "byte 10: '[', where '{' is due"),
      ("{'descr': '<f4'", "byte 25: the header ends where ',' or '}' is due"),
      ("{}", "byte 10: the header has no 'descr'"),
      ("{'descr': '<f4', 'shape': (2,)}", "byte 10: the header has no 'fortran_order'"),
      ("{'descr': '<f4', 'fortran_order': True}", "byte 10: the header has no 'shape'"),
      (valid + "x", "byte 67: 'x', where the end of the header is due"),
      (
        "{'shape': (2,), 'shape': (2,), 'descr': '<f4', 'fortran_order': False}",
        "byte 26: a second 'shape'"
      ),
      (
        "{'names': (2,)}",
        "byte 11: 'names', and only descr, fortran_order and shape are npy's"
      ),
      ("{descr: '<f4'}", "byte 11: 'd', where a key is due"),
      ("{'descr' '<f4'}", "byte 19: ''', where ':' is due"),
      ("{'descr': '<f4' 'shape': (2,)}", "byte 26: ''', where ',' or '}' is due"),
      ("{'descr': \"<f4'}", "byte 26: the header ends where the closing quote is due"),
      (
        "{'descr': '<\\x664'}", "byte 22: '\\', where a letter, a digit or the closing quote is due"
      ),
      ("{'descr': 'é'}", "byte 21: 0xc3, where a letter, a digit or the closing quote is due"),
      ("{'descr': __import__('os')}", "byte 20: '_', where the type in quotes is due"),
      ("{'descr': None}", "byte 20: 'N', where the type in quotes is due"),
      ("{'fortran_order': 1}", "byte 28: '1', where True or False is due"),
    ] {
      #expect(line(.npy, npy(text, data)) == "'f', \(expected)", "\(text)")
    }
  }

  @Test("A shape that is none")
  func shapes() {
    for (shape, expected) in [
      ("[2]", "'[', where '(' is due"), ("2", "'2', where '(' is due"),
      ("(2)", "(2) is a number; one dimension is (2,)"),
    ] {
      #expect(
        line(.npy, npy(dictionary("<f4", shape), data)) == "'f', byte 60: \(expected)", "\(shape)")
    }
    for (shape, expected) in [
      ("(-2,)", "byte 61: '-', where size 1, a whole number, is due"),
      ("(,)", "byte 61: ',', where size 1, a whole number, is due"),
      ("(02,)", "byte 61: size 1 begins with 0"),
      ("(0x2,)", "byte 62: 'x', where the end of a whole number is due"),
      ("(2.0,)", "byte 62: '.', where the end of a whole number is due"),
      ("(2e1,)", "byte 62: 'e', where the end of a whole number is due"),
      ("(2_0,)", "byte 62: '_', where the end of a whole number is due"),
      ("(2 3)", "byte 63: '3', where ',' or ')' is due"),
      ("(9223372036854775808,)", "byte 61: size 1 is above 2^63 - 1"),
      ("(1, 99999999999999999999,)", "byte 64: size 2 is above 2^63 - 1"),
    ] {
      #expect(line(.npy, npy(dictionary("<f4", shape), data)) == "'f', \(expected)", "\(shape)")
    }
    let sizes = "(" + String(repeating: "1,", count: 65) + ")"
    #expect(
      line(.npy, npy(dictionary("|u1", sizes), [1]))
        == "'f', byte 189: more than 64 dimensions, which NumPy itself has not")
    #expect(
      line(.npy, npy(dictionary("<f4", "(2L,)"), data, version: 3))
        == "'f', byte 64: 'L', where ',' or ')' is due")
  }

  @Test("Sizes that the file has no bytes for, or whose product overflows")
  func sizes() {
    #expect(
      line(.npy, npy(valid, data.dropLast()))
        == "'f', byte 74: the file ends; [2] of fp32 ask for 75 bytes")
    #expect(
      line(.npy, npy(valid, data + [0, 0]))
        == "'f', byte 75: 2 bytes more than [2] of fp32 ask for")
    #expect(
      line(.npy, npy(dictionary("<f4", "(1000000000000,)"), data))
        == "'f', byte 87: the file ends; [1000000000000] of fp32 ask for 4000000000079 bytes")
    for shape in [
      "(4294967296, 4294967296)", "(0, 4294967296, 4294967296)", "(4294967296, 4294967296, 0)",
      "(9223372036854775807,)", "(576460752303423488,)",
    ] {
      let sizes = shape.replacing("(", with: "[").replacing(/,?\)/, with: "]")
      #expect(
        line(.npy, npy(dictionary("<f4", shape), data))
          == "'f', byte 60: \(sizes) of fp32 are more than 2^63 bits", "\(shape)")
    }
  }

  @Test("Elements that are no numbers, and objects, which are a pickle")
  func elements() {
    for (type, expected) in [
      ("|O", "objects of Python, which are a pickle that is not run: save an array of numbers"),
      ("|O8", "objects of Python, which are a pickle that is not run: save an array of numbers"),
      ("<c8", "complex numbers, which are not read: save .real and .imag apart"),
      (">c16", "complex numbers, which are not read: save .real and .imag apart"),
      (
        "<f16",
        "floating-point numbers of the machine's own width, which are not read: save as float64"
      ),
      ("|V12", "records, which are not read: save each field apart"),
      ("<U7", "text, not numbers"), ("|S3", "text, not numbers"),
      ("<M8[D]", "dates, not numbers: save as int64"),
      ("<m8[ns]", "times, not numbers: save as int64"),
      ("=f4", "the order of bytes has to be told by '<' or '>'"),
      ("|f4", "the order of bytes has to be told by '<' or '>'"),
      ("f4", "a description is a byte order, a letter and a size, such as '<f4'"),
      ("", "a description is a byte order, a letter and a size, such as '<f4'"),
      ("<", "a description is a byte order, a letter and a size, such as '<f4'"),
      (
        "<i3",
        "no such type of NumPy is read; b1, f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 are"
      ),
    ] {
      #expect(
        line(.npy, npy(dictionary(type, "(2,)"), data))
          == "'f', byte 20: elements are '\(type)': \(expected)", "\(type)")
    }
    for records in ["[('a', '<f4')]", "('<f4', (2,))"] {
      #expect(
        line(.npy, npy("{'descr': \(records), 'fortran_order': False, 'shape': (2,)}", data))
          == "'f', byte 20: elements are records, which are not read: save each field apart")
    }
  }

  @Test("No byte of a file may be lost unseen")
  func truncation() {
    let bytes = npy(valid, data)
    for length in bytes.indices {
      #expect(line(.npy, Array(bytes.prefix(length))) != nil, "\(length)")
    }
  }
}
