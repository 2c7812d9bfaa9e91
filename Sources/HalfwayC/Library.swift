// SPDX-License-Identifier: Apache-2.0
import CProcessor

/// The version of the library, 10000 major + 100 minor + patch.
@_cdecl("halfway_version")
public func halfwayVersion() -> Int32 { 100 }

/// The vector instructions of the build.
@_cdecl("halfway_instructions")
public func halfwayInstructions() -> UnsafePointer<CChar> { Instructions.name }

/// The message of the thread's last call that failed.
@_cdecl("halfway_last_error")
public func halfwayLastError() -> UnsafePointer<CChar> { LastError.message }

private enum Instructions {
  /// The name in memory that lasts as long as the process.
  nonisolated(unsafe) static let name: UnsafePointer<CChar> = {
    let name = HALFWAY_INSTRUCTIONS.utf8CString
    let memory = UnsafeMutablePointer<CChar>.allocate(capacity: name.count)
    for (index, unit) in name.enumerated() { (memory + index).initialize(to: unit) }
    return UnsafePointer(memory)
  }()
}
