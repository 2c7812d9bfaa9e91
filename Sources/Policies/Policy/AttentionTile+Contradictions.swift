// SPDX-License-Identifier: Apache-2.0

extension Policy {
  /// The tiles of attention that no attention would read, or could not compute with.
  ///
  /// Rules begin with the fields of others: a tile that came so is no contradiction.
  var tileContradictions: [PolicyContradiction] {
    var found: [PolicyContradiction] = []
    func refuse(
      _ path: [String], _ tile: Int?, _ other: ([String], (any CustomStringConvertible)?),
      _ reason: String
    ) {
      guard let tile else { return }
      found.append(PolicyContradiction((path + ["attentionTile"], tile), other, reason))
    }
    func refuseScale(_ path: [String], _ rule: OperationRule) {
      guard rule.scalesOperands else { return }
      refuse(
        path, rule.attentionTile, (path + ["scalesOperands"], true),
        "a tile's probabilities would be rounded without a scale")
    }
    if let attention = classes[.attention] {
      let path = ["classes", OperationClass.attention.rawValue]
      refuseScale(path, attention)
      if rule.attentionTile != attention.attentionTile {
        refuse(
          ["rule"], rule.attentionTile, (path, "given"),
          "attention has a rule of its own")
      }
    } else {
      refuseScale(["rule"], rule)
    }
    for (operation, other) in classes.sorted(by: { $0.key.rawValue < $1.key.rawValue })
    where operation != .attention && other.attentionTile != rule.attentionTile {
      refuse(
        ["classes", operation.rawValue], other.attentionTile, (["rule", "attentionTile"], nil),
        "only attention has tiles")
    }
    for (index, layer) in layers.enumerated() {
      let path = ["layers", "\(index)"]
      guard let operation = layer.operation, operation != .attention else {
        refuseScale(path, layer.rule)
        continue
      }
      let tile = layer.rule.attentionTile
      let isOfAll = layers.contains {
        $0.pattern == layer.pattern && ($0.operation ?? .attention) == .attention
          && $0.rule.attentionTile == tile
      }
      guard !isOfAll, tile != (classes[operation] ?? rule).attentionTile else { continue }
      refuse(path, tile, (path + ["operation"], operation.rawValue), "only attention has tiles")
    }
    return found
  }
}
