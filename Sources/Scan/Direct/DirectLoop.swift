// SPDX-License-Identifier: Apache-2.0
import Formats
import TensorFiles

/// A candidate whose figures are counted element by element.
struct DirectLoop: Sendable {
  /// The rounding.
  enum Rule: Sendable {
    /// To a format of eight fraction bits or more.
    case plain(ElementRounding)
    /// Of FP64 to FP32.
    case single
    /// Under one scale of the tensor; nil while its largest magnitude is not known.
    case scaled(Format, ElementRounding, TensorScale?)
    /// Under two levels of scales, likewise.
    case twoLevels(BlockFormat, ElementRounding, TwoLevelScale?)
  }

  /// The candidate's index.
  let index: Int
  let rule: Rule

  /// The loop of a candidate; nil where bins tell its figures.
  init?(_ candidate: Candidate, index: Int, of type: ElementType) {
    self.index = index
    switch candidate {
    case .plain(.fp32):
      guard type == .fp64 else { return nil }
      rule = .single
    case .plain(let format):
      guard format.fractionBits >= Candidate.directFraction else { return nil }
      rule = .plain(ElementRounding(format))
    case .scaled(let format, byPowerOfTwo: false):
      rule = .scaled(format, ElementRounding(format), nil)
    case .block(let format) where format.rule == .largestOfTensor:
      rule = .twoLevels(format, ElementRounding(format.element), nil)
    case .scaled, .block: return nil
    }
  }

  private init(index: Int, rule: Rule) { (self.index, self.rule) = (index, rule) }

  /// Whether the largest magnitude of the tensor has to be known.
  var isLate: Bool {
    switch rule {
    case .plain, .single: false
    case .scaled, .twoLevels: true
    }
  }

  /// The loop once the largest magnitude is known.
  func scaled(_ largest: Float) -> DirectLoop {
    switch rule {
    case .plain, .single: self
    case .scaled(let format, let rounding, _):
      DirectLoop(
        index: index,
        rule: .scaled(
          format, rounding, TensorScale(format, largest: largest, byPowerOfTwo: false)))
    case .twoLevels(let format, let rounding, _):
      DirectLoop(
        index: index,
        rule: .twoLevels(format, rounding, TwoLevelScale(format, largest: largest)))
    }
  }
}
