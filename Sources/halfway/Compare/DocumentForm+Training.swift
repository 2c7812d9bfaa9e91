// SPDX-License-Identifier: Apache-2.0
import Reports

extension DocumentForm {
  /// `train` and `run`: what is judged is what follows for each policy. Losses differ with the seed
  /// of the batches: they are judged where a run has further seeds to tell by how much.
  static let trainingRun = DocumentForm(
    "halfway/training-run/1",
    figures: [
      "status": FigureMeaning(.earlier(statuses)),
      "answer": FigureMeaning(.earlier(["kept", "lost"])),
      "isBiased": FigureMeaning(.isFalse),
      "finalLoss": FigureMeaning(
        .smaller, noise: .floor("lossFloor"), isWorstMissing: true),
      "lostProgress": FigureMeaning(.smaller, noise: .interval("lostProgressInterval")),
      "gradientError": FigureMeaning(.smaller), "localGradientError": FigureMeaning(.smaller),
      "gradients.zeroed": FigureMeaning(.smaller), "gradients.subnormal": FigureMeaning(.smaller),
      "gradients.overflow": FigureMeaning(.smaller), "gradients.nan": FigureMeaning(.smaller),
      "updates.lost": FigureMeaning(.smaller), "updates.underflowed": FigureMeaning(.smaller),
      "skippedSteps": FigureMeaning(.smaller),
    ].reduce(into: [:]) { $0["results.outcomes[]." + $1.key] = $1.value },
    identities: [
      "results.outcomes": "policy", "results.policies": "policy.name",
      "results.comparisons": "first second", "results.seeds": "seed",
      "results.policies[].tensors": tensor, "results.reference.tensors": tensor,
      "results.policies[].steps": "step", "results.reference.steps": "step",
      "results.outcomes[].concerns": "cause tensor.layer tensor.operation tensor.kind",
      "results.blames": "policy", "results.blames[].steps": "quantity",
      "results.blames[].steps[].sources": "source", "configuration.evaluationSets": "name",
      "results.watched.sources": "tensor.layer tensor.operation tensor.kind",
    ],
    determining: ["results.reference.policy"],
    keysLeftOut: """
      averages.drift averages.relativeL2 averages.scores clip.factor clip.norm clips.leastFactor
      after.gradientError after.updateRatio before.gradientError before.updateRatio
      blames.omission blames.place layers.deviation sources.loss steps.error steps.interaction
      steps.lossError bias.magnitude
      bias.magnitudeScore bias.signed bias.signedScore comparison.chance comparison.examples
      comparison.firstStep comparison.isBeyondChance comparison.predictionProbability
      comparison.predictions comparison.seeds comparison.steps comparisons.chance
      comparisons.examples comparisons.firstStep comparisons.isBeyondChance
      comparisons.predictionProbability comparisons.predictions comparisons.seeds
      comparisons.steps configuration.beta2 configuration.context configuration.decaysWeights
      configuration.epsilon configuration.images configuration.seedsArithmetic configuration.text
      divergence.added divergence.inherited divergence.originStep environment.commit
      environment.instructions evaluation.inference evaluation.training incidents.divergence
      incidents.nan incidents.overflow nan.added nan.inherited nan.originStep origin.push
      origins.bias
      origins.inherited outcomes.comparison outcomes.decidingSeeds outcomes.directDrift
      outcomes.divergedStep outcomes.drift outcomes.driftCosine outcomes.feedbackDrift
      outcomes.finalLoss outcomes.firstNonFiniteStep outcomes.gradientError outcomes.gradients
      outcomes.localCosine outcomes.localGradientError outcomes.localNormRatio
      outcomes.lossDifference outcomes.lossFloor outcomes.lostProgress
      outcomes.lostProgressInterval outcomes.noiseRatio outcomes.updates overflow.added
      overflow.inherited overflow.originStep pairedSeeds.drift pairedSeeds.evaluation
      pairedSeeds.examples pairedSeeds.finalLoss policies.averages policies.evaluation policies.examples
      policies.memory policies.zeroGradients policy.hasDynamicScale policy.hyperparameters
      policy.keepsUpdates policy.leastScale policy.lossScaling policy.optimizerArithmetic
      policy.stateRounding policy.withoutScaling reference.averages reference.evaluation
      reference.examples reference.memory
      reference.zeroGradients results.stop seeds.difference seeds.drift seeds.evaluation
      seeds.examples seeds.finalLoss skip.referenceLargest skip.tensor state.decay
      state.firstMoments state.secondMoments state.updates steps.clip steps.drift steps.driftChange
      steps.exactLoss steps.gradients steps.localGradients steps.loss steps.lossScale
      steps.magnitudes steps.magnitudesByFormat steps.sampling steps.skip steps.state
      summary.clips summary.firstForwardSkip summary.firstNonFinite summary.nonFiniteSince summary.scalerStop
      tensors.decay tensors.lastMeasurements tensors.lost tensors.measurementsPerPoint
      tensors.origin tensors.recovery tensors.skipped tensors.weightDecay timing
      outcomes.isProgressUnknown steps.isLossUnknown origin.isWithoutReference results.watched
      watched.batch watched.device watched.end watched.framework watched.python watched.script
      decisions.firstStep decisions.source notes.layer notes.operation notes.source
      cures.second memory.averages
      """)

  /// The statuses, the best first.
  static let statuses = PolicyOutcome.Status.allCases
    .sorted { $0.severity > $1.severity }.map(\.rawValue)

  private static let tensor = "tag.layer tag.operation tag.kind mode format"
}
