// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The rules of the source tree, and the places that break them.
enum House {
  /// What each module may import of the others: the arrows of docs/architecture.md.
  static let arrows: [String: Set<String>] = [
    "CMPFR": [],
    "CProcessor": [],
    "CZlib": [],
    "Threads": [],
    "Randomness": [],
    "Formats": [],
    "SoftFloat": ["CProcessor", "Threads", "Randomness", "Formats"],
    "MPFROracle": ["CMPFR", "Randomness", "Formats"],
    "ProductOracle": ["Formats", "MPFROracle"],
    "Measurements": ["Formats"],
    "Recordings": ["Threads", "Formats", "Measurements"],
    "Costs": [],
    "Words": [],
    "TensorFiles": ["CZlib", "Words"],
    "Tables": ["Words"],
    "Work": ["Formats", "TensorFiles"],
    "Verification": [
      "Randomness", "Formats", "SoftFloat", "MPFROracle", "ProductOracle", "Measurements",
      "TensorFiles", "Work",
    ],
    "KernelChecks": [
      "Randomness", "Formats", "TensorFiles", "MPFROracle", "Words", "Work",
    ],
    "OwnKernels": ["Formats", "SoftFloat", "KernelChecks"],
    "Policies": ["Formats", "SoftFloat", "Measurements"],
    "Datasets": ["Threads", "Randomness", "SoftFloat", "Measurements", "TensorFiles"],
    "Network": [
      "Threads", "Randomness", "Formats", "SoftFloat", "MPFROracle", "Measurements", "Policies",
    ],
    "Models": ["Randomness", "Measurements", "TensorFiles", "Policies", "Datasets", "Network"],
    "Twins": [
      "Threads", "Randomness", "Formats", "Measurements", "Words", "TensorFiles", "Policies",
      "Datasets", "Network", "Models",
    ],
    "StepAnalysis": [
      "Threads", "Randomness", "Formats", "Measurements", "Costs", "Words", "TensorFiles",
      "Policies", "Network", "Twins", "Conditions",
    ],
    "Scan": ["Threads", "Formats", "SoftFloat", "Measurements", "TensorFiles"],
    "JSON5": ["Words"],
    "Conditions": ["TensorFiles", "Words"],
    "WatchedRuns": ["Formats", "Measurements", "Words", "TensorFiles", "Conditions"],
    "ExperimentFiles": [
      "Formats", "SoftFloat", "Costs", "Words", "TensorFiles", "Policies", "Network", "Models",
      "Twins", "JSON5",
    ],
    "Expressions": ["Randomness", "Formats", "SoftFloat", "MPFROracle", "TensorFiles", "Words"],
    "Benchmarks": ["Randomness", "Formats", "SoftFloat", "MPFROracle"],
    "Reports": ["Formats", "Measurements", "Words", "Tables"],
    "HalfwayC": [
      "CProcessor", "Threads", "Randomness", "Formats", "SoftFloat", "Measurements", "Words",
      "Recordings",
    ],
    "halfway": [
      "Threads", "Randomness", "Formats", "SoftFloat", "MPFROracle", "Measurements", "Costs",
      "TensorFiles", "Words", "Tables", "Work", "Verification", "KernelChecks", "OwnKernels",
      "Policies",
      "Datasets", "Network", "Models", "Twins", "StepAnalysis", "Scan", "JSON5",
      "Conditions", "WatchedRuns", "ExperimentFiles", "Expressions", "Benchmarks", "Reports",
      "ArgumentParser",
    ],
  ]

  /// What comes with the toolchain and the system.
  static let toolchain: Set<String> = [
    "Dispatch", "Foundation", "FoundationEssentials", "Synchronization", "Glibc", "Musl", "Darwin",
  ]

  /// Modules that need the standard library alone: constants and counters compute nothing that
  /// differs from system to system.
  static let bareModules: Set<String> = [
    "Formats", "Randomness", "Measurements", "MPFROracle", "ProductOracle", "Words",
    "Tables", "Costs",
  ]

  /// The one module that reads the command line, the environment and the clock.
  static let edge = "halfway"

  /// What only the edge may name, and why.
  static let edgeOnly: [(words: String, reason: String)] = [
    ("CommandLine.", "reads the command line"),
    ("ProcessInfo", "reads the environment"), ("getenv", "reads the environment"),
    ("Date(", "reads the clock"), ("Date.now", "reads the clock"),
    ("ContinuousClock", "reads the clock"), ("SuspendingClock", "reads the clock"),
    ("DispatchTime.now", "reads the clock"), ("clock_gettime", "reads the clock"),
    ("gettimeofday", "reads the clock"),
  ]

  /// What no module may name: results are functions of seeds.
  static let nowhere: [(words: String, reason: String)] = [
    ("SystemRandomNumberGenerator", "draws unseeded random numbers"),
    (".random(in:", "draws unseeded random numbers"),
    ("arc4random", "draws unseeded random numbers"),
  ]

  /// Exceptions to `edgeOnly`: a file and the words it may name, each with its reason here.
  static let exceptions: [String: Set<String>] = [
    // What is measured is time.
    "Sources/Benchmarks/BenchTimer.swift": ["ContinuousClock"]
  ]

  static let longestFile = 400

  /// The violations of one source file, each as `path:line: what`.
  static func violations(in source: String, module: String, path: String) -> [String] {
    var found: [String] = []
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    if !path.hasSuffix("Package.swift"),
      lines.first != "// SPDX-License-Identifier: Apache-2.0"
    {
      found.append("\(path):1: first line is not the licence's")
    }
    if lines.count > longestFile + 1 {
      found.append("\(path):\(lines.count): longer than \(longestFile) lines")
    }
    let forbidden = (nowhere + (module == edge ? [] : edgeOnly)).filter {
      source[...].has($0.words)
    }
    for (index, line) in lines.enumerated() {
      guard !forbidden.isEmpty || line.has("import") else { continue }
      let place = "\(path):\(index + 1): "
      if let imported = importedModule(String(line)), !mayImport(imported, module) {
        found.append(place + "\(module) may not import \(imported)")
      }
      let code = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)[0]
      for (words, reason) in forbidden where code.contains(words) {
        if exceptions[path]?.contains(words) == true { continue }
        found.append(place + "\(words) \(reason)")
      }
    }
    return found
  }

  private static func mayImport(_ imported: String, _ module: String) -> Bool {
    if toolchain.contains(imported) { return !bareModules.contains(module) }
    return arrows[module]?.contains(imported) ?? false
  }

  /// The module that a line imports: `import M`, `@testable import M`, `public import struct M.T`.
  static func importedModule(_ line: String) -> String? {
    let pattern =
      #/
      ^\s* (?: @\w+ (?: \([^)]*\) )? \s+ )*
      (?: (?: public|package|internal|private|fileprivate ) \s+ )? import \s+
      (?: (?: struct|class|enum|protocol|typealias|func|let|var|actor ) \s+ )? (\w+)
      /#
    guard line[...].has("import") else { return nil }
    return line.firstMatch(of: pattern).map { String($0.output.1) }
  }
}

extension Substring {
  /// Whether the bytes of the words stand in the text's: quicker by far than comparing characters, and
  /// a source file has ten thousand of them.
  fileprivate func has(_ words: String) -> Bool {
    let wanted = Array(words.utf8)
    var rest = utf8[...]
    while let start = rest.firstIndex(of: wanted[0]) {
      rest = rest[start...]
      if rest.starts(with: wanted) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}

/// The files of the package.
enum SourceTree {
  /// The package's folder: this file is two folders below it.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The text of a file of the package.
  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The names of the folders in a folder of the package.
  static func folders(_ path: String) throws -> [String] {
    let folder = root.appendingPathComponent(path)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      var isFolder: ObjCBool = false
      let item = folder.appendingPathComponent($0).path
      return FileManager.default.fileExists(atPath: item, isDirectory: &isFolder)
        && isFolder.boolValue
    }.sorted()
  }

  /// The paths of the Swift files in a folder of the package, from the root.
  static func swiftFiles(_ path: String) throws -> [String] {
    let folder = root.appendingPathComponent(path)
    return try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".swift") }.sorted().map { "\(path)/\($0)" }
  }
}
