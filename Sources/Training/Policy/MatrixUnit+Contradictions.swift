// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

extension Policy {
  /// The formats of a rule that its matrix unit does not multiply, or does not sum in.
  func unitContradictions(
    of rule: OperationRule, at path: [String]
  ) -> [PolicyContradiction] {
    guard case .matrixUnit(let unit) = rule.accumulation.order else { return [] }
    let named = (path + ["accumulation", "unit"], unit.rawValue)
    let sums = rule.accumulation.format
    guard unit.rows.contains(where: { $0.accumulator == sums }) else {
      return [
        PolicyContradiction(
          named, (path + ["accumulation", "format"], sums.rawValue),
          "that unit \(unit.productsInWords)")
      ]
    }
    let operands = rule.operands.map { (path + ["operands"], $0) } ?? (["weights"], weights)
    let gradients = rule.gradients.map { (path + ["gradients"], $0) } ?? operands
    func takes(_ a: Precision, _ b: Precision) -> Bool {
      guard let a = a.format, let b = b.format else { return false }
      return unit.row(a, b, accumulator: sums) != nil
    }
    let reason = "into \(sums.rawValue), which that unit does not; it \(unit.productsInWords)"
    if !takes(operands.1, operands.1) {
      return [PolicyContradiction(named, operands, "it would multiply \(operands.1) \(reason)")]
    }
    if !takes(gradients.1, operands.1) {
      return [
        PolicyContradiction(
          named, gradients, "it would multiply \(gradients.1) by \(operands.1) \(reason)")
      ]
    }
    return []
  }
}

extension MatrixUnit {
  /// What the unit multiplies and sums in, in words.
  var productsInWords: String {
    let rows = rows.map { row in
      let formats = row.inputs.map(\.id).joined(separator: row.mixes ? " and " : " or ")
      return "\(formats) into \(row.accumulator.rawValue)"
    }
    return "multiplies " + rows.joined(separator: ", ")
  }
}
