// SPDX-License-Identifier: Apache-2.0
import KernelChecks
import Work

/// The JSON document of `check`.
struct CheckDocument: Encodable {
  struct Summary: Encodable {
    var tested: UInt64
    var uncomputed: UInt64
    var misrounded: UInt64
    var wrongSpecials: UInt64
    var wrongSigns: UInt64
    /// Results outside the criterion's tolerance; nil where it has none.
    var outsideTolerance: UInt64?
    /// In ulp at the exact value; null of a wrong special.
    var largestError: Double?
    var findings: UInt64
    var holds: Bool
  }

  struct Bin: Encodable {
    var ulps: String
    var results: UInt64
  }

  var schema = "halfway/check/1"
  var tool = "halfway"
  var configuration: KernelCampaign.Configuration
  var shard: Shard?
  var summary: Summary
  var baseline: BaselineDocument?
  /// What is known of a reference on the same operands.
  var reference: ReferenceCount?
  /// What was found of the kernel's properties.
  var properties: [PropertyResult]?
  var histogram: [Bin]
  var worst: [KernelError]
  var findings: [KernelFinding]
  /// Which bits the results have, part by part of the cases.
  var digests: DigestList
  /// The largest errors along the first operand; nil where a part of the result does not tell them.
  var profile: ErrorProfile?
  var reproduction: String
  var run: RunRecord?

  init(_ output: CheckOutput) {
    let count = output.count
    configuration = output.work.configuration
    shard = output.shard
    summary = Summary(
      tested: count.tested, uncomputed: count.uncomputed, misrounded: count.misrounded,
      wrongSpecials: count.wrongSpecials, wrongSigns: count.wrongSigns,
      outsideTolerance: count.outside?.results,
      largestError: count.worst.first.map { $0.ulps.isFinite ? $0.ulps : nil } ?? 0,
      findings: count.findingCount, holds: !output.hasFindings)
    baseline = output.comparison.map(BaselineDocument.init)
    histogram = count.histogram.counts.enumerated().map {
      Bin(ulps: ErrorHistogram.name(ofBin: $0), results: $1)
    }
    worst = count.worst
    findings = count.findings
    digests = count.digests
    profile = count.profile
    reference = count.reference
    properties = output.properties.results.isEmpty ? nil : output.properties.results
    reproduction = output.reproduction.line
    run = output.run
  }
}
