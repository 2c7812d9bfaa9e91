// SPDX-License-Identifier: Apache-2.0

extension DocumentForm {
  /// `sweep loss-scale`: what is judged is the floor and what the step is without a scale.
  static let lossScaleSweep = DocumentForm(
    "halfway/sweep-loss-scale/1",
    figures: [
      "floor": FigureMeaning(.smaller), "unscaledError": FigureMeaning(.smaller),
    ].reduce(into: [:]) { $0["results.policies[].steps[].summary." + $1.key] = $1.value },
    identities: [
      "results.policies": "policy.name", "results.policies[].steps": "step",
      "results.policies[].steps[].scales": "scale",
      "results.policies[].steps[].tensors": "tag.layer tag.operation tag.kind",
    ],
    determining: [],
    keysLeftOut: """
      environment.commit environment.instructions policy.hasDynamicScale policy.hyperparameters
      policy.keepsUpdates policy.leastScale policy.lossScaling policy.optimizerArithmetic
      policy.stateRounding results.stoppedAt scales.cosine scales.error scales.overflowed
      steps.loss summary.bestScale summary.floor summary.gain summary.greatestScale
      summary.headroom summary.isWindowEmpty summary.leastScale summary.losslessAgree
      summary.unscaledError tensors.magnitudes tensors.ownScale timing training.beta2
      training.context training.decaysWeights training.epsilon training.images
      training.seedsArithmetic training.text
      """)

  /// `attribute`: what is judged is the error that is divided.
  static let attribution = DocumentForm(
    "halfway/attribution/1",
    figures: ["results.steps[].error": FigureMeaning(.smaller)],
    identities: [
      "results.steps": "step", "results.steps[].sources": "source",
      "results.steps[].layers": "layer",
    ],
    determining: [],
    keysLeftOut: """
      environment.commit environment.instructions layers.deviation policy.hasDynamicScale
      policy.hyperparameters policy.keepsUpdates policy.leastScale policy.lossScaling
      policy.optimizerArithmetic policy.stateRounding results.stoppedAt sources.loss steps.error
      steps.interaction steps.lossError steps.lossScale timing training.beta2 training.context
      training.decaysWeights training.epsilon training.images training.seedsArithmetic
      training.text
      """)

  /// `scalers`: what is judged is how many steps are lost.
  static let scalers = DocumentForm(
    "halfway/scalers/1",
    figures: ["results[].skipped": FigureMeaning(.smaller)],
    identities: ["results": "rule", "results[].changes": "step"],
    determining: [],
    keysLeftOut: "environment.commit environment.instructions results.failedAt timing")

  /// `tune`: what is judged is what the result costs and errs.
  static let tuning = DocumentForm(
    "halfway/tune/1",
    figures: [
      "results.worst": FigureMeaning(.smaller), "results.cost.bytes": FigureMeaning(.smaller),
      "results.cost.seconds": FigureMeaning(.smaller),
      "results.cost.joules": FigureMeaning(.smaller),
    ],
    identities: [
      "results.choices": "layer operation", "results.moments": "seed step",
      "results.uniform": "format", "results.leftOut": "format",
    ],
    determining: [],
    keysLeftOut: """
      choices.share cost.joules cost.seconds environment.commit environment.instructions
      figures.gradientCosine figures.gradientError figures.largestLayerError figures.lossError
      figures.updateError layers.gradientError machine.watts memory.averages moments.lossScale peaks.bf16 peaks.fp16 peaks.fp32 peaks.fp4
      peaks.fp64 peaks.fp8 peaks.tf32 results.cost results.stoppedAt results.worst rows.bf16
      rows.fp16 rows.fp32 rows.fp4 rows.fp64 rows.fp8 rows.tf32 source.date timing
      training.beta2 training.context training.decaysWeights training.epsilon training.images training.seedsArithmetic training.text
      """)
}
