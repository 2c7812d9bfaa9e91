// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// HALFWAY_MARCH chooses what the root build is compiled for: `native` (the default, the machine it is built
// on), `portable` (what every processor of its kind has), or a name that clang's -march takes, such as
// `x86-64-v3` (AVX2) and `x86-64-v4` (AVX-512). A package that depends on a tagged version of this one may not
// use unsafe flags and builds portably. Results are identical in all of them: `make test-builds` holds them to
// the same digests. Without errno a square root is one instruction and its loops vectorise.
let isRoot = !Context.packageDirectory.contains("/checkouts/")
let march = Context.environment["HALFWAY_MARCH"] ?? "native"
let isNative = isRoot && march != "portable"
let native: [SwiftSetting] =
  isNative ? [.unsafeFlags(["-Xcc", "-march=\(march)", "-Xcc", "-fno-math-errno"])] : []

let package = Package(
  name: "Halfway",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Halfway", targets: ["Formats", "SoftFloat"]),
    .executable(name: "halfway", targets: ["halfway"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "CMPFR", pkgConfig: "mpfr", providers: [.apt(["libmpfr-dev"])]),
    .systemLibrary(name: "CProcessor"),
    .target(name: "Formats", swiftSettings: native),
    .target(name: "SoftFloat", dependencies: ["CProcessor", "Formats"], swiftSettings: native),
    .target(name: "MPFROracle", dependencies: ["CMPFR", "Formats"], swiftSettings: native),
    .target(name: "Measurements", dependencies: ["Formats"], swiftSettings: native),
    .target(name: "TensorFiles", swiftSettings: native),
    .target(name: "JSON5", swiftSettings: native),
    .target(
      name: "Verification",
      dependencies: ["Formats", "SoftFloat", "MPFROracle", "Measurements", "TensorFiles"],
      swiftSettings: native),
    .target(
      name: "Training",
      dependencies: ["Formats", "SoftFloat", "MPFROracle", "Measurements", "TensorFiles"],
      swiftSettings: native),
    .target(
      name: "ExperimentFiles", dependencies: ["Formats", "SoftFloat", "Training", "JSON5"],
      swiftSettings: native),
    .target(name: "Reports", dependencies: ["Formats", "Measurements"], swiftSettings: native),
    .executableTarget(
      name: "halfway",
      dependencies: [
        "CProcessor", "Formats", "SoftFloat", "MPFROracle", "Measurements", "TensorFiles",
        "Verification", "Training", "Reports", "JSON5", "ExperimentFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: native),
    .target(name: "TestSupport", dependencies: ["Formats"], path: "Tests/TestSupport"),
    .target(
      name: "Digests", dependencies: ["Formats", "SoftFloat"], path: "Tests/Digests",
      swiftSettings: native),
    .executableTarget(
      name: "digest-check", dependencies: ["CProcessor", "Digests"], path: "Tests/DigestCheck",
      swiftSettings: native),
    .testTarget(name: "FormatsTests", dependencies: ["Formats", "TestSupport"]),
    .testTarget(
      name: "SoftFloatTests", dependencies: ["SoftFloat", "Verification", "TestSupport", "Digests"]),
    .testTarget(
      name: "MPFROracleTests", dependencies: ["MPFROracle", "TestSupport"]),
    .testTarget(name: "MeasurementsTests", dependencies: ["Measurements", "TestSupport"]),
    .testTarget(name: "TensorFilesTests", dependencies: ["TensorFiles"]),
    .testTarget(
      name: "VerificationTests", dependencies: ["Verification", "TensorFiles", "TestSupport"]),
    .testTarget(
      name: "TrainingTests", dependencies: ["Training", "TensorFiles", "TestSupport"]),
    .testTarget(name: "JSON5Tests", dependencies: ["JSON5", "TestSupport"]),
    .testTarget(
      name: "ExperimentFilesTests",
      dependencies: ["ExperimentFiles", "Training", "TensorFiles", "TestSupport"]),
    .testTarget(name: "ReportsTests", dependencies: ["Reports", "TestSupport"]),
    .testTarget(
      name: "CommandLineTests",
      dependencies: ["halfway", "ExperimentFiles", "Training", "TestSupport"]),
    .testTarget(name: "HouseTests", dependencies: []),
  ],
  swiftLanguageModes: [.v6]
)
