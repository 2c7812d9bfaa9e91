// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let package = Package(
  name: "compare",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Halfway", path: "../../..")],
  targets: [
    .executableTarget(
      name: "compare", dependencies: [.product(name: "Halfway", package: "Halfway")])
  ]
)
