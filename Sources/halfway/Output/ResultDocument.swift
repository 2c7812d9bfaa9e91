// SPDX-License-Identifier: Apache-2.0
import Foundation
import MPFROracle
import SoftFloat

/// The JSON document of a command: everything outside `timing` and `environment` is a function of
/// the configuration, so that two runs can be compared byte for byte.
struct ResultDocument<Configuration: Encodable, Results: Encodable>: Encodable {
  /// The name and version of the document's structure, such as `halfway/formats/1`.
  var schema: String
  /// The tool that wrote it.
  var tool = Tool()
  /// The machine it ran on.
  var environment = RunEnvironment.current
  /// What was asked.
  var configuration: Configuration
  /// What was found.
  var results: Results
  /// When, and for how long; absent where it says nothing.
  var timing: Timing?

  /// The name and version of this tool.
  struct Tool: Encodable, Sendable {
    var name = "halfway"
    var version = Version.current
  }

  /// The wall clock of a run.
  struct Timing: Encodable, Sendable {
    /// The start in ISO 8601, UTC.
    var started: String
    /// The duration in seconds.
    var seconds: Double
  }
}

/// The machine and the build that produced a result.
struct RunEnvironment: Codable, Sendable, Equatable {
  /// The processor's name as the system tells it.
  var cpu: String
  /// The instruction-set extensions that bear on arithmetic, in the system's words.
  var cpuFlags: [String]
  /// The number of processors that may be used.
  var cores: Int
  /// The system's name and version.
  var system: String
  /// The version of the compiler.
  var swift: String
  /// The version of the C library, which holds libm.
  var libc: String
  /// The version of MPFR.
  var mpfr: String
  /// `debug` or `release`.
  var build: String
  /// The vector instructions that the tool was compiled for: `AVX-512`, `AVX2`, `NEON`, `SSE2`.
  var instructions: String
  /// The commit that the tool was built from, `-dirty` after it where its sources had changed; nil
  /// where that is not known.
  var commit: String?

  /// This process.
  static let current: RunEnvironment = {
    let facts = processorFacts()
    return RunEnvironment(
      cpu: facts.name, cpuFlags: facts.flags,
      cores: ProcessInfo.processInfo.activeProcessorCount,
      system: ProcessInfo.processInfo.operatingSystemVersionString, swift: swiftVersion,
      libc: libcVersion, mpfr: Oracle.libraryVersion,
      build: isDebugBuild ? "debug" : "release", instructions: BuildTarget.instructions,
      commit: commit)
  }()

  /// What `make build` wrote beside the executable after building it. A younger executable was
  /// built by other means, from sources that nobody noted.
  private static var commit: String? {
    guard let tool = Bundle.main.executablePath else { return nil }
    var (built, noted) = (stat(), stat())
    let note = tool + ".commit"
    guard stat(tool, &built) == 0, stat(note, &noted) == 0, noted.modified >= built.modified,
      let text = try? String(contentsOfFile: note, encoding: .utf8)
    else { return nil }
    let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return name.isEmpty ? nil : name
  }

  /// Whether the build is unoptimised: its timings mean nothing.
  static var isDebugBuild: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  private static var libcVersion: String {
    #if canImport(Glibc)
      let name = Int32(_CS_GNU_LIBC_VERSION)
      var bytes = [UInt8](repeating: 0, count: confstr(name, nil, 0))
      bytes.withUnsafeMutableBytes { buffer in
        _ = confstr(name, buffer.bindMemory(to: CChar.self).baseAddress, buffer.count)
      }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    #else
      return "system"
    #endif
  }

  // The language offers no version at run time, only conditions at compile time.
  private static var swiftVersion: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3.1)
      "6.3.1 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }

  private static let arithmeticFlags: Set<String> = [
    "fma", "f16c", "avx", "avx2", "avx512f", "avx512bw", "avx512_bf16", "avx512_fp16", "amx_bf16",
    "amx_tile", "fphp", "asimdhp", "asimdfhm", "bf16", "sve", "sve2", "i8mm",
  ]

  private static func processorFacts() -> (name: String, flags: [String]) {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let fields = text.split(separator: "\n").map {
      $0.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let value = { (name: String) in fields.first { $0.first == name && $0.count == 2 }?[1] }
    let flags = (value("flags") ?? value("Features") ?? "").split(separator: " ").map(String.init)
    return (value("model name") ?? "unknown", flags.filter(arithmeticFlags.contains).sorted())
  }
}

extension stat {
  /// The time of the last change of the contents, in seconds and nanoseconds.
  fileprivate var modified: (Int, Int) {
    #if canImport(Darwin)
      (st_mtimespec.tv_sec, st_mtimespec.tv_nsec)
    #else
      (st_mtim.tv_sec, st_mtim.tv_nsec)
    #endif
  }
}
