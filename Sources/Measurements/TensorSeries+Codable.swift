// SPDX-License-Identifier: Apache-2.0

extension TensorSeries: Codable {
  private enum CodingKeys: String, CodingKey {
    case tag, mode, format, exponents, columns, lost, decay, weightDecay, origin, recovery, skipped
    case measurementsPerPoint, lastMeasurements
  }

  /// One array per figure of the points.
  private struct Columns: Codable {
    var step: [Int] = []
    var elements: [Int] = []
    var nonzero: [Int] = []
    var zeroed: [Int] = []
    var subnormal: [Int] = []
    var overflow: [Int] = []
    var nan: [Int] = []
    var pairs: [Int] = []
    var pairsNonFinite: [Int] = []
    var referenceNonzero: [Int] = []
    var zeroedAgainstReference: [Int] = []
    var referenceSquares: [Double] = []
    var resultSquares: [Double] = []
    var products: [Double] = []
    var differenceSquares: [Double] = []

    var isRectangular: Bool {
      Set(
        [
          step, elements, nonzero, zeroed, subnormal, overflow, nan, pairs,
          pairsNonFinite, referenceNonzero, zeroedAgainstReference,
        ].map(\.count)
          + [referenceSquares, resultSquares, products, differenceSquares].map(\.count)
      ).count == 1
    }

    mutating func append(_ point: TensorPoint) {
      step.append(point.step)
      elements.append(point.range.elements)
      nonzero.append(point.range.nonzero)
      zeroed.append(point.range.zeroed)
      subnormal.append(point.range.subnormal)
      overflow.append(point.range.overflow)
      nan.append(point.range.nan)
      pairs.append(point.deviation.elements)
      pairsNonFinite.append(point.deviation.nonFinite)
      referenceNonzero.append(point.deviation.nonzero)
      zeroedAgainstReference.append(point.deviation.zeroed)
      referenceSquares.append(point.deviation.referenceSquares)
      resultSquares.append(point.deviation.resultSquares)
      products.append(point.deviation.products)
      differenceSquares.append(point.deviation.differenceSquares)
    }

    func point(_ i: Int) -> TensorPoint {
      var deviation = Deviation()
      deviation.elements = pairs[i]
      deviation.nonFinite = pairsNonFinite[i]
      deviation.nonzero = referenceNonzero[i]
      deviation.zeroed = zeroedAgainstReference[i]
      deviation.referenceSquares = referenceSquares[i]
      deviation.resultSquares = resultSquares[i]
      deviation.products = products[i]
      deviation.differenceSquares = differenceSquares[i]
      return TensorPoint(
        step: step[i],
        range: RangeCounts(
          elements: elements[i], nonzero: nonzero[i], zeroed: zeroed[i], subnormal: subnormal[i],
          overflow: overflow[i], nan: nan[i]),
        deviation: deviation)
    }
  }

  /// The series whose columns the decoder holds.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let columns = try container.decode(Columns.self, forKey: .columns)
    let lost = try container.decodeIfPresent([LostUpdates].self, forKey: .lost)
    guard columns.isRectangular, lost.map({ $0.count == columns.step.count }) ?? true else {
      throw DecodingError.dataCorruptedError(
        forKey: .columns, in: container, debugDescription: "columns of different lengths")
    }
    var points = columns.step.indices.map { columns.point($0) }
    let decay = try container.decodeIfPresent([MomentDecay].self, forKey: .decay)
    let weightDecay = try container.decodeIfPresent([WeightDecay?].self, forKey: .weightDecay)
    let origin = try container.decodeIfPresent([ErrorOrigin?].self, forKey: .origin)
    let recovery = try container.decodeIfPresent([UnderflowRecovery].self, forKey: .recovery)
    let skipped = try container.decodeIfPresent([RangeCounts?].self, forKey: .skipped)
    guard
      [decay?.count, weightDecay?.count, origin?.count, recovery?.count, skipped?.count]
        .allSatisfy({ $0 ?? points.count == points.count })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .columns, in: container, debugDescription: "columns of different lengths")
    }
    for i in points.indices {
      points[i].lost = lost?[i]
      points[i].decay = decay?[i]
      points[i].weightDecay = weightDecay?[i]
      points[i].origin = origin?[i]
      points[i].recovery = recovery?[i]
      points[i].skipped = skipped?[i]
    }
    self.init(
      tag: try container.decode(TensorTag.self, forKey: .tag),
      mode: try container.decode(ComparisonMode.self, forKey: .mode),
      format: try container.decode(String.self, forKey: .format),
      points: points,
      exponents: try container.decode(ExponentHistogram.self, forKey: .exponents))
    measurementsPerPoint =
      try container.decodeIfPresent(Int.self, forKey: .measurementsPerPoint) ?? 1
    lastMeasurements = try container.decodeIfPresent(Int.self, forKey: .lastMeasurements) ?? 1
  }

  /// Encodes the columns; `lost`, `decay` and `recovery` are present where every point has them,
  /// `origin`, `skipped` and `weightDecay` where one has, the numbers of measurements where points
  /// were merged.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    var columns = Columns()
    for point in points { columns.append(point) }
    try container.encode(tag, forKey: .tag)
    try container.encode(mode, forKey: .mode)
    try container.encode(format, forKey: .format)
    try container.encode(exponents, forKey: .exponents)
    try container.encode(columns, forKey: .columns)
    let lost = points.compactMap(\.lost)
    if !lost.isEmpty, lost.count == points.count { try container.encode(lost, forKey: .lost) }
    let decay = points.compactMap(\.decay)
    if !decay.isEmpty, decay.count == points.count { try container.encode(decay, forKey: .decay) }
    if points.contains(where: { $0.weightDecay != nil }) {
      try container.encode(points.map(\.weightDecay), forKey: .weightDecay)
    }
    if points.contains(where: { $0.origin != nil }) {
      try container.encode(points.map(\.origin), forKey: .origin)
    }
    let recovery = points.compactMap(\.recovery)
    if !recovery.isEmpty, recovery.count == points.count {
      try container.encode(recovery, forKey: .recovery)
    }
    if points.contains(where: { $0.skipped != nil }) {
      try container.encode(points.map(\.skipped), forKey: .skipped)
    }
    if measurementsPerPoint > 1 {
      try container.encode(measurementsPerPoint, forKey: .measurementsPerPoint)
      try container.encode(lastMeasurements, forKey: .lastMeasurements)
    }
  }
}
