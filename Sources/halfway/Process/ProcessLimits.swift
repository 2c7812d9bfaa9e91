// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What a shell or a job scheduler allows this process (setrlimit). Where that is too little the
/// runtime would trap, or wait for ever for a thread that is never made: it is told in a line
/// instead.
enum ProcessLimits {
  /// Descriptors that a run opens at once, those of the standard streams left aside.
  private static let descriptors = 8
  /// The least stack on which every command was seen to run.
  private static let leastStack: UInt = 256 << 10
  /// Below this limit of the address space, memory pools for each thread leave none for data: glibc
  /// reserves 128 MiB at a time for them.
  private static let smallAddressSpace: UInt = 8 << 30
  /// The least address space for what is no tensor.
  private static let leastRoom: UInt = 48 << 20

  /// Throws status 2 where a limit does not let any command run.
  static func check() throws(CommandExit) {
    // A file that may not grow is a reason of `write`, not of the process to end.
    signal(SIGXFSZ, SIG_IGN)
    try checkDescriptors()
    if let stack = limit(RLIMIT_STACK), stack < leastStack {
      throw tooLow("stack", "-s", "\(stack >> 10) KiB", "\(leastStack >> 10) KiB")
    }
    guard let space = limit(RLIMIT_AS) else { return }
    if space < smallAddressSpace { useOneMemoryPool() }
    let used = addressSpaceInUse
    if space < used + leastRoom {
      throw tooLow(
        "address space", "-v", "\(space >> 10) KiB", "\((used + leastRoom) >> 10) KiB")
    }
    MemoryShortage.install(limit: space)
  }

  /// Throws status 2 where so many threads cannot be started.
  static func checkThreads(_ count: Int) throws(CommandExit) {
    guard limit(RLIMIT_AS) != nil || limit(__RLIMIT_NPROC) != nil else { return }
    // Beside the helpers, the runtime has one that waits for events.
    let wanted = count + 1
    let reason = ThreadProbe.start(wanted)
    guard reason != 0 else { return }
    throw CommandExit(
      .couldNotRun,
      "cannot start \(wanted) threads: \(String(cString: strerror(reason))); ask for fewer with "
        + "--threads, or raise the limit of processes (ulimit -u) or of address space (ulimit -v)")
  }

  /// The bytes of address space that are left; nil where there is no limit.
  static var roomForMemory: Int? {
    limit(RLIMIT_AS).map { space in
      let taken = addressSpaceInUse + leastRoom / 2
      return Int(clamping: space > taken ? space - taken : 0)
    }
  }

  /// A limit; nil for none.
  private static func limit(_ resource: __rlimit_resource) -> UInt? {
    var limits = rlimit()
    guard getrlimit(__rlimit_resource_t(resource.rawValue), &limits) == 0 else { return nil }
    return limits.rlim_cur == rlim_t.max ? nil : UInt(limits.rlim_cur)
  }

  /// glibc's mallopt(M_ARENA_MAX, 1), which its headers do not show to Swift; nothing where there
  /// is none.
  private static func useOneMemoryPool() {
    typealias Mallopt = @convention(c) (_ parameter: Int32, _ value: Int32) -> Int32
    let mostPools: Int32 = -8
    guard let symbol = dlsym(nil, "mallopt") else { return }
    _ = unsafeBitCast(symbol, to: Mallopt.self)(mostPools, 1)
  }

  private static func checkDescriptors() throws(CommandExit) {
    var opened: [Int32] = []
    defer { for descriptor in opened { close(descriptor) } }
    for _ in 0..<descriptors {
      let descriptor = dup(STDERR_FILENO)
      guard descriptor >= 0 else {
        let most = limit(RLIMIT_NOFILE).map { "\($0)" } ?? "none"
        throw tooLow("open files", "-n", most, "\(descriptors) more than are open")
      }
      opened.append(descriptor)
    }
  }

  /// The size of the address space in bytes, from the first number of proc(5)'s statm.
  private static var addressSpaceInUse: UInt {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (text.split(separator: " ").first.flatMap { UInt($0) } ?? 0) * UInt(getpagesize())
  }

  private static func tooLow(
    _ what: String, _ option: String, _ limit: String, _ needed: String
  ) -> CommandExit {
    CommandExit(
      .couldNotRun,
      "the limit of \(what) is too low: \(limit), and \(needed) are needed; raise it with "
        + "ulimit \(option)")
  }
}

/// Threads that are started together to see whether they can be.
private enum ThreadProbe {
  /// The system's reason against so many threads, 0 for none. They have ended when this returns.
  static func start(_ count: Int) -> Int32 {
    // Every thread waits until the last one was tried.
    let gate = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    pthread_mutex_init(gate, nil)
    pthread_mutex_lock(gate)
    var threads: [pthread_t] = []
    var reason: Int32 = 0
    for _ in 0..<count {
      var thread = pthread_t()
      reason = pthread_create(
        &thread, nil,
        { argument in
          let gate = argument?.assumingMemoryBound(to: pthread_mutex_t.self)
          if let gate {
            pthread_mutex_lock(gate)
            pthread_mutex_unlock(gate)
          }
          return nil
        }, gate)
      guard reason == 0 else { break }
      threads.append(thread)
    }
    pthread_mutex_unlock(gate)
    for thread in threads { pthread_join(thread, nil) }
    pthread_mutex_destroy(gate)
    gate.deallocate()
    return reason
  }
}
