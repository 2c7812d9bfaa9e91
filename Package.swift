// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// HALFWAY_MARCH chooses what the root build is compiled for: `native` (the default, the machine it
// is built on), `portable` (what every processor of its kind has), or a name that clang's -march
// takes, such as `x86-64-v3` (AVX2) and `x86-64-v4` (AVX-512). A package that depends on a tagged
// version of this one may not use unsafe flags and builds portably. Results are identical in all of
// them: `make test-builds` holds them to the same digests. Without errno a square root is one
// instruction and its loops vectorise.
let isRoot = !Context.packageDirectory.contains("/checkouts/")
let march = Context.environment["HALFWAY_MARCH"] ?? "native"
let isNative = isRoot && march != "portable"
let native: [SwiftSetting] =
  isNative ? [.unsafeFlags(["-Xcc", "-march=\(march)", "-Xcc", "-fno-math-errno"])] : []

// Reading an experiment, drawing a report, the command itself and most tests take little time
// either way: optimizing them would lengthen the build and nothing else. Tests that compute in
// loops of their own are optimized.
let unoptimized: [SwiftSetting] = isRoot ? [.unsafeFlags(["-Onone"])] : []

// The symbols of the C library alone are seen outside it: another Swift in the same process keeps
// its own runtime.
let exports = "\(Context.packageDirectory)/Sources/HalfwayC/exports.map"

let package = Package(
  name: "Halfway",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Halfway", targets: ["Formats", "SoftFloat"]),
    .library(name: "HalfwayC", type: .dynamic, targets: ["HalfwayC"]),
    .executable(name: "halfway", targets: ["halfway"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "CMPFR", pkgConfig: "mpfr", providers: [.apt(["libmpfr-dev"])]),
    .systemLibrary(name: "CProcessor"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "Threads", swiftSettings: native),
    .target(name: "Randomness", swiftSettings: native),
    .target(name: "Formats", swiftSettings: native),
    .target(
      name: "SoftFloat",
      dependencies: ["CProcessor", "Threads", "Randomness", "Formats"],
      swiftSettings: native),
    .target(
      name: "MPFROracle",
      dependencies: ["CMPFR", "Randomness", "Formats"],
      swiftSettings: native),
    .target(name: "ProductOracle", dependencies: ["Formats", "MPFROracle"], swiftSettings: native),
    .target(name: "Measurements", dependencies: ["Formats"], swiftSettings: native),
    .target(
      name: "Recordings", dependencies: ["Threads", "Formats", "Measurements"],
      swiftSettings: native),
    .target(name: "Costs", swiftSettings: native),
    .target(name: "Words", swiftSettings: native),
    .target(name: "TensorFiles", dependencies: ["CZlib", "Words"], swiftSettings: native),
    .target(name: "Tables", dependencies: ["Words"], swiftSettings: native),
    .target(name: "Work", dependencies: ["Formats", "TensorFiles"], swiftSettings: native),
    .target(
      name: "Verification",
      dependencies: [
        "Randomness", "Formats", "SoftFloat", "MPFROracle", "ProductOracle", "Measurements",
        "TensorFiles", "Work",
      ],
      swiftSettings: native),
    .target(
      name: "KernelChecks",
      dependencies: ["Randomness", "Formats", "MPFROracle", "TensorFiles", "Words", "Work"],
      swiftSettings: native),
    .target(
      name: "OwnKernels", dependencies: ["Formats", "SoftFloat", "KernelChecks"],
      swiftSettings: native),
    .target(
      name: "Policies",
      dependencies: ["Formats", "SoftFloat", "Measurements"],
      swiftSettings: native),
    .target(
      name: "Datasets",
      dependencies: ["Threads", "Randomness", "SoftFloat", "Measurements", "TensorFiles"],
      swiftSettings: native),
    .target(
      name: "Network",
      dependencies: [
        "Threads", "Randomness", "Formats", "SoftFloat", "MPFROracle", "Measurements", "Policies",
      ],
      swiftSettings: native),
    .target(
      name: "Models",
      dependencies: [
        "Randomness", "Measurements", "TensorFiles", "Policies", "Datasets", "Network",
      ],
      swiftSettings: native),
    .target(
      name: "Twins",
      dependencies: [
        "Threads", "Randomness", "Formats", "Measurements", "Words", "TensorFiles", "Policies",
        "Datasets", "Network", "Models",
      ],
      swiftSettings: native),
    .target(
      name: "StepAnalysis",
      dependencies: [
        "Threads", "Randomness", "Formats", "Measurements", "Costs", "Words", "TensorFiles",
        "Policies", "Network", "Twins", "Conditions",
      ],
      swiftSettings: native),
    .target(
      name: "Scan",
      dependencies: ["Threads", "Formats", "SoftFloat", "Measurements", "TensorFiles"],
      swiftSettings: native),
    .target(name: "JSON5", dependencies: ["Words"], swiftSettings: native),
    .target(name: "Conditions", dependencies: ["TensorFiles", "Words"], swiftSettings: native),
    .target(
      name: "WatchedRuns",
      dependencies: ["Formats", "Measurements", "Words", "TensorFiles", "Conditions"],
      swiftSettings: native),
    .target(
      name: "ExperimentFiles",
      dependencies: [
        "Formats", "SoftFloat", "Costs", "Words", "TensorFiles", "Policies", "Network", "Models",
        "Twins", "JSON5",
      ],
      swiftSettings: unoptimized),
    .target(
      name: "Expressions",
      dependencies: ["Randomness", "Formats", "SoftFloat", "MPFROracle", "TensorFiles", "Words"],
      swiftSettings: native),
    .target(
      name: "Benchmarks",
      dependencies: ["Randomness", "Formats", "SoftFloat", "MPFROracle"],
      swiftSettings: native),
    .target(
      name: "Reports",
      dependencies: ["Formats", "Measurements", "Words", "Tables"],
      swiftSettings: unoptimized),
    .target(
      name: "HalfwayC",
      dependencies: [
        "CProcessor", "Threads", "Randomness", "Formats", "SoftFloat", "Measurements", "Words",
        "Recordings",
      ],
      exclude: ["exports.map"],
      swiftSettings: native,
      linkerSettings: isRoot
        ? [
          .unsafeFlags(
            ["-Xlinker", "--version-script=\(exports)", "-Xlinker", "-soname=libhalfway.so"],
            .when(platforms: [.linux]))
        ] : []),
    .executableTarget(
      name: "halfway",
      dependencies: [
        "Threads", "Randomness", "Formats", "SoftFloat", "MPFROracle", "Measurements", "Costs",
        "TensorFiles", "Words", "Tables", "Work", "Verification", "KernelChecks", "OwnKernels",
        "Policies", "Datasets", "Network", "Models", "Twins", "StepAnalysis", "Scan", "JSON5",
        "Conditions", "WatchedRuns", "ExperimentFiles", "Expressions", "Benchmarks", "Reports",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: unoptimized),
    .target(
      name: "TestSupport", dependencies: ["Randomness", "Formats"], path: "Tests/TestSupport"),
    .target(
      name: "Digests", dependencies: ["Randomness", "Formats", "SoftFloat"], path: "Tests/Digests",
      swiftSettings: native),
    .executableTarget(
      name: "digest-check", dependencies: ["SoftFloat", "Digests"], path: "Tests/DigestCheck",
      swiftSettings: native),
    .testTarget(name: "ThreadsTests", dependencies: ["Threads"]),
    .testTarget(name: "FormatsTests", dependencies: ["Randomness", "Formats", "TestSupport"]),
    .testTarget(
      name: "SoftFloatTests",
      dependencies: [
        "Randomness", "Formats", "SoftFloat", "ProductOracle", "Verification", "Digests",
        "TestSupport",
      ]),
    .testTarget(
      name: "MPFROracleTests",
      dependencies: ["Randomness", "Formats", "MPFROracle", "TestSupport"]),
    .testTarget(name: "CostsTests", dependencies: ["Costs"]),
    .testTarget(name: "MeasurementsTests", dependencies: ["Formats", "Measurements"]),
    .testTarget(
      name: "RecordingsTests",
      dependencies: [
        "Formats", "Measurements", "Recordings", "WatchedRuns", "TensorFiles", "Reports",
      ],
      swiftSettings: unoptimized),
    .testTarget(
      name: "TensorFilesTests", dependencies: ["Randomness", "TensorFiles"],
      swiftSettings: unoptimized),
    .testTarget(name: "WorkTests", dependencies: ["Work"]),
    .testTarget(
      name: "VerificationTests",
      dependencies: [
        "Randomness", "Formats", "SoftFloat", "MPFROracle", "ProductOracle", "TensorFiles", "Work",
        "Verification", "TestSupport",
      ]),
    .testTarget(
      name: "KernelChecksTests",
      dependencies: ["Randomness", "Formats", "SoftFloat", "MPFROracle", "KernelChecks"]),
    .testTarget(
      name: "ScanTests",
      dependencies: [
        "Randomness", "Formats", "SoftFloat", "Measurements", "TensorFiles", "Scan",
      ]),
    .testTarget(name: "JSON5Tests", dependencies: ["JSON5", "TestSupport"]),
    .testTarget(
      name: "ConditionsTests", dependencies: ["TensorFiles", "Conditions"],
      swiftSettings: unoptimized),
    .testTarget(
      name: "ExperimentFilesTests",
      dependencies: [
        "Formats", "SoftFloat", "TensorFiles", "Policies", "Datasets", "Network", "Models", "Twins",
        "ExperimentFiles", "TestSupport",
      ],
      swiftSettings: unoptimized),
    .testTarget(
      name: "ReportsTests",
      dependencies: ["Randomness", "Formats", "Measurements", "Words", "Tables", "Reports"]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Randomness", "Formats", "SoftFloat", "MPFROracle", "Measurements", "TensorFiles",
        "Policies", "Datasets", "Network", "Models", "Twins", "TestSupport",
      ]),
    .testTarget(
      name: "StepAnalysisTests",
      dependencies: [
        "Formats", "Measurements", "TensorFiles", "Policies", "Datasets", "Network", "Models",
        "Twins",
        "StepAnalysis", "Costs", "Conditions",
      ],
      swiftSettings: unoptimized),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "Randomness", "Formats", "SoftFloat", "MPFROracle", "Measurements", "TensorFiles", "Words",
        "Tables", "Work", "Verification", "Policies", "Datasets", "Network", "Models", "Twins",
        "StepAnalysis", "Conditions", "ExperimentFiles", "Expressions", "Benchmarks", "Reports",
        "Recordings", "halfway", "TestSupport",
      ],
      swiftSettings: unoptimized),
    .testTarget(name: "HouseTests", dependencies: ["Words"]),
  ],
  swiftLanguageModes: [.v6]
)
