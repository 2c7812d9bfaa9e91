// SPDX-License-Identifier: Apache-2.0

/// How gradients are clipped where the optimizer has a `clipNorm`, by the definition of
/// `torch.nn.utils.clip_grad_norm_`: the norm of the tensors' norms, and every gradient times
/// min(1, clipNorm · (1 / (norm + 10⁻⁶))), each result rounded to the norm's format.
package struct GradientClipping: Codable, Sendable, Hashable {
  /// Which gradients meet the threshold.
  package enum Gradients: String, Codable, Sendable, Hashable, CaseIterable {
    /// Those without the loss scale, as after torch's `scaler.unscale_`.
    case unscaled
    /// Those with it, as where `scaler.unscale_` was forgotten: the threshold means clipNorm / S.
    /// An overflow is looked for in what clipping leaves.
    case scaled
  }

  /// Which gradients meet the threshold.
  package var gradients: Gradients
  /// The format of the norms and of the factor; nil: that of the gradients, as torch has it.
  package var norm: Precision?

  /// The rule; torch's without arguments.
  package init(gradients: Gradients = .unscaled, norm: Precision? = nil) {
    self.gradients = gradients
    self.norm = norm
  }
}

extension GradientClipping: CustomStringConvertible {
  /// The rule in words, such as `scaled gradients clipped by a norm in fp16`.
  package var description: String {
    "\(gradients.rawValue) gradients clipped by a norm in \(norm?.id ?? "their format")"
  }
}
