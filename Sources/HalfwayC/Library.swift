// SPDX-License-Identifier: Apache-2.0
import CProcessor
import Formats

/// `halfway_version`: 10000 major + 100 minor + patch.
@_cdecl("halfway_version")
public func halfwayVersion() -> Int32 { 100 }

/// `halfway_instructions`: the vector instructions of the build.
@_cdecl("halfway_instructions")
public func halfwayInstructions() -> UnsafePointer<CChar> { Instructions.name }

/// `halfway_last_error`: the message of the thread's last call that failed.
@_cdecl("halfway_last_error")
public func halfwayLastError() -> UnsafePointer<CChar> { LastError.message }

/// `halfway_name`: a name of a kind; null after the last, or where there is no such kind.
@_cdecl("halfway_name")
public func halfwayName(
  _ kind: UnsafePointer<CChar>?, _ index: Int
) -> UnsafePointer<CChar>? {
  guard let kind = try? Texts.read(kind, "kind") else { return nil }
  return Names.name(kind, index)
}

/// `halfway_format`: the constants of a format.
@_cdecl("halfway_format")
public func halfwayFormat(
  _ name: UnsafePointer<CChar>?, _ constants: UnsafeMutableRawPointer?
) -> Int32 {
  withStatus { () throws(Refusal) in
    let format = try Format.read(name, "name")
    guard let constants else { throw Refusal("constants is null") }
    guard UInt(bitPattern: constants).isMultiple(of: 8) else {
      throw Refusal("constants is not aligned")
    }
    constants.storeBytes(of: FormatConstants(format), as: FormatConstants.self)
  }
}

private enum Instructions {
  nonisolated(unsafe) static let name = Names.lasting(HALFWAY_INSTRUCTIONS)
}
