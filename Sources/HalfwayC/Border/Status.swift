// SPDX-License-Identifier: Apache-2.0
import CProcessor

/// What a function of the library returns, `halfway_status` in `include/halfway.h`.
enum Status: Int32 {
  case ok = 0
  /// A value that cannot be.
  case invalid = 1
  /// Values that do not go together.
  case unsupported = 2
  /// No memory.
  case memory = 3
  /// A file that cannot be written or read.
  case file = 4
}

/// Why a call was refused: its status and one line for `halfway_last_error`.
struct Refusal: Error {
  let status: Status
  let message: String

  init(_ status: Status, _ message: String) {
    self.status = status
    self.message = message
  }

  /// The refusal of a value that cannot be.
  init(_ message: String) { self.init(.invalid, message) }
}

/// Runs the body of an exported function; the status of what it throws, whose message becomes the
/// thread's last error.
///
/// The body computes in the default floating-point mode, whatever that of the caller's thread is,
/// which it has again afterwards: a framework may have told the processor to flush subnormals.
func withStatus(_ body: () throws(Refusal) -> Void) -> Int32 {
  let mode = halfway_floating_point_mode()
  halfway_set_floating_point_mode(UInt64(HALFWAY_DEFAULT_FLOATING_POINT_MODE))
  defer { halfway_set_floating_point_mode(mode) }
  do throws(Refusal) {
    try body()
    return Status.ok.rawValue
  } catch {
    LastError.set(error.message)
    return error.status.rawValue
  }
}
