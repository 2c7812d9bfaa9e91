// SPDX-License-Identifier: Apache-2.0
import MPFROracle
import Measurements
import Policies

/// Every bit of the values: attached as they lie in memory, MPFR numbers as text. A state has no
/// tensor with a scale, which only the operand of a product has.
extension Tensor: Codable {
  private enum CodingKeys: String, CodingKey {
    case shape, precision, rounded, range, floats, doubles, reals
  }

  /// The tensor, in memory of its own; throws `DecodingError` where values and sizes do not agree.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let shape = try container.decode([Int].self, forKey: .shape)
    let precision = try container.decode(Precision.self, forKey: .precision)
    let rounded = try container.decode(Precision.self, forKey: .rounded)
    let range = try container.decodeIfPresent(RangeCounts.self, forKey: .range)
    let count = try Self.count(shape, container)
    func tensor<Element>(_ buffer: TensorBuffer<Element>) -> Tensor {
      Tensor(shape: shape, buffer, precision: precision, rounded: rounded, range: range)
    }
    func numbers<Element: TensorElement & BinaryFloatingPoint>(
      _: Element.Type, _ key: CodingKeys
    ) throws -> TensorBuffer<Element> {
      let numbers = try container.decode(AttachedNumbers.self, forKey: key)
      try numbers.claim(Element.self, count: count, from: decoder)
      let buffer = TensorBuffer<Element>(count: count, pool: TensorPool())
      try numbers.copy(to: buffer.elements, count: count, from: decoder)
      return buffer
    }
    if container.contains(.floats) {
      self = tensor(try numbers(Float.self, .floats))
    } else if container.contains(.doubles) {
      self = tensor(try numbers(Double.self, .doubles))
    } else {
      let texts = try container.decode([String].self, forKey: .reals)
      guard texts.count == count else { throw Self.disagreement(.reals, container) }
      let reals = try texts.map { text in
        guard let bits = Real.precision(ofArchived: text) else {
          throw Self.disagreement(.reals, container)
        }
        try Attachment.claim(MemoryLayout<Real>.stride + bits / 8, from: decoder)
        guard let real = Real(archived: text) else { throw Self.disagreement(.reals, container) }
        return real
      }
      let buffer = TensorBuffer<Real>(count: count, pool: TensorPool())
      for (i, real) in reals.enumerated() { buffer.elements[i] = real }
      self = tensor(buffer)
    }
  }

  /// The number of values of a shape.
  private static func count(
    _ shape: [Int], _ container: KeyedDecodingContainer<CodingKeys>
  ) throws -> Int {
    try shape.reduce(1) { product, size in
      let (count, overflows) = product.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflows else { throw disagreement(.shape, container) }
      return count
    }
  }

  private static func disagreement(
    _ key: CodingKeys, _ container: KeyedDecodingContainer<CodingKeys>
  ) -> DecodingError {
    .dataCorruptedError(
      forKey: key, in: container, debugDescription: "values and sizes do not agree")
  }

  /// Encodes the values and all that is known of them.
  ///
  /// - Precondition: the scale is zero.
  package func encode(to encoder: any Encoder) throws {
    precondition(scale == 0)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(shape, forKey: .shape)
    try container.encode(precision, forKey: .precision)
    try container.encode(rounded, forKey: .rounded)
    try container.encodeIfPresent(range, forKey: .range)
    switch storage {
    case .float(let buffer):
      try container.encode(
        AttachedNumbers(buffer.elements, count: count, to: encoder), forKey: .floats)
    case .double(let buffer):
      try container.encode(
        AttachedNumbers(buffer.elements, count: count, to: encoder), forKey: .doubles)
    case .real(let buffer):
      try container.encode(buffer[0..<count].map(\.archived), forKey: .reals)
    }
  }
}
