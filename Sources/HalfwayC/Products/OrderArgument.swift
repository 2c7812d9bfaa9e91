// SPDX-License-Identifier: Apache-2.0
import Formats

/// How a product is summed, as it comes in: names and a size.
struct OrderArgument {
  /// The orders that are no matrix unit's.
  static let orders = ["sequential", "pairwise", "chunked", "split"]
  /// All that `order` can be.
  static let names = orders + MatrixUnit.allCases.map(\.rawValue)

  let sum: Accumulation.SumFormat
  let step: Accumulation.Step
  let order: UnsafePointer<CChar>?
  let size: Int
  let sums: UnsafePointer<CChar>?
  let shape: UnsafePointer<CChar>?

  /// The accumulation of sums of `terms` terms; sizes beyond these are the same as as many.
  func accumulation(terms: Int) throws(Refusal) -> Accumulation {
    let name = try Texts.read(order, "order", else: "sequential")
    if let unit = MatrixUnit(rawValue: name) {
      guard size == 0, sums == nil else {
        throw Refusal(
          .unsupported, "order \(name) is a matrix unit's, which has no size and no sums")
      }
      return Accumulation(sum, .fused, .matrixUnit(unit, shape: try instruction(of: unit)))
    }
    guard Self.orders.contains(name) else { throw Texts.unknown(name, "order", Self.names) }
    guard shape == nil else {
      throw Refusal(
        .unsupported, "order \(name) has no shape: that is a matrix unit's instruction's")
    }
    guard name == "sequential" ? size == 0 : size >= 1 else {
      throw Refusal(
        name == "sequential"
          ? "size is \(size), and order sequential has none: 0 is wanted"
          : "size is \(size): order \(name) has blocks of at least 1")
    }
    let size = min(size, max(terms, 1))
    let blockSums = try Texts.choose(
      sums, "sums", of: Accumulation.SumFormat.allCases.map(\.rawValue),
      Accumulation.SumFormat.init(rawValue:), else: sum)
    switch name {
    case "pairwise", "sequential":
      guard sums == nil else {
        throw Refusal(.unsupported, "order \(name) has no sums: chunked and split have")
      }
      return Accumulation(sum, step, name == "pairwise" ? .pairwise(leaf: size) : .sequential)
    case "chunked": return Accumulation(sum, step, .chunked(terms: size, sums: blockSums))
    default: return Accumulation(sum, step, .splitK(parts: size, sums: blockSums))
    }
  }

  private func instruction(of unit: MatrixUnit) throws(Refusal) -> MatrixInstructionShape? {
    guard let shape else { return nil }
    let known = unit.shapes.map(\.rawValue)
    let name = try Texts.read(shape, "shape")
    guard let instruction = MatrixInstructionShape(rawValue: name), known.contains(name) else {
      guard !known.isEmpty else {
        throw Refusal(.unsupported, "\(unit.rawValue) has no shapes that are told apart")
      }
      throw Texts.unknown(name, "shape", known)
    }
    return instruction
  }
}
