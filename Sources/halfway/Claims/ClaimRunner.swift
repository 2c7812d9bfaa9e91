// SPDX-License-Identifier: Apache-2.0
import Conditions
import Foundation
import TensorFiles
import Words

/// What became of a claim.
enum ClaimOutcome: String, CaseIterable, Encodable {
  /// It holds.
  case reproduced
  /// It does not.
  case refuted
  /// It cannot be put to the test here.
  case outOfReach
  /// Its command failed, or its condition asks for what the result does not have.
  case unmade
}

/// A claim that was put to the test.
struct TestedClaim {
  let experiment: String
  let claim: ClaimFile.Claim
  let outcome: ClaimOutcome
  /// The values that decided, or why none could.
  let evidence: String
  let seconds: Double

  /// Whether it came out as the file expects.
  var isAsExpected: Bool {
    switch outcome {
    case .reproduced: claim.expected == .reproduced
    case .refuted: claim.expected == .refuted
    case .outOfReach: true
    case .unmade: false
    }
  }
}

/// Runs the commands of claims, each in a process of its own, and asks their results.
struct ClaimRunner {
  /// This command.
  let tool: String
  let threads: Int
  /// Where reports of commands go.
  let scratch: String
  /// The results of commands that several claims share.
  private var results: [[String]: Result<ConditionDocument, Failure>] = [:]

  /// Why a command has no result.
  struct Failure: Error { let reason: String }

  init(tool: String, threads: Int, scratch: String) {
    (self.tool, self.threads, self.scratch) = (tool, threads, scratch)
  }

  /// What becomes of a file's claim.
  mutating func tested(_ claim: ClaimFile.Claim, of file: ClaimFile) -> TestedClaim {
    let stopwatch = Stopwatch()
    func made(_ outcome: ClaimOutcome, _ evidence: String) -> TestedClaim {
      TestedClaim(
        experiment: file.name, claim: claim, outcome: outcome, evidence: evidence,
        seconds: stopwatch.seconds)
    }
    guard case .command(let words, let beside, let conditions) = claim.test else {
      if case .outOfReach(let reason) = claim.test { return made(.outOfReach, reason) }
      return made(.unmade, "")
    }
    let folder = URL(fileURLWithPath: file.path).deletingLastPathComponent().path
    let own = result(words, in: folder)
    switch (own, beside.map { result($0, in: folder) } ?? own) {
    case (.failure(let failure), _), (_, .failure(let failure)):
      return made(.unmade, failure.reason)
    case (.success(let document), .success(let other)):
      var holds = true
      var sentences: [String] = []
      for condition in conditions {
        do throws(ConditionProblem) {
          let outcome = try condition.evaluate(document, other: other)
          if let missing = outcome.missing.first {
            return made(.unmade, "\(missing) has no value")
          }
          holds = holds && outcome.holds
          sentences.append(
            outcome.holds
              ? outcome.sentence : "not so: \(condition.text): \(outcome.sentence)")
        } catch {
          return made(.unmade, "holds: \(error.complaint(about: condition.text).message)")
        }
      }
      return made(holds ? .reproduced : .refuted, sentences.joined(separator: "; "))
    }
  }

  /// The document of a command that runs in a folder.
  private mutating func result(
    _ words: [String], in folder: String
  ) -> Result<ConditionDocument, Failure> {
    let key = [folder] + words
    if let known = results[key] { return known }
    let found = Self.run(
      words, in: folder, tool: tool, threads: threads,
      report: "\(scratch)/\(results.count)")
    results[key] = found
    return found
  }

  private static func run(
    _ words: [String], in folder: String, tool: String, threads: Int, report: String
  ) -> Result<ConditionDocument, Failure> {
    var arguments = words + ["--output-format", "json"]
    if let first = words.first, ClaimFile.reporting.contains(first) {
      arguments += ["--output", report, "--threads", "\(threads)"]
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: tool)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    do {
      try process.run()
    } catch {
      return .failure(Failure(reason: "the command does not start: \(error)"))
    }
    // A signal that reached this process alone ends the other, too.
    Thread.detachNewThread {
      while process.isRunning {
        if Interrupt.isRequested { return process.terminate() }
        Thread.sleep(forTimeInterval: 0.1)
      }
    }
    // What is read first must not wait for what is written to the other.
    let complaint = ReadToEnd(errors)
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let told = String(decoding: complaint.data, as: UTF8.self)
      .split(separator: "\n").last { $0.hasPrefix("halfway: ") }
      .map { String($0.dropFirst("halfway: ".count)) }
    do {
      let value = try DocumentReader.read(FileContents(path: "the result", bytes: Array(bytes)))
      let schema = value.object?["schema"]?.text ?? ""
      return .success(
        ConditionDocument(value, keysLeftOut: DocumentForm.of(schema).keysLeftOut, isExample: false)
      )
    } catch {
      return .failure(
        Failure(
          reason: told ?? "the command ended with status \(process.terminationStatus)"))
    }
  }
}

/// Reads a pipe to its end on a thread of its own.
private final class ReadToEnd: @unchecked Sendable {
  private let done = DispatchSemaphore(value: 0)
  private var read = Data()

  init(_ pipe: Pipe) {
    Thread.detachNewThread { [self] in
      read = pipe.fileHandleForReading.readDataToEndOfFile()
      done.signal()
    }
  }

  /// All that was written; waits for the end. To be asked once.
  var data: Data {
    done.wait()
    return read
  }
}
