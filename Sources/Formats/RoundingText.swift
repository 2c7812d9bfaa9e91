// SPDX-License-Identifier: Apache-2.0

extension Rounding: CustomStringConvertible, Codable {
  /// The name on the command line: `nearest-even`, `nearest-away`, `toward-zero`, `up`, `down`,
  /// `to-odd`, or `stochastic:<bits>:<seed>`.
  public var description: String {
    switch self {
    case .nearestEven: "nearest-even"
    case .nearestAway: "nearest-away"
    case .towardZero: "toward-zero"
    case .up: "up"
    case .down: "down"
    case .toOdd: "to-odd"
    case .stochastic(let bits, let seed): "stochastic:\(bits):\(seed)"
    }
  }

  /// The names and the usual abbreviations that `init(name:)` accepts.
  public static let names = [
    "nearest-even", "nearest-away", "toward-zero", "up", "down", "to-odd", "stochastic",
  ]

  /// The number of random bits a stochastic rounding uses where none is named.
  public static let defaultStochasticBits = 16

  /// The rounding of a name, nil when there is none: `description`'s forms, TestFloat's and
  /// hardware's abbreviations (rne, rna, rz, ru, rd, rto), `stochastic[:bits[:seed]]` with 16 bits
  /// and seed 1 by default.
  public init?(name: String) {
    switch name.lowercased() {
    case "nearest-even", "rne", "near_even": self = .nearestEven
    case "nearest-away", "rna", "near_maxmag": self = .nearestAway
    case "toward-zero", "rz", "minmag": self = .towardZero
    case "up", "ru", "max": self = .up
    case "down", "rd", "min": self = .down
    case "to-odd", "rto", "odd": self = .toOdd
    case let stochastic where stochastic.hasPrefix("stochastic"):
      let parts = stochastic.split(separator: ":", omittingEmptySubsequences: false)
      let bits = parts.count > 1 ? Int(parts[1]) : Rounding.defaultStochasticBits
      let seed = parts.count > 2 ? UInt64(parts[2]) : 1
      guard parts[0] == "stochastic", parts.count <= 3, let bits, let seed,
        (1...32).contains(bits)
      else { return nil }
      self = .stochastic(bits: bits, seed: seed)
    default: return nil
    }
  }

  /// The rounding whose name the decoder holds.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let rounding = Rounding(name: name) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "no rounding '\(name)'")
    }
    self = rounding
  }

  /// Encodes the name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
