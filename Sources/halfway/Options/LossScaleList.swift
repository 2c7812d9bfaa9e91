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
    guard ends.count == 2 else { return [try scale(word, option)] }
    guard let first = power(ends[0]), let last = power(ends[1]) else {
      throw .usage("\(option): the ends of '\(Echo.word(word))' are to be powers: 2^0..2^24")
    }
    guard first <= last else {
      throw .usage("\(option): '\(Echo.word(word))' descends: write 2^\(last)..2^\(first)")
    }
    return [try scale(ends[0], option)]
      + (first..<last).map { Float(sign: .plus, exponent: $0 + 1, significand: 1) }
      .filter { $0.isFinite } + [try scale(ends[1], option)]
  }

  /// k of `2^k`.
  private static func power(_ word: String) -> Int? {
    word.hasPrefix("2^")
      ? Int(word.dropFirst(2)).flatMap { (-1000...1000).contains($0) ? $0 : nil } : nil
  }

  private static func scale(_ word: String, _ option: String) throws(CommandExit) -> Float {
    let value: Float? =
      power(word).map { Float(sign: .plus, exponent: $0, significand: 1) } ?? Float(word)
    guard let value, value > 0, value.isFinite else {
      throw .usage(
        "\(option): '\(Echo.word(word))' is no positive finite number of FP32; write 1024 or 2^10")
    }
    guard (1 / value).isFinite else {
      throw .usage(
        "\(option): the inverse of '\(Echo.word(word))', which undoes it, is no finite number of FP32"
      )
    }
    if let exact = Double(word), exact == exact.rounded(), exact != Double(value) {
      throw .usage("\(option): '\(Echo.word(word))' is no number of FP32; the next is \(value)")
    }
    return value
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
            + "(\(option) \(last), --steps for a longer one)")
      }
      steps.insert(step)
    }
    self.steps = steps.sorted()
  }
}
