// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

extension Policy {
  /// The formats of a rule that its matrix unit does not multiply, or does not sum in.
  func unitContradictions(
    of rule: OperationRule, at path: [String]
  ) -> [PolicyContradiction] {
    guard case .matrixUnit(let unit, let shape) = rule.accumulation.order else { return [] }
    let unitName = (path + ["accumulation", "unit"], unit.rawValue)
    if let shape, unit.rows(shape).isEmpty {
      let others = unit.shapes.map(\.rawValue).joined(separator: ", ")
      return [
        PolicyContradiction(
          (path + ["accumulation", "shape"], shape.rawValue), unitName,
          "that unit has "
            + (others.isEmpty ? "no instructions that are told by a shape" : "only \(others)"))
      ]
    }
    let named = shape.map { (path + ["accumulation", "shape"], $0.rawValue) } ?? unitName
    let noun = shape == nil ? "that unit" : "that instruction of \(unit.rawValue)"
    let sums = rule.accumulation.format
    guard unit.rows(shape).contains(where: { $0.accumulator == sums }) else {
      return [
        PolicyContradiction(
          named, (path + ["accumulation", "format"], sums.rawValue),
          "\(noun) \(unit.productsInWords(shape))")
      ]
    }
    let operands = rule.operands.map { (path + ["operands"], $0) } ?? (["weights"], weights)
    let gradients = rule.gradients.map { (path + ["gradients"], $0) } ?? operands
    func takes(_ a: Precision, _ b: Precision) -> Bool {
      guard let a = a.format, let b = b.format else { return false }
      return unit.row(a, b, accumulator: sums, shape: shape) != nil
    }
    let reason =
      "into \(sums.rawValue), which \(noun) does not; it \(unit.productsInWords(shape))"
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
  /// What the unit's instructions multiply and sum in, in words.
  func productsInWords(_ shape: MatrixInstructionShape?) -> String {
    let rows = rows(shape)
    var words: [String] = []
    for row in rows {
      // A row that another one holds is told with it.
      let isPart = rows.contains {
        $0.accumulator == row.accumulator && $0.mixes && $0.inputs.count > row.inputs.count
          && row.inputs.allSatisfy($0.inputs.contains)
      }
      let formats = row.inputs.map(\.id).joined(separator: row.mixes ? " and " : " or ")
      let product = "\(formats) into \(row.accumulator.rawValue)"
      if !isPart, !words.contains(product) { words.append(product) }
    }
    return "multiplies " + words.joined(separator: ", ")
  }
}
