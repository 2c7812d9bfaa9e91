// SPDX-License-Identifier: Apache-2.0

extension Policy {
  /// What clipping, micro-batches and averages could not do, or would do without effect.
  var stepContradictions: [PolicyContradiction] {
    var found: [PolicyContradiction] = []
    if clipping?.gradients == .scaled, lossScaling == nil {
      found.append(
        PolicyContradiction(
          (["clipping", "gradients"], GradientClipping.Gradients.scaled.rawValue),
          (["lossScaling"], nil), "without a loss scale no gradient is scaled"))
    }
    let computed: [([String], Precision?)] = [
      (["clipping", "norm"], clipping?.norm), (["averages", "format"], averages?.format),
    ]
    let fields = computed + [(["microBatches", "format"], microBatches?.format)]
    for case (let path, let format?) in fields where !holds(format) {
      found.append(
        PolicyContradiction(
          (path, format), heldField, "a twin of that arithmetic cannot hold the format"))
    }
    let arithmetic = optimizer.compute.precision
    for case (let path, let format?) in computed
    where held == .fp32 && optimizer.compute != .fp32 && holds(format)
      && !format.isContained(in: arithmetic)
    {
      found.append(
        PolicyContradiction(
          (path, format), (["optimizer", "compute"], optimizer.compute),
          "every result of the optimizer is rounded to its narrow arithmetic"))
    }
    return found
  }
}
