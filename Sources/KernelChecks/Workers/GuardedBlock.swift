// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The arrays of a call as a worker maps them: between pages that nobody may touch, inputs
/// read-only.
final class GuardedBlock {
  /// The request that it is of, but for its number.
  let memory: String
  let inputs: [WorkerArray]
  let outputs: [WorkerArray]
  /// The first elements.
  let inputPointers: [UnsafeMutableRawPointer]
  let outputPointers: [UnsafeMutableRawPointer]
  /// What a signal's handler writes to.
  let record: FaultRecord

  private let regions: [(UnsafeMutableRawPointer, Int)]

  /// The arrays of a request; throws a `WorkerFailure` where the memory does not hold them.
  init(_ request: WorkerRequest) throws {
    memory = request.memory
    inputs = request.inputs
    outputs = request.outputs
    let descriptor = open(memory, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw WorkerFailure("cannot open '\(memory)': \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw WorkerFailure("cannot read its size") }
    let size = Int(status.st_size)
    let page = BlockLayout.page
    var regions = [(UnsafeMutableRawPointer, Int)]()
    func map(_ array: WorkerArray, _ protection: Int32) throws -> UnsafeMutableRawPointer {
      let bytes = try array.byteCount()
      guard array.offset >= page, bytes <= size, array.offset <= size - bytes else {
        throw WorkerFailure("an array lies outside the memory")
      }
      let first = array.offset / page * page
      let count = (array.offset + bytes + page - 1) / page * page - first
      // The region holds a page that cannot be touched before the array and one behind it.
      guard
        let region = mmap(
          nil, count + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        region != MAP_FAILED,
        mmap(
          region + page, count, protection, MAP_SHARED | MAP_FIXED, descriptor, off_t(first))
          != MAP_FAILED
      else { throw WorkerFailure("cannot map an array: \(String(cString: strerror(errno)))") }
      regions.append((region, count + 2 * page))
      return region + page + (array.offset - first)
    }
    inputPointers = try inputs.map { try map($0, PROT_READ) }
    outputPointers = try outputs.map { try map($0, PROT_READ | PROT_WRITE) }
    guard
      let first = mmap(nil, page, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      first != MAP_FAILED
    else { throw WorkerFailure("cannot map the memory: \(String(cString: strerror(errno)))") }
    regions.append((first, page))
    self.regions = regions
    record = FaultRecord(words: first.assumingMemoryBound(to: UInt64.self))
    for (index, pointer) in (inputPointers + outputPointers).prefix(FaultRecord.mostArrays)
      .enumerated()
    {
      record.setBase(UInt64(UInt(bitPattern: pointer)), ofArray: index)
    }
  }

  deinit { for (region, count) in regions { munmap(region, count) } }

  /// Writes what outputs are to hold before the call; throws where a type is none.
  func fill(_ encodings: [UInt64]) throws {
    for (encoding, (array, pointer)) in zip(encodings, zip(outputs, outputPointers)) {
      let count = try array.elementCount()
      func fill<Word: FixedWidthInteger>(_: Word.Type) {
        pointer.assumingMemoryBound(to: Word.self).update(
          repeating: Word(truncatingIfNeeded: encoding), count: count)
      }
      switch count > 0 ? try array.byteCount() / count : 1 {
      case 8: fill(UInt64.self)
      case 4: fill(UInt32.self)
      case 2: fill(UInt16.self)
      default: fill(UInt8.self)
      }
    }
  }

  /// Whether a request is about the same arrays.
  func isOf(_ request: WorkerRequest) -> Bool {
    memory == request.memory && inputs == request.inputs && outputs == request.outputs
  }
}

extension WorkerArray {
  /// The number of elements; throws where there is none.
  package func elementCount() throws -> Int {
    var count = 1
    for length in shape {
      let (product, isOverflow) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !isOverflow else { throw WorkerFailure("a shape is no shape: \(shape)") }
      count = product
    }
    return count
  }

  /// The bytes of the elements.
  func byteCount() throws -> Int {
    let sizes = [
      "fp64": 8, "int64": 8, "fp32": 4, "int32": 4, "fp16": 2, "bf16": 2, "uint16": 2,
      "fp8-e4m3": 1, "fp8-e5m2": 1, "uint8": 1, "bool": 1,
    ]
    guard let size = sizes[type] else { throw WorkerFailure("unknown type '\(type)'") }
    let (bytes, isOverflow) = try elementCount().multipliedReportingOverflow(by: size)
    guard !isOverflow else { throw WorkerFailure("a shape is no shape: \(shape)") }
    return bytes
  }
}
