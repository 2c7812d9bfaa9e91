// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// What a kernel of elements has to keep to.
package enum KernelCriterion: Hashable, Sendable {
  /// Every result is the exact value rounded to nearest even.
  case correctlyRounded
  /// Every error is at most so many ulp at the exact value, and every special is right.
  case ulp(Double)
  /// The errors of a published table.
  case profile(AccuracyProfile)

  /// What is asked where nothing else is: one of the two numbers beside the exact value.
  package static let faithful = KernelCriterion.ulp(1)

  /// The criterion of a text such as `ulp:2.5`; nil of another.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    switch (parts.first, parts.count) {
    case ("correctly-rounded", 1): self = .correctlyRounded
    case ("ulp", 2):
      guard let limit = Double(parts[1]), limit >= 0.5, limit.isFinite else { return nil }
      self = .ulp(limit)
    case ("profile", 2):
      guard let profile = AccuracyProfile(rawValue: parts[1]) else { return nil }
      self = .profile(profile)
    default: return nil
    }
  }

  /// The text that it is written as.
  package var text: String {
    switch self {
    case .correctlyRounded: "correctly-rounded"
    case .ulp(let limit):
      "ulp:\(limit == limit.rounded() && limit < 0x1p53 ? "\(Int(limit))" : "\(limit)")"
    case .profile(let profile): "profile:\(profile.rawValue)"
    }
  }

  /// The forms that are known.
  package static var names: [String] {
    ["correctly-rounded", "ulp:N"] + AccuracyProfile.allCases.map { "profile:\($0.rawValue)" }
  }

  /// What it allows of each result; nil where a profile says nothing of the function.
  package func limit(_ function: ElementFunction, _ format: Format) -> ErrorLimit? {
    switch self {
    case .correctlyRounded: .nearest
    case .ulp(let limit): .ulps(limit)
    case .profile(let profile): profile.limit(function, format)
    }
  }

  /// Whether results with such errors keep to it, or err no more than a reference where they do not.
  package func allows(_ count: KernelCount, _ function: ElementFunction, _ format: Format) -> Bool {
    holds(count, function, format) || isExcused(count, function, format)
  }

  /// Whether no figure that it looks at is worse than a reference's. Wrong NaNs, infinities and
  /// signs are never excused.
  private func isExcused(
    _ count: KernelCount, _ function: ElementFunction, _ format: Format
  ) -> Bool {
    guard let reference = count.reference, let worst = count.worst.first, worst.ulps.isFinite
    else { return false }
    return switch limit(function, format) {
    case nil: false
    case .nearest?:
      worst.ulps <= reference.largest && count.misrounded <= reference.misrounded
    case .ulps?: worst.ulps <= reference.largest
    case .tolerance?:
      (count.outside?.results ?? 0) <= (reference.outside?.results ?? 0)
        && (count.outside?.largestExcess ?? 0) <= (reference.outside?.largestExcess ?? 0)
    }
  }

  /// Whether results with such errors keep to it.
  package func holds(_ count: KernelCount, _ function: ElementFunction, _ format: Format) -> Bool {
    switch limit(function, format) {
    case nil: false
    case .nearest?: count.misrounded == 0
    case .ulps(let limit)?: (count.worst.first?.ulps ?? 0) <= limit
    case .tolerance?: count.outside?.results == 0
    }
  }
}

extension KernelCriterion: Codable {
  package init(from decoder: any Decoder) throws {
    let values = try decoder.singleValueContainer()
    guard let criterion = KernelCriterion(try values.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: values, debugDescription: "no criterion")
    }
    self = criterion
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.singleValueContainer()
    try values.encode(text)
  }
}
