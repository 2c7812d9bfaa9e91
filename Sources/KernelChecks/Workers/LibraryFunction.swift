// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A function of a shared library, by its C signature.
package struct LibraryFunction {
  private let symbol: UnsafeMutableRawPointer
  private let signature: CSignature

  /// The function of a name.
  ///
  /// - Throws: `WorkerFailure`: the library or the symbol is missing.
  package init(library: String, symbol name: String, signature: CSignature) throws {
    guard let handle = dlopen(library, RTLD_NOW | RTLD_LOCAL) else {
      // A name without a slash is looked for among the system's libraries alone.
      let isHere = !library.contains("/") && FileManager.default.fileExists(atPath: library)
      throw WorkerFailure(
        isHere
          ? "cannot load '\(library)' from the system's libraries; for the file that lies here "
            + "write './\(library)'"
          : "cannot load '\(library)': \(Self.problem)")
    }
    guard let symbol = dlsym(handle, name) else {
      throw WorkerFailure("no symbol '\(name)' in '\(library)'")
    }
    self.symbol = symbol
    self.signature = signature
  }

  private static var problem: String {
    dlerror().map { String(cString: $0) } ?? "unknown reason"
  }

  /// The path of the library that the function is from, as the system found it; nil where the
  /// system does not say.
  package var libraryPath: String? {
    // `dladdr` is no part of POSIX, and hidden from Swift on Linux.
    guard let maps = fopen("/proc/self/maps", "r") else { return nil }
    defer { fclose(maps) }
    let address = UInt(bitPattern: symbol)
    var buffer = [CChar](repeating: 0, count: 2 * Int(PATH_MAX))
    while fgets(&buffer, Int32(buffer.count), maps) != nil {
      let line = String(
        decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard fields.count == 6, ends.count == 2, (ends[0]..<ends[1]).contains(address) else {
        continue
      }
      return fields[5].trimmingCharacters(in: .whitespacesAndNewlines)
    }
    return nil
  }

  /// Whether it returns one element for each that it is given, and is called so on every system:
  /// `float(float)`.
  var returnsElements: Bool {
    guard case .scalar = CallForm(signature) else { return false }
    return signature.element == .float || signature.element == .double
  }

  /// Calls the function for `count` elements; throws where its signature is not of such a one.
  func call(
    _ inputs: [UnsafeMutableRawPointer], _ output: UnsafeMutableRawPointer, count: Int
  ) throws {
    guard let form = CallForm(signature), let element = signature.element,
      inputs.count == form.operands
    else { throw WorkerFailure("'\(signature.text)' is no function of such elements") }
    switch form {
    case .scalar:
      switch element {
      case .double: scalar(Double.self, inputs, output, count)
      case .float: scalar(Float.self, inputs, output, count)
      // Both are passed in the low half of a vector register, and only their bits are moved.
      case .float16, .bfloat16: scalarOfHalves(inputs, output, count)
      case .uint16: scalar(UInt16.self, inputs, output, count)
      case .uint8: scalar(UInt8.self, inputs, output, count)
      // No format of these is checked.
      case .void, .size, .int32, .int64: break
      }
    case .array: array(inputs, output, count)
    }
  }

  /// Calls the function with any arguments; a result that it returns becomes the first output.
  func call(
    _ arguments: [WorkerArgument], inputs: [UnsafeMutableRawPointer],
    outputs: [UnsafeMutableRawPointer]
  ) throws {
    var registers = ArgumentRegisters()
    for argument in arguments {
      switch argument {
      case .input(let index) where inputs.indices.contains(index):
        registers.append(Int(bitPattern: inputs[index]))
      case .output(let index) where outputs.indices.contains(index):
        registers.append(Int(bitPattern: outputs[index]))
      case .integer(let integer): registers.append(integer)
      case .float(let number): registers.append(Float(number))
      case .double(let number): registers.append(number)
      case .input, .output: throw WorkerFailure("an argument is an array that there is not")
      }
    }
    guard registers.hold else {
      throw WorkerFailure("'\(signature.text)' has more parameters than can be passed")
    }
    let (number, integer) = registers.call(symbol, returnsNumber: signature.result.isNumber)
    guard signature.result != .void, let output = outputs.first else { return }
    switch signature.result {
    case .double: output.storeBytes(of: number, as: UInt64.self)
    case .float: output.storeBytes(of: UInt32(truncatingIfNeeded: number), as: UInt32.self)
    case .float16, .bfloat16:
      output.storeBytes(of: UInt16(truncatingIfNeeded: number), as: UInt16.self)
    case .uint16: output.storeBytes(of: UInt16(truncatingIfNeeded: integer), as: UInt16.self)
    case .uint8: output.storeBytes(of: UInt8(truncatingIfNeeded: integer), as: UInt8.self)
    case .void, .size, .int32, .int64: break
    }
  }

  private typealias Pointer = UnsafeMutableRawPointer

  private func array(_ inputs: [Pointer], _ output: Pointer, _ elements: Int) {
    // `int` and `size_t` are passed in one register, whose upper half `int` does not read.
    switch inputs.count {
    case 1:
      unsafeBitCast(symbol, to: (@convention(c) (Pointer, Pointer, Int) -> Void).self)(
        inputs[0], output, elements)
    case 2:
      unsafeBitCast(symbol, to: (@convention(c) (Pointer, Pointer, Pointer, Int) -> Void).self)(
        inputs[0], inputs[1], output, elements)
    default:
      unsafeBitCast(
        symbol, to: (@convention(c) (Pointer, Pointer, Pointer, Pointer, Int) -> Void).self)(
          inputs[0], inputs[1], inputs[2], output, elements)
    }
  }

  // One function for each type, because the calling convention needs a concrete one.

  private func scalar(_: Float.Type, _ inputs: [Pointer], _ output: Pointer, _ count: Int) {
    let (x, y) = (inputs.map { $0.assumingMemoryBound(to: Float.self) }, floats(output))
    switch x.count {
    case 1:
      let f = unsafeBitCast(symbol, to: (@convention(c) (Float) -> Float).self)
      let x = x[0]
      for i in 0..<count { y[i] = f(x[i]) }
    case 2:
      let f = unsafeBitCast(symbol, to: (@convention(c) (Float, Float) -> Float).self)
      for i in 0..<count { y[i] = f(x[0][i], x[1][i]) }
    default:
      let f = unsafeBitCast(symbol, to: (@convention(c) (Float, Float, Float) -> Float).self)
      for i in 0..<count { y[i] = f(x[0][i], x[1][i], x[2][i]) }
    }
  }

  private func scalar(_: Double.Type, _ inputs: [Pointer], _ output: Pointer, _ count: Int) {
    let x = inputs.map { $0.assumingMemoryBound(to: Double.self) }
    let y = output.assumingMemoryBound(to: Double.self)
    switch x.count {
    case 1:
      let f = unsafeBitCast(symbol, to: (@convention(c) (Double) -> Double).self)
      let x = x[0]
      for i in 0..<count { y[i] = f(x[i]) }
    case 2:
      let f = unsafeBitCast(symbol, to: (@convention(c) (Double, Double) -> Double).self)
      for i in 0..<count { y[i] = f(x[0][i], x[1][i]) }
    default:
      let f = unsafeBitCast(symbol, to: (@convention(c) (Double, Double, Double) -> Double).self)
      for i in 0..<count { y[i] = f(x[0][i], x[1][i], x[2][i]) }
    }
  }

  private func floats(_ pointer: Pointer) -> UnsafeMutablePointer<Float> {
    pointer.assumingMemoryBound(to: Float.self)
  }

  private func scalarOfHalves(_ inputs: [Pointer], _ output: Pointer, _ count: Int) {
    #if arch(arm64) || os(Linux)
      let x = inputs.map { $0.assumingMemoryBound(to: Float16.self) }
      let y = output.assumingMemoryBound(to: Float16.self)
      switch x.count {
      case 1:
        let f = unsafeBitCast(symbol, to: (@convention(c) (Float16) -> Float16).self)
        for i in 0..<count { y[i] = f(x[0][i]) }
      case 2:
        let f = unsafeBitCast(symbol, to: (@convention(c) (Float16, Float16) -> Float16).self)
        for i in 0..<count { y[i] = f(x[0][i], x[1][i]) }
      default:
        let f = unsafeBitCast(
          symbol, to: (@convention(c) (Float16, Float16, Float16) -> Float16).self)
        for i in 0..<count { y[i] = f(x[0][i], x[1][i], x[2][i]) }
      }
    #endif
  }

  private func scalar(_: UInt16.Type, _ inputs: [Pointer], _ output: Pointer, _ count: Int) {
    let x = inputs.map { $0.assumingMemoryBound(to: UInt16.self) }
    let y = output.assumingMemoryBound(to: UInt16.self)
    switch x.count {
    case 1:
      let f = unsafeBitCast(symbol, to: (@convention(c) (UInt16) -> UInt16).self)
      for i in 0..<count { y[i] = f(x[0][i]) }
    case 2:
      let f = unsafeBitCast(symbol, to: (@convention(c) (UInt16, UInt16) -> UInt16).self)
      for i in 0..<count { y[i] = f(x[0][i], x[1][i]) }
    default:
      let f = unsafeBitCast(symbol, to: (@convention(c) (UInt16, UInt16, UInt16) -> UInt16).self)
      for i in 0..<count { y[i] = f(x[0][i], x[1][i], x[2][i]) }
    }
  }

  private func scalar(_: UInt8.Type, _ inputs: [Pointer], _ output: Pointer, _ count: Int) {
    let x = inputs.map { $0.assumingMemoryBound(to: UInt8.self) }
    let y = output.assumingMemoryBound(to: UInt8.self)
    switch x.count {
    case 1:
      let f = unsafeBitCast(symbol, to: (@convention(c) (UInt8) -> UInt8).self)
      for i in 0..<count { y[i] = f(x[0][i]) }
    case 2:
      let f = unsafeBitCast(symbol, to: (@convention(c) (UInt8, UInt8) -> UInt8).self)
      for i in 0..<count { y[i] = f(x[0][i], x[1][i]) }
    default:
      let f = unsafeBitCast(symbol, to: (@convention(c) (UInt8, UInt8, UInt8) -> UInt8).self)
      for i in 0..<count { y[i] = f(x[0][i], x[1][i], x[2][i]) }
    }
  }
}
