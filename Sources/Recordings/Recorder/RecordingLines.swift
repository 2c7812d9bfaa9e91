// SPDX-License-Identifier: Apache-2.0
import Measurements

/// A tensor that a recording speaks of.
struct DeclaredTensor: Hashable {
  let tag: TensorTag
  /// The format it is stored in.
  let format: RecordedFormat
}

extension LineWriter {
  /// The first line.
  mutating func begin(run: String) {
    line {
      $0.add("schema", Recorder.schemaName)
      $0.add("run", json: run)
    }
  }

  /// A line that says once more what is run.
  mutating func describe(run: String) { line { $0.add("run", json: run) } }

  /// The line that gives a tensor its number.
  mutating func declare(_ number: Int, _ tensor: DeclaredTensor, source: String?) {
    line {
      $0.add("tensor", number)
      $0.add("layer", tensor.tag.layer)
      $0.add("operation", tensor.tag.operation)
      $0.add("kind", tensor.tag.kind.rawValue)
      $0.add("format", tensor.format.id)
      $0.add("source", ifAny: source)
    }
  }

  /// What a step counted of a tensor.
  mutating func point(_ number: Int, _ counts: TensorCounts, decay: MomentDecay?) {
    line {
      $0.add("point", number)
      $0.add(counts)
      if let decay { $0.add("decay", [decay.nonzero, decay.stuck]) }
    }
  }

  /// What a step counted of a parameter: its weights, and in a line of its own its update.
  mutating func update(_ number: Int, _ counts: UpdateCounts, decay: WeightDecay?) {
    line {
      $0.add("point", number)
      $0.add(counts.weights)
      if let decay {
        $0.add("weightDecay", [decay.nonzero, decay.stuck])
        $0.add("weightDecayMasses", [decay.mass, decay.asked, decay.taken])
      }
    }
    guard let update = counts.update else { return }
    line {
      $0.add("update", number)
      $0.add("format", update.exponents.format)
      $0.add(update)
      if let lost = counts.lost {
        $0.add(
          "lost",
          [
            lost.elements, lost.nonzero, lost.nonFinite, lost.lost, lost.gradientZero,
            lost.underflowed,
          ])
        $0.add("lostMasses", [lost.mass, lost.lostMass])
      }
    }
  }

  /// Decisions that the twin would have made otherwise.
  mutating func decision(_ place: OpenStep.Place, count: Int, different: Int) {
    line {
      $0.add("decision", count)
      $0.add("different", different)
      $0.add("layer", place.layer)
      $0.add("operation", place.operation)
      $0.add("source", ifAny: place.source)
    }
  }

  /// The line that ends a step.
  mutating func step(_ scalars: RecordedScalars, drift: Double?, broken: Int?) {
    line {
      $0.add("step", scalars.step)
      $0.add("measured", scalars.isMeasured)
      $0.add("skipped", scalars.isSkipped)
      $0.add("loss", ifAny: scalars.loss)
      $0.add("twinLoss", ifAny: scalars.twinLoss)
      $0.add("lossScale", ifAny: scalars.lossScale)
      $0.add("learningRate", ifAny: scalars.learningRate)
      if let clip = scalars.clip { $0.add("clip", [clip.norm, clip.factor]) }
      $0.add("drift", ifAny: drift)
      if let broken { $0.add("broken", broken) }
    }
  }

  private mutating func add(_ counts: TensorCounts) {
    if let range = counts.range { add("range", range.list) }
    if let range = counts.alone { add("alone", range.list) }
    if let deviation = counts.deviation {
      add(
        "pairs",
        [deviation.elements, deviation.nonFinite, deviation.nonzero, deviation.zeroed])
      add(
        "deviation",
        [
          deviation.referenceSquares, deviation.resultSquares, deviation.products,
          deviation.differenceSquares,
        ])
    }
    if let origin = counts.origin {
      let inherited = origin.isWithoutReference == true ? [] : [origin.inheritedSquares]
      add("origin", [origin.addedSquares, origin.referenceSquares] + inherited)
      let bias = origin.bias
      add("originCounts", [origin.nonFinite, bias.signed.count, bias.magnitude.count])
      add(
        "bias",
        [bias.signed.sum, bias.signed.squares, bias.magnitude.sum, bias.magnitude.squares])
    }
    if let recovery = counts.recovery {
      add("recovery", [recovery.nonzero, recovery.vanishing, recovery.recovered])
    }
    add("exponents", counts.exponents.list)
    if let twin = counts.twin {
      add("twinExponents", twin.exponents.list)
      add("twinLargest", twin.largest)
    }
  }
}

extension RangeCounts {
  fileprivate var list: [Int] { [elements, nonzero, zeroed, subnormal, overflow, nan] }
}

extension ExponentHistogram {
  /// Zeros, subnormal numbers, infinities and NaNs, then the exponent of the first bin and the
  /// bins.
  fileprivate var list: [Int] {
    let bins = bins
    let first = bins.first.map { [$0.exponent] } ?? []
    return [zeros, subnormals, infinities, nans] + first + bins.map(\.count)
  }
}
