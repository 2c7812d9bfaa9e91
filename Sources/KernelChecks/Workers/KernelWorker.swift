// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What a worker runs.
package protocol WorkerFunction {
  /// Whether every element of a request's outputs is written whatever the kernel does: what they hold
  /// before the call then need not be written.
  func writesEveryElement(of request: WorkerRequest) -> Bool

  /// Computes a request's outputs; throws a `WorkerFailure` where it cannot.
  func call(
    _ request: WorkerRequest, inputs: [UnsafeMutableRawPointer],
    outputs: [UnsafeMutableRawPointer]
  ) throws
}

extension WorkerFunction {
  package func writesEveryElement(of request: WorkerRequest) -> Bool { false }
}

/// The process in which a kernel runs: the command starts itself again as this, so that what goes
/// wrong in a kernel never does in its own process.
package enum KernelWorker {
  /// Answers requests until there are no more; the process's status.
  ///
  /// - Parameter start: Makes the function, and what is said of it; throws why it cannot.
  package static func run(
    _ start: () throws -> (function: any WorkerFunction, greeting: WorkerGreeting)
  ) -> Int32 {
    // Answers go where standard output went; what the kernel prints does not.
    let answers = dup(STDOUT_FILENO)
    dup2(STDERR_FILENO, STDOUT_FILENO)
    // A worker whose command is gone must not go on, even within a call that never returns.
    let parent = getppid()
    Thread.detachNewThread {
      while getppid() == parent { sleep(1) }
      _exit(1)
    }
    let function: any WorkerFunction
    let greeting: WorkerGreeting
    do {
      (function, greeting) = try start()
    } catch {
      answer(WorkerGreeting(error: "\(error)"), to: answers)
      return 2
    }
    FaultHandler.install()
    answer(greeting, to: answers)
    var block: GuardedBlock?
    while let line = readLine() {
      guard let request = try? JSONDecoder().decode(WorkerRequest.self, from: Data(line.utf8))
      else {
        answer(WorkerAnswer(error: "the request is none"), to: answers)
        continue
      }
      do {
        let mapped: GuardedBlock
        if let old = block, old.isOf(request) {
          mapped = old
        } else {
          // The old arrays' addresses may be taken again.
          block = nil
          mapped = try GuardedBlock(request)
          block = mapped
        }
        guard !mapped.outputPointers.isEmpty else {
          throw WorkerFailure("the request has no output")
        }
        if let fills = request.fills, !function.writesEveryElement(of: request) {
          try mapped.fill(fills)
        }
        FaultHandler.record = mapped.record
        defer { FaultHandler.record = nil }
        try function.call(request, inputs: mapped.inputPointers, outputs: mapped.outputPointers)
        answer(WorkerAnswer(call: request.call), to: answers)
      } catch {
        answer(WorkerAnswer(call: request.call, error: "\(error)"), to: answers)
      }
    }
    return 0
  }

  private static func answer(_ message: some Encodable, to descriptor: Int32) {
    guard var line = try? JSONEncoder().encode(message) else { return }
    line.append(UInt8(ascii: "\n"))
    line.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
      }
    }
  }
}

/// Notes where a signal struck before it ends the process.
private enum FaultHandler {
  /// Where to; nil outside a call.
  nonisolated(unsafe) static var record: FaultRecord?

  private static let signals = [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT]

  /// A stack of its own: the kernel's may be what is full.
  private static let stackSize = 1 << 16

  static func install() {
    var stack = stack_t()
    stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: stackSize, alignment: 16)
    stack.ss_size = stackSize
    sigaltstack(&stack, nil)
    for signal in signals {
      var action = sigaction()
      #if canImport(Darwin)
        action.__sigaction_u.__sa_sigaction = { FaultHandler.note($0, $1) }
      #else
        action.__sigaction_handler.sa_sigaction = { signal, info, _ in
          FaultHandler.note(signal, info)
        }
      #endif
      action.sa_flags =
        Int32(SA_SIGINFO) | Int32(SA_ONSTACK) | Int32(bitPattern: UInt32(SA_RESETHAND))
      sigaction(signal, &action, nil)
    }
  }

  private static func note(_ signal: Int32, _ info: UnsafeMutablePointer<siginfo_t>?) {
    if let record {
      record.signal = signal
      #if canImport(Darwin)
        record.address = UInt64(UInt(bitPattern: info?.pointee.si_addr))
      #else
        record.address = UInt64(UInt(bitPattern: info?.pointee._sifields._sigfault.si_addr))
      #endif
    }
    // The handler is reset: the same signal again ends the process.
    raise(signal)
  }
}
