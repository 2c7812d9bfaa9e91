// SPDX-License-Identifier: Apache-2.0

/// As a keyed value: `{"format": "fp16", "step": "fused", "order": "chunked", "size": 128, "sums":
/// "fp32"}`. `size` is the leaf, the terms or the parts; a key that the order does not have is
/// absent. That of a matrix unit has no step, and may have a shape: `{"format": "fp32", "order":
/// "matrixUnit", "unit": "hopper", "shape": "m16n8k8"}`.
extension Accumulation: Codable {
  private enum CodingKeys: String, CodingKey {
    case format, step, order, size, sums, unit, shape
  }

  private enum OrderName: String, Codable {
    case sequential, pairwise, chunked, splitK, matrixUnit
  }

  /// The accumulation; throws `DecodingError` on an unknown name, a size below 1, or a key that the
  /// order does not have.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func size() throws -> Int {
      let size = try values.decode(Int.self, forKey: .size)
      guard size >= 1 else {
        throw DecodingError.dataCorruptedError(
          forKey: .size, in: values, debugDescription: "size is \(size), must be at least 1")
      }
      return size
    }
    func sums() throws -> SumFormat { try values.decode(SumFormat.self, forKey: .sums) }
    func refuse(_ key: CodingKeys, _ name: OrderName) throws {
      guard values.contains(key) else { return }
      throw DecodingError.dataCorruptedError(
        forKey: key, in: values,
        debugDescription: "order \(name.rawValue) has no \(key.rawValue)")
    }
    let name = try values.decodeIfPresent(OrderName.self, forKey: .order) ?? .sequential
    if name != .matrixUnit {
      try refuse(.unit, name)
      try refuse(.shape, name)
    }
    let order: Order
    switch name {
    case .sequential:
      try refuse(.size, name)
      try refuse(.sums, name)
      order = .sequential
    case .pairwise:
      try refuse(.sums, name)
      order = .pairwise(leaf: try size())
    case .chunked: order = .chunked(terms: try size(), sums: try sums())
    case .splitK: order = .splitK(parts: try size(), sums: try sums())
    case .matrixUnit:
      for key in [CodingKeys.step, .size, .sums] { try refuse(key, name) }
      order = .matrixUnit(
        try values.decode(MatrixUnit.self, forKey: .unit),
        shape: try values.decodeIfPresent(MatrixInstructionShape.self, forKey: .shape))
    }
    self.init(
      try values.decode(SumFormat.self, forKey: .format),
      try values.decodeIfPresent(Step.self, forKey: .step) ?? .fused, order)
  }

  /// Writes every key that the order has.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    func encode(_ name: OrderName, _ size: Int?, _ sums: SumFormat?) throws {
      try values.encode(name, forKey: .order)
      try values.encodeIfPresent(size, forKey: .size)
      try values.encodeIfPresent(sums, forKey: .sums)
    }
    try values.encode(format, forKey: .format)
    if !order.isOfUnit { try values.encode(step, forKey: .step) }
    switch order {
    case .sequential: try encode(.sequential, nil, nil)
    case .pairwise(let leaf): try encode(.pairwise, leaf, nil)
    case .chunked(let terms, let sums): try encode(.chunked, terms, sums)
    case .splitK(let parts, let sums): try encode(.splitK, parts, sums)
    case .matrixUnit(let unit, let shape):
      try encode(.matrixUnit, nil, nil)
      try values.encode(unit, forKey: .unit)
      try values.encodeIfPresent(shape, forKey: .shape)
    }
  }
}
