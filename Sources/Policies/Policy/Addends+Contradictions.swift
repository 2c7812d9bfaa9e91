// SPDX-License-Identifier: Apache-2.0

extension Policy {
  /// The formats of biases where no operation adds one.
  ///
  /// Rules begin with the fields of others: a format that came so is no contradiction.
  var addendContradictions: [PolicyContradiction] {
    var found: [PolicyContradiction] = []
    func refuse(_ path: [String], _ rule: OperationRule, _ other: [String], _ value: String?) {
      guard let addends = rule.addends else { return }
      let reason = "only \(OperationClass.addingNames) add biases"
      found.append(PolicyContradiction((path + ["addends"], addends), (other, value), reason))
    }
    if OperationClass.adding.allSatisfy({
      classes[$0] != nil && classes[$0]?.addends != rule.addends
    }) {
      refuse(["rule"], rule, ["classes"], "of all that add biases")
    }
    for operation in OperationClass.allCases where !OperationClass.adding.contains(operation) {
      guard let other = classes[operation], other.addends != rule.addends else { continue }
      refuse(["classes", operation.rawValue], other, ["classes"], operation.rawValue)
    }
    for (index, layer) in layers.enumerated() {
      guard let operation = layer.operation, !OperationClass.adding.contains(operation),
        layer.rule.addends != (classes[operation] ?? rule).addends
      else { continue }
      // An entry about all operations of a layer says it of those that add, too.
      let isOfAll = layers.contains {
        $0.pattern == layer.pattern && OperationClass.adding.contains($0.operation ?? .product)
          && $0.rule.addends == layer.rule.addends
      }
      guard !isOfAll else { continue }
      let path = ["layers", "\(index)"]
      refuse(path, layer.rule, path + ["operation"], operation.rawValue)
    }
    return found
  }
}

extension OperationClass {
  /// The classes of which an operation has a bias.
  fileprivate static let adding: Set<OperationClass> = [
    .product, .convolution, .layerNormalization, .batchNormalization,
  ]
  fileprivate static let addingNames = "product, convolution and normalizations"
}
