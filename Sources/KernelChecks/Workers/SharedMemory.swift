// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A file of memory that this process and a worker both see. Where the system has a path to an open
/// file without a name, it is one, which ends with its processes, however they end.
final class SharedMemory {
  /// Where the worker finds it.
  let path: String
  /// Its bytes here.
  let base: UnsafeMutableRawPointer
  let size: Int
  private let descriptor: Int32
  /// Whether it stands in a folder.
  private let isNamed: Bool

  /// Memory of a size, all zeros; throws a `WorkerFailure`.
  init(size: Int) throws(WorkerFailure) {
    // Memory where the system has a place for it, otherwise a file.
    let folder =
      access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory().trimmingSuffix("/")
    var template = Array("\(folder)/halfway-XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    let name = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let nameless = "/proc/\(getpid())/fd/\(descriptor)"
    isNamed = descriptor < 0 || access(nameless, R_OK | W_OK) != 0 || unlink(name) != 0
    path = isNamed ? name : nameless
    guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0,
      ftruncate(descriptor, off_t(size)) == 0,
      let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      base != MAP_FAILED
    else {
      let reason = String(cString: strerror(errno))
      if descriptor >= 0 {
        if isNamed { unlink(path) }
        close(descriptor)
      }
      throw WorkerFailure("no memory of \(size) bytes to share in '\(folder)': \(reason)")
    }
    self.base = base
    self.size = size
  }

  /// Whether nobody has cut it: what is not there any more must not be touched.
  var isWhole: Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_size >= off_t(size)
  }

  deinit {
    munmap(base, size)
    close(descriptor)
    if isNamed { unlink(path) }
  }
}

/// Why a worker cannot be used, in one line.
package struct WorkerFailure: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: Character) -> String {
    var text = self
    while text.count > 1, text.last == suffix { text.removeLast() }
    return text
  }
}
