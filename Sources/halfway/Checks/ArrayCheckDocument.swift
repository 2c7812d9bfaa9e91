// SPDX-License-Identifier: Apache-2.0
import KernelChecks
import Work

/// The JSON document of `check` of a kernel of arrays.
struct ArrayCheckDocument: Encodable {
  struct Summary: Encodable {
    var cases: Int
    var failing: Int
    /// Cases without results.
    var uncomputed: Int
    /// Cases in which the bound is void.
    var unjudged: Int
    var results: Int
    var misrounded: Int
    var wrongSpecials: Int
    /// In units of u S; null of a wrong special.
    var largestScaledError: Double?
    var findings: Int
    var holds: Bool
  }

  var schema = "halfway/array-check/1"
  var tool = "halfway"
  var configuration: ArrayCampaign.Configuration
  var shard: Shard?
  var summary: Summary
  var baseline: BaselineDocument?
  var cases: [ArrayCaseResult]
  var findings: [ArrayFinding]
  /// What was found of the kernel's properties.
  var properties: [PropertyResult]?
  /// What the kernel does inside its sums.
  var inside: SumIdentification?
  var reproduction: String
  var run: RunRecord?

  init(_ output: ArrayCheckOutput) {
    let count = output.count
    configuration = output.work.configuration
    shard = output.shard
    let largest = count.cases.map(\.scaledError).max() ?? 0
    summary = Summary(
      cases: count.cases.count, failing: count.count(.fails), uncomputed: count.count(.uncomputed),
      unjudged: count.count(.unjudged), results: count.results, misrounded: count.misrounded,
      wrongSpecials: count.wrongSpecials, largestScaledError: largest.isFinite ? largest : nil,
      findings: count.findings.count, holds: !output.hasFindings)
    baseline = output.comparison.map(BaselineDocument.init)
    cases = count.cases
    findings = count.findings
    properties = output.properties.results.isEmpty ? nil : output.properties.results
    inside = output.identification
    reproduction = output.reproduction.line
    run = output.run
  }
}
