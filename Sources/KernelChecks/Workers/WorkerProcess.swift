// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// A process that runs a kernel for this one, of one thread.
final class WorkerProcess {
  /// What became of a call.
  enum Outcome: Equatable {
    case done
    /// The worker says that the kernel failed.
    case failed(String)
    /// The worker's process ended: the signal, or nil where it went by itself.
    case ended(signal: Int32?, status: Int32)
    /// It closed its output without an answer and did not end; the process was ended.
    case closed
    /// No answer within the limit; the process was ended.
    case timedOut
    /// Somebody asked for the end; the process was ended.
    case cancelled
  }

  /// The name and versions that the worker gave.
  let greeting: WorkerGreeting
  private let process: pid_t
  private let requests: Int32
  private let answers: Int32
  private var buffer: [UInt8] = []
  private(set) var isAlive = true
  /// Whether this process has ended it.
  private var wasEnded = false

  /// Two threads that start processes at once would hand each other's pipes down.
  private static let starts = Mutex(())

  /// Starts a command and waits for its greeting.
  ///
  /// - Throws: `WorkerFailure`: what the system, or the worker's own greeting, says against it.
  init(command: [String], timeLimit: Double) throws(WorkerFailure) {
    (process, requests, answers) = try Self.start(command)
    var line: String?
    var reading = Data()
    var isSilent = false
    var rest: [UInt8] = []
    switch Self.readLine(from: answers, into: &rest, timeLimit: timeLimit) {
    case .line(let text):
      line = text
      reading = Data(text.utf8)
    case .ended, .cancelled: break
    case .timedOut: isSilent = true
    }
    buffer = rest
    let greeting = try? JSONDecoder().decode(WorkerGreeting.self, from: reading)
    self.greeting = greeting ?? WorkerGreeting()
    guard let greeting, greeting.error == nil,
      greeting.protocol == WorkerProtocol.version
    else {
      let reason =
        greeting?.error
        ?? (line.map { "it does not speak \(WorkerProtocol.version): \($0.prefix(80))" }
          ?? "'\(command[0])' "
          + (isSilent ? "was silent for \(Int(timeLimit)) s" : "ended")
          + " before it said \(WorkerProtocol.version)")
      end()
      throw WorkerFailure(reason)
    }
  }

  deinit { end() }

  /// Sends a request and waits for its answer.
  func call(
    _ request: WorkerRequest, timeLimit: Double, isCancelled: () -> Bool
  ) -> Outcome {
    guard isAlive, var line = try? JSONEncoder().encode(request) else {
      return .ended(signal: nil, status: 0)
    }
    line.append(UInt8(ascii: "\n"))
    guard Self.write(line, to: requests) else { return reap() }
    var strayCall: Int?
    for _ in 0..<Self.mostLines {
      let reading = Self.readLine(
        from: answers, into: &buffer, timeLimit: timeLimit, isCancelled: isCancelled)
      switch reading {
      case .line(let text):
        guard
          let answer = try? JSONDecoder().decode(WorkerAnswer.self, from: Data(text.utf8))
        else { return .failed("its answer is no JSON: \(text.prefix(80))") }
        if let error = answer.error { return .failed(error) }
        if answer.call == request.call { return .done }
        strayCall = answer.call ?? strayCall
      case .ended: return reap()
      case .timedOut:
        end()
        guard let strayCall else { return .timedOut }
        return .failed("it answers call \(strayCall) and not call \(request.call)")
      case .cancelled:
        end()
        return .cancelled
      }
    }
    end()
    return .failed("it answers calls that nobody made")
  }

  /// Ends the process, if it has not ended by itself.
  func end() {
    guard isAlive else { return }
    // Its group: a kernel may have started processes.
    wasEnded = true
    kill(-process, SIGKILL)
    kill(process, SIGKILL)
    _ = reap()
  }

  private func reap() -> Outcome {
    guard isAlive else { return .ended(signal: nil, status: 0) }
    isAlive = false
    close(requests)
    close(answers)
    var status: Int32 = 0
    // What has closed its output need not have ended.
    var isForced = false
    for look in 0...Self.looksAtEnd {
      if look == Self.looksAtEnd {
        isForced = !wasEnded
        kill(process, SIGKILL)
      }
      let ended = waitpid(process, &status, look == Self.looksAtEnd ? 0 : WNOHANG)
      if ended == process || ended < 0 && errno != EINTR { break }
      usleep(UInt32(Self.patience) * 1000)
    }
    kill(-process, SIGKILL)
    if isForced { return .closed }
    let signal = status & 0x7f
    return .ended(signal: signal == 0 ? nil : signal, status: status >> 8 & 0xff)
  }

  private static func start(
    _ command: [String]
  ) throws(WorkerFailure) -> (pid_t, requests: Int32, answers: Int32) {
    var (requests, answers): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
    var process: pid_t = 0
    let reason = starts.withLock { _ -> Int32 in
      // A socket: writing to a worker that has ended must not end this process with SIGPIPE.
      guard socketpair(AF_UNIX, streamSocket, 0, &requests) == 0 else { return errno }
      guard pipe(&answers) == 0 else { return errno }
      for end in [requests[0], requests[1], answers[0], answers[1]] {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      }
      #if canImport(Darwin)
        var isSilent: Int32 = 1
        setsockopt(
          requests[1], SOL_SOCKET, SO_NOSIGPIPE, &isSilent, socklen_t(MemoryLayout<Int32>.size))
      #endif
      #if canImport(Darwin)
        var (actions, attributes): (posix_spawn_file_actions_t?, posix_spawnattr_t?)
      #else
        var (actions, attributes) = (posix_spawn_file_actions_t(), posix_spawnattr_t())
      #endif
      posix_spawn_file_actions_init(&actions)
      posix_spawnattr_init(&attributes)
      defer {
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
      }
      posix_spawn_file_actions_adddup2(&actions, requests[0], STDIN_FILENO)
      posix_spawn_file_actions_adddup2(&actions, answers[1], STDOUT_FILENO)
      // A group of its own: Ctrl-C is for this process, which ends the worker.
      posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
      posix_spawnattr_setpgroup(&attributes, 0)
      var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
      defer { for argument in arguments { free(argument) } }
      let result = posix_spawnp(&process, command[0], &actions, &attributes, &arguments, environ)
      close(requests[0])
      close(answers[1])
      (requests[0], answers[1]) = (-1, -1)
      return result
    }
    guard reason == 0 else {
      for end in requests + answers where end >= 0 { close(end) }
      throw WorkerFailure("'\(command[0])' cannot be started: \(String(cString: strerror(reason)))")
    }
    return (process, requests[1], answers[0])
  }

  private static func write(_ line: Data, to descriptor: Int32) -> Bool {
    var rest = line[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, noSignal) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count < 0, errno != EINTR {
        return false
      }
    }
    return true
  }

  #if canImport(Darwin)
    private static let streamSocket = SOCK_STREAM
    private static let noSignal: Int32 = 0
  #else
    private static let streamSocket = Int32(SOCK_STREAM.rawValue)
    private static let noSignal = Int32(MSG_NOSIGNAL)
  #endif

  private enum Reading {
    case line(String)
    case ended
    case timedOut
    case cancelled
  }

  /// How long a look for bytes waits, in milliseconds. The time limit is a number of looks that
  /// found none: no result depends on a clock.
  private static let patience: Int32 = 50
  /// The looks at a worker whose output has ended before it is ended.
  private static let looksAtEnd = 40
  /// The lines that may come before a call's answer.
  private static let mostLines = 100
  /// The longest line that a worker may answer.
  private static let longestLine = 1 << 20

  private static func readLine(
    from descriptor: Int32, into buffer: inout [UInt8], timeLimit: Double,
    isCancelled: () -> Bool = { false }
  ) -> Reading {
    var looks = Int(timeLimit * 1000) / Int(patience) + 1
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: buffer[..<end], as: UTF8.self)
        buffer.removeSubrange(...end)
        return .line(line)
      }
      guard buffer.count < longestLine else { return .ended }
      guard looks > 0 else { return .timedOut }
      guard !isCancelled() else { return .cancelled }
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, patience) > 0 else {
        looks -= 1
        continue
      }
      let old = buffer.count
      buffer.append(contentsOf: repeatElement(0, count: 4096))
      let count = buffer.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress.map { $0 + old }, 4096)
      }
      buffer.removeSubrange((old + max(count, 0))...)
      if count == 0 || count < 0 && errno != EINTR { return .ended }
    }
  }
}
