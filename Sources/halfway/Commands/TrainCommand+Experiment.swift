// SPDX-License-Identifier: Apache-2.0
import ExperimentFiles
import Foundation
import Models
import Policies
import Words

extension TrainCommand {
  /// The experiment that the options describe; throws status 64 on a wrong one, 65 on a file of
  /// policies that cannot be used.
  func session() throws -> TrainingSession {
    var description = ExperimentDescription()
    try trained.describe(&description, steps: steps)
    description.name = "train-\(description.model)"
    description.measureEvery = measureEvery
    description.localEvery = localEvery
    description.seeds = seeds
    description.pairedSeeds = pairedSeeds
    let selection = try PolicySelection(policies, option: "--policies")
    description.policies = try scaled(selection.policies)
    description.reference = try .reference(named: reference)
    try description.refuseDivision()
    try description.refuseClipping(option: "--policies")
    if let policy = description.namesake {
      throw CommandExit.usage(
        "--policies: '\(Echo.word(policy.name))' \(ExperimentDescription.namesakeProblem)")
    }
    return TrainingSession(
      description: description, files: selection.files,
      threads: threading.count)
  }

  /// The policies, those that scale with the loss scaling asked for. Says which ones do not scale,
  /// and throws status 64 where that is all of them.
  private func scaled(_ policies: [Policy]) throws(CommandExit) -> [Policy] {
    guard let name = lossScaling else { return policies }
    let rule = name.lowercased() == "none" ? nil : LossScaling(named: name)
    if rule == nil, name.lowercased() != "none" {
      throw .usage(
        NearestNames.complaint(
          kind: "loss scaling", name: name, known: LossScaling.presets.map(\.name),
          also: ", fixed:S with a finite S above 0, none", option: "--loss-scaling"))
    }
    func names(_ isScaling: Bool) -> String {
      policies.filter { ($0.lossScaling != nil) == isScaling }.map { Echo.word($0.name) }
        .joined(separator: ", ")
    }
    if names(true).isEmpty {
      throw .usage(
        "--loss-scaling \(Echo.word(name)) applies to none of the policies: \(names(false)) "
          + "\(policies.count == 1 ? "does" : "do") not scale; leave it out, or name a policy that "
          + "scales, such as fp16-amp, or a file of one with 'lossScaling'")
    }
    if !names(false).isEmpty {
      Terminal.complain(
        "--loss-scaling \(Echo.word(name)) applies to \(names(true)); without loss scaling as "
          + "before: \(names(false))")
    }
    return policies.map { policy in
      guard policy.lossScaling != nil else { return policy }
      var policy = policy
      policy.lossScaling = rule
      return policy
    }
  }
}

extension ExperimentDescription {
  /// Throws status 64 where the workers or micro-batches of policies split the batch differently, or
  /// not evenly.
  func refuseDivision() throws(CommandExit) {
    let workers = Set(policies.compactMap { $0.workers?.count }).sorted()
    let parts = Set(policies.compactMap { $0.microBatches?.count }).sorted()
    for (counts, name) in [(workers, "workers"), (parts, "micro-batches")] where counts.count > 1 {
      throw .usage(
        "--policies have \(counts[0]) \(name) and \(counts[1]): twins of a run split the batch "
          + "alike"
      )
    }
    let count = workers.first ?? 1
    if batch % count != 0 {
      throw .usage(
        "--batch \(batch) cannot be split in equal parts among \(count) workers")
    }
    if let parts = parts.first, batch / count % parts != 0 {
      throw .usage(
        "--batch \(batch) cannot be split in equal parts among \(parts) micro-batches"
          + (count == 1 ? "" : " of each of \(count) workers"))
    }
  }

  /// Throws status 64 where a policy says how gradients are clipped and none are.
  func refuseClipping(option: String) throws(CommandExit) {
    guard optimizer.clipNorm == nil, let policy = policies.first(where: { $0.clipping != nil })
    else { return }
    throw .usage(
      "\(option) \(Echo.word(policy.name)) has 'clipping', and no gradient is clipped: add "
        + "--clip-norm")
  }

  /// Throws status 64 where a policy clips: what is asked ends with the backward pass.
  func refuseClipping(_ what: String, option: String) throws(CommandExit) {
    guard let policy = policies.first(where: { $0.clipping != nil }) else { return }
    throw .usage(
      "\(option) \(Echo.word(policy.name)) has 'clipping': \(what) is of gradients before they are "
        + "clipped")
  }
}

extension Policy {
  /// What policies are compared with: FP64, or MPFR of the bits asked for; throws status 64 for any
  /// other name.
  static func reference(named reference: String) throws(CommandExit) -> Policy {
    guard let precision = Precision(id: reference), precision.format == nil else {
      throw .usage(
        "--reference \(Echo.word(reference)) is unknown; known: fp64, mpfr:P with P bits in "
          + "\(Precision.mpfrBits.lowerBound)...\(Precision.mpfrBits.upperBound)")
    }
    guard case .mpfr(let bits) = precision else { return .fp64 }
    return .mpfr(bits: bits)
  }
}
