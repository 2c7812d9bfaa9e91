// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Threads

/// The buffers of one parameter's step.
struct UpdateBuffers: @unchecked Sendable {
  /// The weights before the step, what its last operation found, and what it left.
  let before: RecordedNumbers
  let base: RecordedNumbers
  let after: RecordedNumbers
  /// The format of the weights, and the one that the update is computed in; nil for FP64.
  let format: Format?
  let updateFormat: Format?
  /// The last operation in FP64 on the operands that it had; nil where it is not known.
  let local: UnsafePointer<Double>?
  /// The twin's weights that its last operation found and those that it left; nil without a twin.
  let twin: (base: UnsafePointer<Double>, after: UnsafePointer<Double>)?
  /// The gradient as the optimizer had it; nil where it is not known.
  let gradient: RecordedNumbers?
  /// The twin's; nil where it is not known.
  let twinGradient: UnsafePointer<Double>?
  /// The number of elements.
  let count: Int
}

/// What was counted of a parameter's step.
struct UpdateCounts: Sendable {
  /// The weights after the step; their range is that of the last operation's rounding.
  var weights: TensorCounts
  /// The update d = local - base beside the twin's; nil where it is not known.
  var update: TensorCounts?
  /// The updates that did not arrive; nil where they are not known.
  var lost: LostUpdates?
  /// How far the weights are from the twin's.
  var drift = DriftCounts()

  /// Nothing.
  init(format: Format?) { weights = TensorCounts(format: format) }

  private static let block = 1 << 13

  /// Adds a parameter's step.
  ///
  /// - Parameter start: The weights before the first step, of as many elements.
  mutating func add(_ buffers: UpdateBuffers, start: RecordedNumbers, threads: Int) {
    let blocks = (buffers.count + Self.block - 1) / Self.block
    let parts = Parallel.map(of: blocks, max(1, min(threads, blocks))) { index in
      let first = index * Self.block
      var part = UpdateCounts(format: buffers.format)
      part.addBlock(buffers, start, first..<min(first + Self.block, buffers.count))
      return part
    }
    for part in parts { merge(part) }
  }

  private mutating func addBlock(
    _ buffers: UpdateBuffers, _ start: RecordedNumbers, _ range: Range<Int>
  ) {
    let count = range.count
    weights.add(
      TensorBuffers(
        result: buffers.after.from(range.lowerBound), format: buffers.format,
        local: buffers.local.map { $0 + range.lowerBound },
        twin: buffers.twin.map { $0.after + range.lowerBound }, count: count, scale: 1),
      isGradient: false, threads: 1)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 5 * count) { scratch in
      guard let base = scratch.baseAddress else { return }
      let (after, step, gradient, expected) = (
        base + count, base + 2 * count, base + 3 * count, base + 4 * count
      )
      buffers.after.read(range, to: after)
      if let twin = buffers.twin {
        start.read(range, to: base)
        drift.add(
          after: UnsafeBufferPointer(start: after, count: count), start: base,
          twin: twin.after + range.lowerBound)
      }
      guard let local = buffers.local else { return }
      buffers.base.read(range, to: base)
      for i in 0..<count { step[i] = local[range.lowerBound + i] - base[i] }
      addUpdate(buffers, range, step, expected)
      if let reader = buffers.gradient {
        reader.read(range, to: gradient)
      } else {
        // Nothing is then told of updates that are zero.
        gradient.update(repeating: 0, count: count)
      }
      if let twin = buffers.twinGradient {
        expected.update(from: twin + range.lowerBound, count: count)
      } else {
        expected.update(from: gradient, count: count)
      }
      var counts = LostUpdates()
      counts.add(
        before: UnsafeBufferPointer(start: base, count: count),
        update: UnsafeBufferPointer(start: step, count: count),
        after: UnsafeBufferPointer(start: after, count: count),
        gradient: UnsafeBufferPointer(start: gradient, count: count),
        referenceGradient: UnsafeBufferPointer(start: expected, count: count))
      lost = counts
    }
  }

  /// Counts the update, which no rounding has made yet, beside the twin's.
  private mutating func addUpdate(
    _ buffers: UpdateBuffers, _ range: Range<Int>, _ step: UnsafeMutablePointer<Double>,
    _ expected: UnsafeMutablePointer<Double>
  ) {
    if let twin = buffers.twin {
      for i in 0..<range.count {
        expected[i] = twin.after[range.lowerBound + i] - twin.base[range.lowerBound + i]
      }
    }
    var counts = TensorCounts(format: buffers.updateFormat)
    counts.add(
      TensorBuffers(
        result: RecordedNumbers(step, .double), format: buffers.updateFormat,
        local: step, twin: buffers.twin == nil ? nil : expected, count: range.count, scale: 1),
      isGradient: false, threads: 1)
    // There is no rounding yet whose error could be told.
    counts.origin = nil
    update = counts
  }

  private mutating func merge(_ other: UpdateCounts) {
    weights.merge(other.weights)
    update.merge(other.update) { $0.merge($1) }
    lost.merge(other.lost) { $0.merge($1) }
    drift.merge(other.drift)
  }
}

/// The sums behind ‖θ - θ_ref‖ / ‖θ_ref - θ_0‖.
struct DriftCounts: Sendable {
  /// Σ (θ - θ_ref)².
  var apart = 0.0
  /// Σ (θ_ref - θ_0)².
  var travelled = 0.0
  /// The elements that were added.
  var elements = 0

  /// The ratio; nil where it does not exist.
  var value: Double? {
    let ratio = (apart / travelled).squareRoot()
    return elements > 0 && ratio.isFinite ? ratio : nil
  }

  mutating func add(
    after: UnsafeBufferPointer<Double>, start: UnsafePointer<Double>, twin: UnsafePointer<Double>
  ) {
    var (own, way) = (0.0, 0.0)
    for i in after.indices {
      let (a, b) = (after[i] - twin[i], twin[i] - start[i])
      own += a * a
      way += b * b
    }
    apart += own
    travelled += way
    elements += after.count
  }

  mutating func merge(_ other: DriftCounts) {
    apart += other.apart
    travelled += other.travelled
    elements += other.elements
  }
}
