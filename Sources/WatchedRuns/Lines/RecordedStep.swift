// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import TensorFiles

/// A tensor that a recording has given a number.
struct RecordedTensor {
  var tag: TensorTag
  /// The format's id, or `fp64`.
  var format: String
  /// The line of the script; nil where it is not known.
  var source: String?

  /// The keys of a line with the key `tensor`.
  init(_ line: LineFields) throws(TensorFileProblem) {
    try line.allow(["tensor", "layer", "operation", "kind", "format", "source"])
    let kind = try line.demand("kind", try line.text("kind"))
    guard let kind = TensorKind(rawValue: kind) else {
      throw line.problem("'\(kind)' is no kind of tensor")
    }
    tag = TensorTag(
      layer: try line.demand("layer", try line.text("layer")),
      operation: try line.demand("operation", try line.text("operation")), kind: kind)
    format = try line.format("format")
    source = try line.text("source")
  }
}

extension LineFields {
  /// The id of a format of a key that must be there.
  func format(_ key: String) throws(TensorFileProblem) -> String {
    let id = try demand(key, try text(key))
    guard id == "fp64" || Format(id: id) != nil else { throw problem("'\(id)' is no format") }
    return id
  }
}

/// What a step counted of a tensor.
struct RecordedPoint {
  /// The tensor's number.
  var tensor: Int
  /// The measurement.
  var point: TensorPoint
  /// The exponents of the results, as stored.
  var exponents: ExponentHistogram
  /// The magnitudes of the twin's; nil without a twin.
  var twin: MagnitudeCounts?

  private static let keys = [
    "range", "alone", "pairs", "deviation", "origin", "originCounts", "bias", "recovery",
    "exponents", "twinExponents", "twinLargest",
  ]

  /// The keys of a line with the key `point`.
  init(_ line: LineFields, tensor: Int, of tensors: [RecordedTensor]) throws(TensorFileProblem) {
    try line.allow(Self.keys + ["point", "decay", "weightDecay", "weightDecayMasses"])
    let kind = tensors[tensor].tag.kind
    try self.init(
      countsOf: line, tensor: tensor, format: tensors[tensor].format,
      isCountedElsewhere: kind == .weightGradient || kind.isMoment)
    if let decay = try line.wholes("decay", 2) {
      var counts = MomentDecay()
      (counts.nonzero, counts.stuck) = (decay[0], decay[1])
      point.decay = counts
    }
    if let decay = try line.wholes("weightDecay", 2) {
      let masses = try line.demand(
        "weightDecayMasses", try line.numbers("weightDecayMasses", 3...3))
      var counts = WeightDecay()
      (counts.nonzero, counts.stuck) = (decay[0], decay[1])
      (counts.mass, counts.asked, counts.taken) = (masses[0], masses[1], masses[2])
      point.weightDecay = counts
    }
  }

  /// The keys of a line with the key `update`.
  init(updateOf line: LineFields, tensor: Int) throws(TensorFileProblem) {
    try line.allow(Self.keys + ["update", "format", "lost", "lostMasses"])
    try self.init(
      countsOf: line, tensor: tensor, format: try line.format("format"), isCountedElsewhere: false)
    guard let lost = try line.wholes("lost", 6) else { return }
    let masses = try line.demand("lostMasses", try line.numbers("lostMasses", 2...2))
    var counts = LostUpdates()
    (counts.elements, counts.nonzero, counts.nonFinite) = (lost[0], lost[1], lost[2])
    (counts.lost, counts.gradientZero, counts.underflowed) = (lost[3], lost[4], lost[5])
    (counts.mass, counts.lostMass) = (masses[0], masses[1])
    point.lost = counts
  }

  private init(
    countsOf line: LineFields, tensor: Int, format: String, isCountedElsewhere: Bool
  ) throws(TensorFileProblem) {
    self.tensor = tensor
    let format = Format(id: format)
    point = TensorPoint(
      step: 0, range: try Self.range(line, isCountedElsewhere: isCountedElsewhere),
      deviation: try Self.deviation(line))
    point.origin = try Self.origin(line)
    if let recovery = try line.wholes("recovery", 3) {
      var counts = UnderflowRecovery()
      (counts.nonzero, counts.vanishing, counts.recovered) = (recovery[0], recovery[1], recovery[2])
      point.recovery = counts
    }
    exponents = try line.demand(
      "exponents", try line.histogram("exponents", format: format))
    if let twin = try line.histogram("twinExponents", format: nil) {
      self.twin = MagnitudeCounts(
        exponents: twin,
        largest: try line.demand("twinLargest", try line.number("twinLargest")))
    }
  }

  /// The counts beside the exact values; of results by themselves only what needs none, for a rate
  /// of what is not known is none, and nothing where another operation's row has it.
  private static func range(
    _ line: LineFields, isCountedElsewhere: Bool
  ) throws(TensorFileProblem) -> RangeCounts {
    func counts(_ list: [Int]) -> RangeCounts {
      RangeCounts(
        elements: list[0], nonzero: list[1], zeroed: list[2], subnormal: list[3],
        overflow: list[4], nan: list[5])
    }
    if let list = try line.wholes("range", 6) { return counts(list) }
    var alone = counts(try line.demand("range", try line.wholes("alone", 6)))
    (alone.nonzero, alone.zeroed, alone.subnormal) = (0, 0, 0)
    return isCountedElsewhere ? RangeCounts() : alone
  }

  private static func deviation(_ line: LineFields) throws(TensorFileProblem) -> Deviation {
    var deviation = Deviation()
    guard let pairs = try line.wholes("pairs", 4) else { return deviation }
    let sums = try line.demand("deviation", try line.numbers("deviation", 4...4))
    (deviation.elements, deviation.nonFinite) = (pairs[0], pairs[1])
    (deviation.nonzero, deviation.zeroed) = (pairs[2], pairs[3])
    (deviation.referenceSquares, deviation.resultSquares) = (sums[0], sums[1])
    (deviation.products, deviation.differenceSquares) = (sums[2], sums[3])
    return deviation
  }

  private static func origin(_ line: LineFields) throws(TensorFileProblem) -> ErrorOrigin? {
    guard let sums = try line.numbers("origin", 2...3) else { return nil }
    let counts = try line.demand("originCounts", try line.wholes("originCounts", 3))
    let bias = try line.demand("bias", try line.numbers("bias", 4...4))
    var origin = ErrorOrigin()
    (origin.addedSquares, origin.referenceSquares) = (sums[0], sums[1])
    if sums.count == 3 {
      origin.inheritedSquares = sums[2]
    } else {
      origin.isWithoutReference = true
    }
    origin.nonFinite = counts[0]
    origin.bias.signed.count = counts[1]
    (origin.bias.signed.sum, origin.bias.signed.squares) = (bias[0], bias[1])
    origin.bias.magnitude.count = counts[2]
    (origin.bias.magnitude.sum, origin.bias.magnitude.squares) = (bias[2], bias[3])
    return origin
  }
}

extension LineFields {
  /// The histogram of a key: zeros, subnormal numbers, infinities, NaNs, and, where there are normal
  /// numbers, the exponent of the first bin and the bins.
  fileprivate func histogram(
    _ key: String, format: Format?
  ) throws(TensorFileProblem) -> ExponentHistogram? {
    guard let list = try wholes(key, in: -(1 << 12)...1 << 48) else { return nil }
    guard list.count >= 4, list.count != 5,
      let histogram = ExponentHistogram(
        format: format, zeros: list[0], subnormals: list[1], infinities: list[2], nans: list[3],
        firstExponent: list.count > 4 ? list[4] : 0, counts: Array(list.dropFirst(5)))
    else { throw problem("'\(key)' is no histogram of \(format?.id ?? "fp64")") }
    return histogram
  }
}

/// What ends a step.
struct RecordedStep {
  var step: Int
  var isMeasured: Bool
  var isSkipped: Bool
  var loss: Double?
  var twinLoss: Double?
  var lossScale: Double?
  var clip: GradientClip?
  var drift: Double?
  /// The first tensor with a value that is not finite where the exact one is.
  var broken: Int?

  /// The keys of a line with the key `step`.
  init(_ line: LineFields) throws(TensorFileProblem) {
    try line.allow([
      "step", "measured", "skipped", "loss", "twinLoss", "lossScale", "learningRate", "clip",
      "drift", "broken",
    ])
    step = try line.demand("step", try line.whole("step", in: 1...1 << 40))
    isMeasured = try line.demand("measured", try line.flag("measured"))
    isSkipped = try line.demand("skipped", try line.flag("skipped"))
    loss = try line.number("loss")
    twinLoss = try line.number("twinLoss")
    lossScale = try line.number("lossScale")
    _ = try line.number("learningRate")
    if let values = try line.numbers("clip", 2...2) {
      clip = GradientClip(norm: values[0], factor: values[1])
    }
    drift = try line.number("drift")
    broken = try line.whole("broken")
  }
}
