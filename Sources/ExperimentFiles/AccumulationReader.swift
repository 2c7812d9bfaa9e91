// SPDX-License-Identifier: Apache-2.0
import Formats
import JSON5
import SoftFloat

/// The reader of how products sum.
enum AccumulationReader {
  fileprivate enum OrderName: String, CaseIterable {
    case sequential, pairwise, chunked, splitK, matrixUnit
  }

  /// An accumulation with the fields that an object changes.
  static func changed(
    _ base: Accumulation, _ value: JSON5Value, _ problems: JSON5Problems
  ) -> Accumulation {
    let known = ["format", "step", "order", "size", "sums", "unit", "shape"]
    guard let fields = JSON5Fields(value, of: "an accumulation", known: known, problems)
    else { return base }
    var (format, step, order) = (base.format, base.step, base.order)
    fields.set("format", &format, .name)
    fields.set("step", &step, .name)
    let size = fields.read("size", .whole(1...1 << 30))
    let sums = fields.read("sums", .name as JSON5Reading<Accumulation.SumFormat>)
    func refuse(_ keys: [String], _ name: OrderName) {
      for key in keys where fields.value(key) != nil {
        fields.refuse(
          key,
          "'\(key)' beside 'order' \(name.rawValue) (line \(fields.place(of: "order").line)): "
            + "that order has no \(key)")
      }
    }
    /// A size that was given, that of the base where it had the same order, or a problem.
    func terms(_ inherited: Int?) -> Int {
      if let size = size ?? inherited { return size }
      if fields.value("size") == nil {
        fields.demandKey("size", "this order wants a whole number from 1")
      }
      return 1
    }
    let isGiven = fields.value("order") != nil
    let name = isGiven ? fields.read("order", .name as JSON5Reading<OrderName>) : base.order.name
    let unit = fields.read("unit", .name as JSON5Reading<MatrixUnit>)
    let shape = fields.read("shape", .name as JSON5Reading<MatrixInstructionShape>)
    if let name, name != .matrixUnit { refuse(["unit", "shape"], name) }
    switch name {
    case .matrixUnit?:
      refuse(["step", "size", "sums"], .matrixUnit)
      if let unit = unit ?? base.order.unit {
        // A shape is that of a unit's instruction: another unit does not inherit it.
        let inherited = unit == base.order.unit ? base.order.shape : nil
        (order, step) = (.matrixUnit(unit, shape: shape ?? inherited), .fused)
      } else if fields.value("unit") == nil {
        let names = MatrixUnit.allCases.map(\.rawValue).joined(separator: ", ")
        fields.demandKey("unit", "this order wants one of \(names)")
      }
    case .sequential?:
      refuse(["size", "sums"], .sequential)
      order = .sequential
    case .pairwise?:
      refuse(["sums"], .pairwise)
      order = .pairwise(leaf: terms(base.order.size))
    case .chunked?:
      order = .chunked(terms: terms(base.order.size), sums: sums ?? base.order.sums ?? format)
    case .splitK?:
      order = .splitK(parts: terms(base.order.size), sums: sums ?? base.order.sums ?? format)
    case nil: break
    }
    return Accumulation(format, step, order)
  }
}

extension Accumulation.Order {
  fileprivate var name: AccumulationReader.OrderName {
    switch self {
    case .sequential: .sequential
    case .pairwise: .pairwise
    case .chunked: .chunked
    case .splitK: .splitK
    case .matrixUnit: .matrixUnit
    }
  }

  fileprivate var unit: MatrixUnit? {
    if case .matrixUnit(let unit, _) = self { unit } else { nil }
  }

  fileprivate var shape: MatrixInstructionShape? {
    if case .matrixUnit(_, let shape) = self { shape } else { nil }
  }

  fileprivate var size: Int? {
    switch self {
    case .sequential, .matrixUnit: nil
    case .pairwise(let size), .chunked(let size, _), .splitK(let size, _): size
    }
  }

  fileprivate var sums: Accumulation.SumFormat? {
    switch self {
    case .sequential, .pairwise, .matrixUnit: nil
    case .chunked(_, let sums), .splitK(_, let sums): sums
    }
  }
}
