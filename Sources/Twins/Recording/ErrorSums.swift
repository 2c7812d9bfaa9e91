// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Randomness

/// The sum of a parameter's gradient errors over steps, and sums of the same errors with random
/// signs.
struct ErrorSums {
  private var steps = 0
  private var squares = 0.0
  private var sum: [Float]
  private var signed: [[Float]]

  /// The draws of the signs.
  private static let draws = 4
  /// The bytes that a value of a parameter takes here.
  static let bytesPerValue = (1 + draws) * MemoryLayout<Float>.stride

  /// No errors of a parameter of `count` values.
  init(count: Int) {
    TensorMemory.count(Self.bytesPerValue * count)
    sum = [Float](repeating: 0, count: count)
    signed = [[Float]](repeating: sum, count: Self.draws)
  }

  /// The number of values of the parameter.
  var count: Int { sum.count }

  /// Whether so many steps can have left the sums.
  func fits(steps: Int) -> Bool { self.steps <= steps && squares >= 0 }

  /// Adds the error of a step; one that is not finite everywhere is left out.
  mutating func add(_ tensor: ObservedTensor, reference: Tensor, step: Int) {
    var errors = [Double](repeating: 0, count: sum.count)
    tensor.tensor.forEachDoubles { range, values in
      reference.withDoubles(range) { expected in
        for i in 0..<range.count {
          errors[range.lowerBound + i] = values[i] * tensor.inverseScale - expected[i]
        }
      }
    }
    guard errors.allSatisfy({ $0.magnitude < 0x1p60 }) else { return }
    steps += 1
    let signs = RandomStream(seed: 0, purpose: .signs).bits(UInt64(step))
    for draw in 0..<Self.draws {
      let sign: Double = signs >> UInt64(draw) & 1 == 0 ? 1 : -1
      for i in errors.indices { signed[draw][i] += Float(sign * errors[i]) }
    }
    for i in errors.indices { sum[i] += Float(errors[i]) }
    squares += errors.reduce(0) { $0 + $1 * $1 }
  }

  /// The ratios that follow; nil without an error.
  func directionality(of tag: TensorTag) -> Directionality? {
    guard steps > 1, squares > 0 else { return nil }
    func norm(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) * Double($1) } }
    return Directionality(
      tag: tag, steps: steps, sumSquares: norm(sum), squares: squares,
      nullSquares: signed.map(norm))
  }
}

/// The sums are attached: there are several for each parameter.
extension ErrorSums: Codable {
  private enum CodingKeys: String, CodingKey {
    case steps, squares, count, sums
  }

  /// The sums; throws `DecodingError` where they are not of one length.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let count = try container.decode(Int.self, forKey: .count)
    let attached = try container.decode([AttachedNumbers].self, forKey: .sums)
    guard attached.count == 1 + Self.draws, count >= 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: .sums, in: container, debugDescription: "not as many sums as signs")
    }
    for numbers in attached { try numbers.claim(Float.self, count: count, from: decoder) }
    TensorMemory.count(Self.bytesPerValue * count)
    let sums = try attached.map { numbers in
      try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        guard let base = buffer.baseAddress else { return }
        try numbers.copy(to: base, count: count, from: decoder)
        initialized = count
      }
    }
    steps = try container.decode(Int.self, forKey: .steps)
    squares = try container.decode(Double.self, forKey: .squares)
    sum = sums[0]
    signed = Array(sums.dropFirst())
  }

  /// Encodes the sums.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(steps, forKey: .steps)
    try container.encode(squares, forKey: .squares)
    try container.encode(sum.count, forKey: .count)
    try container.encode(
      ([sum] + signed).map { try AttachedNumbers($0, count: $0.count, to: encoder) },
      forKey: .sums)
  }
}
