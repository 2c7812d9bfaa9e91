// SPDX-License-Identifier: Apache-2.0
import KernelChecks
import Words

/// What is asked of a kernel's properties.
struct PropertyRequest {
  private let isAsked: Bool
  private let required: [KernelProperty]

  /// - Parameters:
  ///   - isAsked: Whether they are looked for at all.
  ///   - requires: Those whose lack is a finding.
  ///   - known: Those that what it computes has.
  ///   - what: What it computes.
  init(
    isAsked: Bool, requires: [String], known: [KernelProperty], of what: String,
    _ kernel: KernelSubject
  ) throws(CommandExit) {
    var required: [KernelProperty] = []
    for name in requires.flatMap({ $0.split(separator: ",") }).map(String.init) {
      guard let property = KernelProperty(rawValue: name) else {
        throw .usage(
          NearestNames.complaint(
            kind: "property", name: name, known: KernelProperty.allCases.map(\.rawValue),
            option: "--requires"))
      }
      required.append(property)
    }
    guard requires.isEmpty || !required.isEmpty else {
      throw .usage("--requires names no property")
    }
    let names = known.map(\.rawValue).joined(separator: ", ")
    if let missing = required.first(where: { !known.contains($0) }) {
      throw .usage(
        "--requires \(missing.rawValue): "
          + (known.isEmpty
            ? "of \(what) no property is looked for" : "of \(what) are looked for: \(names)"))
    }
    guard !kernel.isFiles || (!isAsked && required.isEmpty) else {
      throw .usage("--properties and --requires are for kernels that are called")
    }
    guard !isAsked || !known.isEmpty else {
      throw .usage("--properties: of \(what) no property is looked for")
    }
    (self.isAsked, self.required) = (isAsked, required)
  }

  /// What is found; throws where the kernel gives no results.
  func results(
    _ probe: (_ isCancelled: @escaping () -> Bool) throws -> [PropertyResult]
  ) throws -> PropertyReport {
    guard isAsked || !required.isEmpty else { return PropertyReport() }
    do {
      return PropertyReport(results: try probe { Interrupt.isRequested }, required: required)
    } catch is CancellationError {
      throw Interrupt.end("interrupted while the kernel's properties were looked for")
    } catch let failure as WorkerFailure {
      throw CommandExit(
        .couldNotRun,
        "its properties cannot be looked for: \(Echo.message(failure.description))")
    }
  }
}

/// What was found of a kernel's properties.
struct PropertyReport {
  var results: [PropertyResult] = []
  var required: [KernelProperty] = []

  /// Whether the kernel is known to have all that is required: where nothing was looked at, it is not.
  var isKept: Bool { lacking.isEmpty }

  private var lacking: [PropertyResult] {
    results.filter { required.contains($0.property) && (!$0.holds || $0.tested == 0) }
  }

  /// What is required and lacking, as a clause of the verdict.
  var clause: String? {
    guard let first = lacking.first else { return nil }
    guard let example = first.example else {
      return "not known to be \(first.text): none of these cases shows it"
    }
    return "not \(lacking.map(\.text).joined(separator: ", not ")): \(example)"
  }

  /// A line for each.
  func lines(_ terminal: Terminal) -> [String] {
    guard !results.isEmpty else { return [] }
    return ["", terminal.styled("  properties", .faint)]
      + results.flatMap { result in
        terminal.wrapped(result.finding, label: "  \(result.text.padding(to: 20))")
      }
  }
}

extension PropertyResult {
  /// Its name in a sentence: `within its range`.
  var text: String { property == .range ? "within its range" : property.rawValue }

  /// What was looked at, and what was found.
  var finding: String {
    let what =
      switch property {
      case .monotonic: "neighbours"
      case .odd, .even: "pairs of x and -x"
      case .range: "results"
      case .batchInvariant, .positionInvariant: "rows"
      }
    guard tested > 0 else { return "nothing to look at" }
    return holds
      ? "holds of \(tested.groupedDigits) \(what)"
      : "no: \(example ?? ""); \(violations.groupedDigits) of \(tested.groupedDigits) \(what)"
  }
}
