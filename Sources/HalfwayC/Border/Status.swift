// SPDX-License-Identifier: Apache-2.0

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

  init(_ status: Status = .invalid, _ message: String) {
    self.status = status
    self.message = message
  }
}

/// Runs the body of an exported function; the status of what it throws, whose message becomes the
/// thread's last error.
func withStatus(_ body: () throws(Refusal) -> Void) -> Int32 {
  do throws(Refusal) {
    try body()
    return Status.ok.rawValue
  } catch {
    LastError.set(error.message)
    return error.status.rawValue
  }
}
