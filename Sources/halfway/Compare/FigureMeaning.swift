// SPDX-License-Identifier: Apache-2.0
import Conditions
import Foundation

/// What became of a value.
enum LeafJudgement: String, Encodable, CaseIterable {
  case worse
  case better
  /// A figure that differs by no more than chance brings about.
  case withinNoise
  /// A figure whose documents were asked different things.
  case undecidable
  /// Other than before, without a better and a worse.
  case changed
}

/// Which values of a figure are better, and by how much it differs without a cause.
struct FigureMeaning: Sendable {
  enum Better: Sendable {
    case smaller, larger
    /// Whatever differs is worse: as many cases tested.
    case equal
    case isFalse
    /// The earlier in the list; others have no rank.
    case earlier([String])
  }

  enum Noise: Sendable {
    /// Any difference counts: the figure is a function of the configuration.
    case none
    /// A share of the value before; beyond it nothing tells chance from a cause.
    case drift(Double)
    /// The lesser of both documents' values of this key beside the figure, which bounds what
    /// another seed makes; without them the figure is not judged.
    case floor(String)
    /// The interval at 95 % under this key beside the figure; without it the figure is not judged.
    case interval(String)
  }

  var better: Better
  var noise: Noise
  /// Whether a document leaves it out where it is worst: infinite, or of a run that diverged.
  var isWorstMissing: Bool

  init(_ better: Better, noise: Noise = .none, isWorstMissing: Bool = false) {
    (self.better, self.noise, self.isWorstMissing) = (better, noise, isWorstMissing)
  }

  /// Rates within 5 % are told as the same. On a busy machine two runs differ by more: half of their
  /// ratios to MPFR by 12 %.
  static let rateNoise = 0.05
}

// MARK: - Judging

extension FigureMeaning {
  /// What a difference means, and why where that is not plain.
  ///
  /// - Parameters:
  ///   - before: The value before; nil where there was none.
  ///   - after: The value after; nil where there is none.
  ///   - beside: The objects that the figure stands in.
  func judged(
    _ before: DocumentValue?, _ after: DocumentValue?,
    beside: (before: DocumentObject, after: DocumentObject)
  ) -> (judgement: LeafJudgement, note: String?) {
    guard let before, !before.isMissing else {
      return isWorstMissing ? (.better, "it was missing") : (.changed, "it was missing")
    }
    guard let after, !after.isMissing else { return (.worse, "it is missing") }
    switch better {
    case .equal: return (.worse, "has to be equal")
    case .isFalse:
      guard case .flag(let isNow) = after else { return (.worse, Self.otherKind) }
      return (isNow ? .worse : .better, nil)
    case .earlier(let ranks):
      guard let old = before.text.flatMap(ranks.firstIndex(of:)),
        let new = after.text.flatMap(ranks.firstIndex(of:))
      else { return (.changed, nil) }
      return (new > old ? .worse : .better, nil)
    case .smaller, .larger: break
    }
    guard let old = before.number else { return (.changed, nil) }
    guard let new = after.number else { return (.worse, Self.otherKind) }
    switch limit(old, beside) {
    case .unknown(let reason): return (.changed, reason)
    case .known(let limit, let note):
      if new.minus(old).double.magnitude <= limit { return (.withinNoise, note) }
      if case .drift = noise { return (.changed, "one run does not tell by how much rates drift") }
    case .nothing: break
    }
    let grows = old.isLess(than: new)
    if case .smaller = better { return (grows ? .worse : .better, nil) }
    return (grows ? .better : .worse, nil)
  }

  private static let otherKind = "it is no figure any more"

  private enum NoiseLimit {
    case nothing
    case known(Double, String)
    case unknown(String)
  }

  /// The greatest difference that chance explains.
  private func limit(
    _ old: DocumentNumber, _ beside: (before: DocumentObject, after: DocumentObject)
  ) -> NoiseLimit {
    switch noise {
    case .none: return .nothing
    case .drift(let share):
      return .known(share * old.double.magnitude, "within \(Int(share * 100)) %")
    case .floor(let key):
      guard let first = beside.before[key]?.number, let second = beside.after[key]?.number
      else { return .unknown("not judged without further seeds") }
      let limit = min(first.double, second.double)
      return .known(limit, "another seed makes up to \(String(format: "%.2g", limit))")
    case .interval(let key):
      guard let first = Self.interval(beside.before[key]),
        let second = Self.interval(beside.after[key])
      else { return .unknown("not judged without an interval") }
      // As of two independent means, with the wider of both quantiles.
      let error = (first.error * first.error + second.error * second.error).squareRoot()
      let limit = max(first.quantile, second.quantile) * error
      return .known(limit, "within \(String(format: "%.2g", limit)), its interval at 95 %")
    }
  }

  /// The standard error of an interval, and its half width in standard errors.
  private static func interval(_ value: DocumentValue?) -> (error: Double, quantile: Double)? {
    guard let object = value?.object, let error = object["standardError"]?.number?.double,
      let estimate = object["estimate"]?.number?.double, let upper = object["upper"]?.number?.double
    else { return nil }
    return (error, error > 0 ? (upper - estimate) / error : 0)
  }
}
