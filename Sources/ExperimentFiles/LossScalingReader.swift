// SPDX-License-Identifier: Apache-2.0
import JSON5
import Policies

/// The reader of a policy's loss scaling.
enum LossScalingReader {
  static let keys = [
    "base", "name", "initial", "growth", "backoff", "interval", "minimum", "maximum", "hysteresis",
    "refill", "growsOnlyIfFinite", "atMinimum", "detection", "toleratedShare", "unscaling",
    "arithmetic", "layers",
  ]

  private static var named: JSON5Reading<LossScaling?> {
    .name(LossScaling.presets.map(\.name) + ["none"], also: ", fixed:S with a finite S above 0") {
      $0 == "none" ? .some(nil) : LossScaling(named: $0).map { .some($0) }
    }
  }

  /// The rule that a value is: a name, an object, or null for none; `base` with a problem.
  static func read(
    _ fields: JSON5Fields, _ key: String, base: LossScaling?, _ problems: JSON5Problems
  ) -> LossScaling? {
    guard let value = fields.value(key) else { return base }
    switch value.content {
    case .null: return nil
    case .object: break
    default: return fields.read(key, named) ?? base
    }
    guard let fields = JSON5Fields(value, of: "a loss scaling", known: keys, problems)
    else { return base }
    var rule = LossScaling.torch
    let preset: JSON5Reading<LossScaling> = .name(
      LossScaling.presets.map(\.name), also: ", fixed:S with a finite S above 0"
    ) { LossScaling(named: $0) }
    if let base = fields.read("base", preset) {
      rule = base
    } else if fields.value("base") == nil {
      // Without a base nothing is anybody's quirk: the scale and its interval have to be said.
      rule = LossScaling(name: "custom", initial: 1, interval: 1)
      for key in ["initial", "interval"] where fields.value(key) == nil {
        fields.demandKey(key, "or a 'base' that has it")
      }
    }
    if fields.object.members.contains(where: { $0.key != "base" }) { rule.name = "custom" }
    let positive: JSON5Reading<Float> = .single("a number above 0 and in FP32's range") { $0 > 0 }
    fields.set("name", &rule.name, .text(String.shortNameRule) { $0.isShortName })
    fields.set("initial", &rule.initial, positive)
    fields.set("growth", &rule.growth, .number("a number from 1") { $0 >= 1 })
    fields.set(
      "backoff", &rule.backoff, .number("a number above 0 and at most 1") { $0 > 0 && $0 <= 1 })
    fields.set("interval", &rule.interval, orNull: .whole(1...1_000_000_000))
    fields.set("minimum", &rule.minimum, orNull: positive)
    fields.set("maximum", &rule.maximum, orNull: positive)
    fields.set("hysteresis", &rule.hysteresis, .whole(1...1_000_000))
    fields.set("refill", &rule.refill, .name)
    fields.set("growsOnlyIfFinite", &rule.growsOnlyIfFinite, .flag)
    fields.set("atMinimum", &rule.atMinimum, .name)
    fields.set("detection", &rule.detection, .name)
    fields.set(
      "toleratedShare", &rule.toleratedShare,
      .number("a share from 0 and below 1") {
        $0 >= 0 && $0 < 1
      })
    fields.set("unscaling", &rule.unscaling, .name)
    fields.set("arithmetic", &rule.arithmetic, .name)
    var scalesLayers = rule.layers != nil
    fields.set("layers", &scalesLayers, .flag)
    rule.layers = scalesLayers ? rule.layers ?? LayerScaling() : nil
    return rule
  }
}
