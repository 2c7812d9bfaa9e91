// SPDX-License-Identifier: Apache-2.0
import Measurements
import Recordings

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the functions of recorders are given, checked.
enum RecorderArguments {
  /// A text that must be there.
  static func text(
    _ pointer: UnsafePointer<CChar>?, _ name: String
  ) throws(RecordingProblem) -> String {
    guard let text = try optionalText(pointer, name) else {
      throw RecordingProblem("\(name) is NULL")
    }
    return text
  }

  /// A text; nil for NULL.
  static func optionalText(
    _ pointer: UnsafePointer<CChar>?, _ name: String
  ) throws(RecordingProblem) -> String? {
    guard let pointer else { return nil }
    guard let text = String(validatingCString: pointer) else {
      throw RecordingProblem("\(name) is not UTF-8")
    }
    return text
  }

  /// The format of an id.
  static func format(
    _ pointer: UnsafePointer<CChar>?, _ name: String
  ) throws(RecordingProblem) -> RecordedFormat {
    let id = try text(pointer, name)
    guard let format = RecordedFormat(id: id) else {
      throw RecordingProblem("'\(id)' is no \(name); try fp64, fp32, fp16, bf16, e4m3 or e5m2")
    }
    return format
  }

  /// A name that a type's cases have.
  static func name<Value: CaseIterable & RawRepresentable<String>>(
    _ pointer: UnsafePointer<CChar>?, _ name: String, as: Value.Type
  ) throws(RecordingProblem) -> Value {
    let text = try text(pointer, name)
    guard let value = Value(rawValue: text) else {
      let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw RecordingProblem("'\(text)' is no \(name); known: \(known)")
    }
    return value
  }

  /// A number of threads, those of all processors for 0.
  static func threads(_ count: UInt32) -> Int {
    count > 0 ? Int(min(count, 1024)) : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }

  /// A number of elements.
  static func count(_ count: UInt64) throws(RecordingProblem) -> Int {
    guard count <= UInt64(Recorder.mostElements) else {
      throw RecordingProblem("\(count) elements are more than \(Recorder.mostElements)")
    }
    return Int(count)
  }

  /// A buffer of stored numbers that must be there; with nothing in it any address will do.
  static func numbers(
    _ pointer: UnsafeRawPointer?, _ name: String, _ format: RecordedFormat, count: Int
  ) throws(RecordingProblem) -> UnsafeRawPointer {
    guard let found = try optionalNumbers(pointer, name, format) else {
      if count == 0 { return UnsafeRawPointer(empty) }
      throw RecordingProblem("\(name) is NULL")
    }
    return found
  }

  /// A buffer of stored numbers; nil for NULL.
  static func optionalNumbers(
    _ pointer: UnsafeRawPointer?, _ name: String, _ format: RecordedFormat
  ) throws(RecordingProblem) -> UnsafeRawPointer? {
    guard let pointer else { return nil }
    guard UInt(bitPattern: pointer) % UInt(format.bytes) == 0 else {
      throw RecordingProblem("\(name) is not aligned to the \(format.bytes) bytes of \(format.id)")
    }
    return pointer
  }

  /// A buffer of FP64; nil for NULL.
  static func doubles(
    _ pointer: UnsafePointer<Double>?, _ name: String
  ) throws(RecordingProblem) -> UnsafePointer<Double>? {
    _ = try optionalNumbers(pointer.map { UnsafeRawPointer($0) }, name, .double)
    return pointer
  }

  /// Memory that nobody reads.
  private nonisolated(unsafe) static let empty = UnsafeMutablePointer<Double>.allocate(capacity: 1)
}
