// SPDX-License-Identifier: Apache-2.0

/// Dynamic loss scaling by the rule of torch's `GradScaler`.
///
/// A step whose scaled gradients hold an infinity or a NaN is skipped and the scale halved; after
/// `growthInterval` finite steps in a row it is doubled, if the double is finite in FP32. There is
/// neither a minimum nor a maximum.
public struct GradScaler: Sendable, Hashable {
  /// The constants of the rule.
  public struct Constants: Codable, Sendable, Hashable, CustomStringConvertible {
    /// The scale of the first step.
    public var initial: Float
    /// The factor after a run of finite steps.
    public var growth: Float
    /// The factor after a step that is not finite.
    public var backoff: Float
    /// The number of finite steps in a row that make the scale grow.
    public var growthInterval: Int

    /// The constants.
    public init(initial: Float, growth: Float, backoff: Float, growthInterval: Int) {
      self.initial = initial
      self.growth = growth
      self.backoff = backoff
      self.growthInterval = growthInterval
    }

    /// torch's defaults: 2^16, growth 2 every 2000, backoff 0.5.
    public static let torch = Constants(
      initial: 0x1p16, growth: 2, backoff: 0.5, growthInterval: 2000)

    /// The constants in words.
    public var description: String {
      "init \(initial) growth \(growth) every \(growthInterval) backoff \(backoff)"
    }
  }

  /// The constants of the rule.
  public let constants: Constants
  /// The factor of the loss.
  public private(set) var scale: Float
  /// The finite steps since the last change of the scale.
  public private(set) var tracker = 0

  /// The scaler before the first step.
  public init(_ constants: Constants) {
    self.constants = constants
    scale = constants.initial
  }

  /// What a gradient is multiplied by to remove the scale: 1/scale in FP64, rounded to FP32.
  public var inverse: Float { Float(1 / Double(scale)) }

  /// Moves on after a step whose scaled gradients did or did not hold an infinity or a NaN.
  public mutating func update(foundInf: Bool) {
    if foundInf {
      scale *= constants.backoff
      tracker = 0
      return
    }
    tracker += 1
    guard tracker == constants.growthInterval else { return }
    let grown = scale * constants.growth
    if grown.isFinite { scale = grown }
    tracker = 0
  }
}
