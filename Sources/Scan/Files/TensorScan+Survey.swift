// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import SoftFloat
import TensorFiles

extension TensorScan {
  /// What follows from what was counted of a tensor.
  init(
    _ survey: TensorScanner.Survey, of tensor: OpenTensor, file: Int, candidates: [Candidate],
    error: Double
  ) {
    self.init(name: tensor.placed.name)
    self.file = file
    type = tensor.placed.type.rawValue
    shape = tensor.placed.shape
    elements = tensor.layout.count
    count(survey)
    let hasElements = survey.largest > 0
    largest = Double(Float(bitPattern: survey.largest))
    smallest = hasElements ? Double(Float(bitPattern: survey.least)) : nil
    let bins = BinCount.withoutRows(survey.bins)
    squares = bins.reduce(0) { $0 + $1.squareSum }
    windows = Self.windows(of: candidates, largest: largest, exponents)
    fits = candidates.enumerated().map { index, candidate in
      fit(candidate, survey, bins, survey.direct[index])
    }
    fewestBits = Self.fewestBits(fits, keeping: error)
  }

  private mutating func count(_ survey: TensorScanner.Survey) {
    for bin in survey.bins {
      let (field, count) = (Int(bin.base >> 23), Int(bin.count))
      guard bin.key > 0 else {
        zeros += count
        continue
      }
      let isNaN = bin.key > BinCount.specialKey
      if isNaN { nans += count } else if bin.key == BinCount.specialKey { infinities += count }
      exponents.add(field: field, count: count, nans: isNaN ? count : 0)
    }
    zeros -= survey.fill
    exponents.add(field: 0, count: zeros, zeros: zeros)
  }

  private func fit(
    _ candidate: Candidate, _ survey: TensorScanner.Survey, _ bins: [BinCount], _ direct: FitSums?
  ) -> CandidateFit {
    let largest = Float(bitPattern: survey.largest)
    var (sums, scale) = (FitSums(), nil as Double?)
    switch candidate {
    case .plain(.fp32): sums = direct ?? FitSums(subnormal: exponents.subnormals)
    case .plain(let format):
      sums = direct ?? BinFit(format).sums(bins, exponent: 0)
    case .scaled(let format, let byPowerOfTwo):
      let own = TensorScale(format, largest: largest, byPowerOfTwo: byPowerOfTwo)
      scale = Double(own.decode)
      sums =
        direct ?? (byPowerOfTwo ? BinFit(format).sums(bins, exponent: own.exponent) : FitSums())
    case .block(let format) where format.rule == .floorOfLargest:
      sums = BinFit(format.element).blockSums(survey.bins)
      sums.lost -= survey.specialFill
    case .block(let format):
      scale = Double(TwoLevelScale(format, largest: largest).decode)
      sums = direct ?? FitSums()
    }
    var fit = CandidateFit(
      candidate: candidate.id, bits: candidate.bits, scale: scale, zeroed: sums.zeroed,
      subnormal: sums.subnormal, overflow: sums.overflow, lost: sums.lost,
      errorSquares: sums.squares, relativeError: nil, sqnr: nil)
    fit.derive(from: squares, saturates: candidate.saturates)
    return fit
  }

  /// log2 of the least and the greatest power of two under which a tensor keeps what it has, for
  /// each format that wants a scale.
  private static func windows(
    of candidates: [Candidate], largest: Double, _ exponents: ExponentHistogram
  ) -> [ScanWindow] {
    guard largest > 0 else { return [] }
    let nonzero = exponents.subnormals + exponents.bins.reduce(0) { $0 + $1.count }
    var (below, exponent) = (Double(exponents.subnormals), -149)
    for bin in exponents.bins {
      guard below <= GradientMagnitudes.quantile * Double(nonzero) else { break }
      exponent = bin.exponent
      below += Double(bin.count)
    }
    let magnitudes = GradientMagnitudes(
      largest: largest, small: Double(sign: .plus, exponent: exponent, significand: 1))
    return candidates.compactMap { candidate in
      guard case .plain(let format) = candidate, GradientMagnitudes.wantScale(in: format) else {
        return nil
      }
      let (least, greatest) = (
        magnitudes.leastScale(in: format), magnitudes.greatestScale(in: format)
      )
      return ScanWindow(
        format: format.id, least: Int(least.exponent) + (least.significand > 1 ? 1 : 0),
        greatest: Int(greatest.exponent))
    }
  }

  /// The sum of some scans.
  package init(sum scans: [TensorScan], candidates: [Candidate], error: Double) {
    self.init(name: "all tensors")
    for scan in scans {
      elements += scan.elements
      zeros += scan.zeros
      infinities += scan.infinities
      nans += scan.nans
      largest = max(largest, scan.largest)
      smallest = scan.smallest.map { min($0, smallest ?? .infinity) } ?? smallest
      squares += scan.squares
      exponents.merge(scan.exponents)
    }
    windows = Self.windows(of: candidates, largest: largest, exponents)
    fits = candidates.enumerated().map { index, candidate in
      var sum = CandidateFit(
        candidate: candidate.id, bits: candidate.bits, scale: nil, zeroed: 0, subnormal: 0,
        overflow: 0, lost: 0, errorSquares: 0, relativeError: nil, sqnr: nil)
      for scan in scans { sum.add(scan.fits[index]) }
      sum.derive(from: squares, saturates: candidate.saturates)
      return sum
    }
    fewestBits = Self.fewestBits(fits, keeping: error)
  }

  private static func fewestBits(_ fits: [CandidateFit], keeping error: Double) -> String? {
    fits.filter { $0.relativeError.map { $0 <= error } ?? false }
      .min { ($0.bits, $0.relativeError ?? 0) < ($1.bits, $1.relativeError ?? 0) }?.candidate
  }
}

extension Candidate {
  /// Whether what is beyond the range becomes the largest number.
  fileprivate var saturates: Bool {
    switch self {
    case .plain(let format): format.specials == .finite
    case .scaled, .block: true
    }
  }
}

extension BinCount {
  /// Σ x².
  fileprivate var squareSum: Double {
    let unit = Double(sign: .plus, exponent: unitExponent, significand: 1)
    let base = Double(Float(bitPattern: base)) / unit
    let squares = Double(count) * base * base + 2 * base * Double(sum) + Double(self.squares)
    return squares * (unit * unit)
  }
}

extension CandidateFit {
  fileprivate mutating func add(_ other: CandidateFit) {
    zeroed += other.zeroed
    subnormal += other.subnormal
    overflow += other.overflow
    lost += other.lost
    errorSquares += other.errorSquares
  }

  /// Takes the error over ‖x‖² from the sums.
  fileprivate mutating func derive(from squares: Double, saturates: Bool) {
    guard squares > 0, lost == 0, saturates || overflow == 0 else { return }
    let error = (errorSquares / squares).squareRoot()
    relativeError = error
    if error > 0 { sqnr = -20 * Elementary.log(error) / Self.naturalLog10 }
  }

  /// ln 10, rounded to nearest.
  private static let naturalLog10 = 2.302585092994046
}
