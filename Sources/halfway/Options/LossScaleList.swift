// SPDX-License-Identifier: Apache-2.0
import Words

/// The loss scales of a command line.
struct LossScaleList {
  /// The scales, ascending, each once.
  let scales: [Float]

  /// The most scales of one sweep.
  private static let limit = 1000

  /// The scales of `2^0..2^24`, `2^-3`, `1000`; throws status 64 on what is no positive finite
  /// number of FP32.
  init(_ words: [String], option: String) throws(CommandExit) {
    var scales: Set<Float> = []
    for word in Options.names(words) {
      scales.formUnion(try Self.scales(word, option))
    }
    guard scales.count <= Self.limit else {
      throw .usage("\(option) names \(scales.count) scales; at most \(Self.limit) can be tried")
    }
    self.scales = scales.sorted()
  }

  private static func scales(_ word: String, _ option: String) throws(CommandExit) -> [Float] {
    let ends = word.split(separator: "..", omittingEmptySubsequences: false).map(String.init)
    guard ends.count == 2 else { return [try scale(word, word, option)] }
    guard let first = power(ends[0]), let last = power(ends[1]), first <= last else {
      throw problem(word, word, option)
    }
    _ = try (scale(ends[0], word, option), scale(ends[1], word, option))
    return (first...last).map { Float(sign: .plus, exponent: $0, significand: 1) }
  }

  /// k of `2^k`.
  private static func power(_ word: String) -> Int? {
    word.hasPrefix("2^") ? Int(word.dropFirst(2)) : nil
  }

  private static func scale(
    _ word: String, _ whole: String, _ option: String
  ) throws(CommandExit) -> Float {
    let value: Float?
    if let exponent = power(word) {
      value =
        abs(exponent) < 1000 ? Float(sign: .plus, exponent: exponent, significand: 1) : .infinity
    } else {
      value = Float(word)
    }
    guard let value, value > 0, value.isFinite else { throw problem(word, whole, option) }
    return value
  }

  private static func problem(_ word: String, _ whole: String, _ option: String) -> CommandExit {
    let place = word == whole ? "" : " in '\(Echo.word(whole))'"
    return .usage(
      "\(option): '\(Echo.word(word))'\(place) is no positive finite number of FP32; write 1024, "
        + "2^10 or 2^0..2^24, ascending")
  }
}

/// The steps of a command line.
struct StepList {
  /// The steps, ascending, each once.
  let steps: [Int]

  /// The steps of `1,50,100`; throws status 64 on what is none of a training's.
  init(_ words: [String], option: String, within last: Int) throws(CommandExit) {
    var steps: Set<Int> = []
    for word in Options.names(words) {
      guard let step = Int(word), (1...last).contains(step) else {
        throw .usage(
          "\(option): '\(Echo.word(word))' is no step of a training of \(last) "
            + "(\(option) 1,\(last), --steps for a longer one)")
      }
      steps.insert(step)
    }
    self.steps = steps.sorted()
  }
}
