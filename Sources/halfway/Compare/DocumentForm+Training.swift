// SPDX-License-Identifier: Apache-2.0

extension DocumentForm {
  /// `train` and `run`: what is judged is what follows for each policy. Losses differ with the seed
  /// of the batches: they are judged where a run has further seeds to tell by how much.
  static let trainingRun = DocumentForm(
    "halfway/training-run/1",
    figures: [
      "status": FigureMeaning(.earlier(["close", "atRisk", "unsafe", "diverged"])),
      "answer": FigureMeaning(.earlier(["kept", "lost"])),
      "isBiased": FigureMeaning(.isFalse),
      "finalLoss": FigureMeaning(.smaller, noise: .floor("lossFloor")),
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
      "configuration.evaluationSets": "name",
    ],
    determining: [],
    keysLeftOut: """
      added beta2 bias chance commit comparison context decay decaysWeights decidingSeeds difference
      directDrift divergedStep divergence drift driftChange driftCosine epsilon evaluation exactLoss
      examples feedbackDrift finalLoss firstForwardSkip firstMoments firstNonFinite
      firstNonFiniteStep firstStep gradientError gradients hasDynamicScale hyperparameters images
      inference inherited instructions isBeyondChance keepsUpdates lastMeasurements leastScale
      localCosine localGradientError localGradients localNormRatio loss lossDifference lossFloor
      lossScale lossScaling lost lostProgress lostProgressInterval magnitude magnitudeScore
      magnitudes magnitudesByFormat measurementsPerPoint memory nan noiseRatio nonFiniteSince
      optimizerArithmetic origin originStep overflow predictionProbability predictions recovery
      referenceLargest sampling scalerStop secondMoments seeds seedsArithmetic signed signedScore
      skip skipped state stateRounding steps stop tensor text timing training updateRatio updates
      weightDecay zeroGradients
      """)

  private static let tensor = "tag.layer tag.operation tag.kind mode format"
}
