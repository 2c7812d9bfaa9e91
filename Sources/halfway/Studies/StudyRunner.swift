// SPDX-License-Identifier: Apache-2.0
import Foundation
import Words

/// Runs the points of a study, each as `halfway run` in a process of its own: what a point does,
/// and what becomes of it, is the same as by itself, and one that dies takes no other along.
struct StudyRunner {
  /// A point that is to run.
  struct Job {
    /// Its place in the grid.
    let point: Int
    /// Its folder.
    let folder: String
    /// The words of its command but for the threads.
    let arguments: [String]
  }

  /// This command.
  let tool: String
  /// The threads that all points share.
  let threads: Int

  /// How long a process may have ended before that is seen.
  private static let patience: UInt32 = 20_000
  private static let messages = "messages.txt"

  private struct Running {
    let job: Job
    let process: Process
    let messages: FileHandle
  }

  /// Runs jobs until all have ended or the process is asked to end, which those that run are then
  /// asked, too.
  ///
  /// - Parameters:
  ///   - onEnd: What is done with a job that has ended as it should; a reason where that fails.
  /// - Returns: the jobs that could not run, with why.
  func run(
    _ jobs: [Job], onEnd: (Job) -> String?
  ) -> [(job: Job, reason: String)] {
    guard !jobs.isEmpty else { return [] }
    let together = max(1, min(threads, jobs.count))
    let each = max(1, threads / together)
    let progress = Progress("study", total: UInt64(jobs.count), unit: "points")
    defer { progress.finish() }
    var waiting = jobs[...]
    var running: [Running] = []
    var failures: [(job: Job, reason: String)] = []
    var (done, isEnding) = (0, false)
    while !running.isEmpty || !(waiting.isEmpty || isEnding) {
      if Interrupt.isRequested, !isEnding {
        isEnding = true
        for one in running { Self.end(one.process) }
      }
      while !isEnding, running.count < together, let job = waiting.popFirst() {
        do {
          running.append(try start(job, threads: each))
        } catch {
          failures.append((job, "the command does not start: \(error)"))
        }
      }
      usleep(Self.patience)
      // Asked once: a process that ends meanwhile is seen the next time.
      let ended = Set(running.filter { !$0.process.isRunning }.map(\.job.point))
      for one in running where ended.contains(one.job.point) {
        if let reason = result(of: one, onEnd), !Interrupt.isRequested {
          failures.append((one.job, reason))
        }
        done += 1
      }
      running.removeAll { ended.contains($0.job.point) }
      progress.report(completed: UInt64(done))
    }
    return failures
  }

  private func start(_ job: Job, threads: Int) throws -> Running {
    let path = "\(job.folder)/\(Self.messages)"
    try AtomicFile.write("", to: path)
    let messages = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: tool)
    process.arguments = job.arguments + ["--threads", "\(threads)"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = messages
    try process.run()
    return Running(job: job, process: process, messages: messages)
  }

  /// Asks a process to end that the signal to this one has not reached: a second one would end it
  /// before its checkpoint.
  private static func end(_ process: Process) {
    let pid = process.processIdentifier
    if Interrupt.status == .interrupted, getpgid(pid) == getpgrp(), isatty(STDIN_FILENO) != 0 {
      return
    }
    kill(pid, Interrupt.status == .terminated ? SIGTERM : SIGINT)
  }

  /// Why a job that has ended has no result; nil where it has one.
  private func result(of one: Running, _ onEnd: (Job) -> String?) -> String? {
    one.process.waitUntilExit()
    try? one.messages.close()
    let path = "\(one.job.folder)/\(Self.messages)"
    defer { unlink(path) }
    let status = one.process.terminationStatus
    let isSignal = one.process.terminationReason == .uncaughtSignal
    if !isSignal, [.holds, .nothingSelected].contains(ExitStatus(rawValue: status)) {
      return onEnd(one.job)
    }
    let told = (try? String(contentsOfFile: path, encoding: .utf8))?
      .split(separator: "\n").last { $0.hasPrefix("halfway: ") }
      .map { Echo.plain(String($0.dropFirst("halfway: ".count))) }
    return told ?? (isSignal ? "signal \(status) ended it" : "it ended with status \(status)")
  }
}
