// SPDX-License-Identifier: Apache-2.0
import Conditions
import Foundation
import StepAnalysis
import TensorFiles
import Words

/// The trace that an argument names.
struct TraceInput {
  /// The steps.
  let trace: OverflowTrace
  /// The pattern, or what it was read from.
  let source: String
  /// The file that was read; nil of a pattern.
  let path: String?

  /// The trace of a pattern, of a file of one, or of a run's training.json; throws status 64 on a
  /// pattern that cannot be read, 65 on such a file.
  init(_ argument: String, policy: String?) throws(CommandExit) {
    guard Self.isFile(argument) else {
      if policy != nil { throw .usage("--policy is for the training.json of a run") }
      do throws(OverflowTrace.Problem) {
        trace = try OverflowTrace(pattern: argument)
      } catch {
        let (message, details) = Caret.complaint(
          error.reason, about: argument, at: error.position)
        throw CommandExit(.usage, "<trace>: \(message)", details: details)
      }
      (source, path) = (argument, nil)
      return
    }
    let contents: FileContents
    do {
      contents = try FileContents(ofFile: argument)
    } catch {
      throw CommandExit(.badInput, "\(error)")
    }
    path = argument
    source = Echo.path(argument)
    if contents.bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") {
      trace = try Self.recorded(contents, policy: policy)
      return
    }
    if policy != nil { throw .usage("--policy is for the training.json of a run") }
    guard let text = String(validating: contents.bytes, as: UTF8.self) else {
      throw CommandExit(.badInput, "'\(Echo.path(argument))' is no UTF-8 text: a trace is")
    }
    do throws(OverflowTrace.Problem) {
      trace = try OverflowTrace(pattern: text)
    } catch {
      let before = text.prefix(error.position)
      let line = before.count(where: \.isNewline) + 1
      let column =
        before.count
        - (before.lastIndex(where: \.isNewline).map {
          before.distance(from: before.startIndex, to: $0) + 1
        } ?? 0) + 1
      throw CommandExit(
        .badInput, "'\(Echo.path(argument))', line \(line), column \(column): \(error.reason)")
    }
  }

  /// Whether an argument is meant as a path: no pattern has a slash or a suffix, and one that names a
  /// file is that.
  private static func isFile(_ argument: String) -> Bool {
    var status = stat()
    return stat(argument, &status) == 0 || argument.contains("/")
      || argument.hasSuffix(".json") || argument.hasSuffix(".txt")
  }

  /// The overflows of a policy in a run's document.
  private static func recorded(
    _ contents: FileContents, policy wanted: String?
  ) throws(CommandExit) -> OverflowTrace {
    let name = Echo.path(contents.path)
    func bad(_ reason: String) -> CommandExit { CommandExit(.badInput, "'\(name)': \(reason)") }
    let document: DocumentValue
    do {
      document = try DocumentReader.read(contents)
    } catch {
      throw CommandExit(.badInput, "\(error)")
    }
    guard document.object?["schema"]?.text == "halfway/training-run/1",
      let policies = document.object?["results"]?.object?["policies"]?.elements
    else { throw bad("it is no training.json of a run") }
    let named = policies.map { policy in
      (
        name: policy.object?["policy"]?.object?["name"]?.text ?? "",
        scales: policy.object?["policy"]?.object?["lossScaling"]?.text != nil,
        steps: policy.object?["steps"]
      )
    }
    guard
      let policy = wanted.map({ wanted in named.first { $0.name == wanted } })
        ?? named.first(where: \.scales)
    else {
      throw wanted == nil
        ? bad("no policy of the run scales its loss")
        : CommandExit.usage(
          NearestNames.complaint(
            kind: "policy", name: wanted ?? "", known: named.map(\.name), option: "--policy"))
    }
    guard let steps = policy.steps?.elements, !steps.isEmpty else {
      throw bad("policy '\(policy.name)' has no steps")
    }
    var trace = OverflowTrace()
    for step in steps {
      guard let skipped = step.object?["skipped"]?.flag else {
        throw bad("a step does not say whether it was skipped")
      }
      guard trace.append(share: skipped ? 1 : 0, count: 1) else {
        throw bad("there are more than \(OverflowTrace.mostSteps) steps")
      }
    }
    return trace
  }
}
