// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Threads

/// The buffers of one result: what an operation stored, what it computes in FP64 from the same
/// operands, and what the FP64 twin has.
struct TensorBuffers: @unchecked Sendable {
  /// The stored numbers.
  let result: RecordedNumbers
  /// Their format; nil for FP64.
  let format: Format?
  /// The operation in FP64 on the operands that it had; nil where it is not known.
  let local: UnsafePointer<Double>?
  /// The twin's result; nil where there is none.
  let twin: UnsafePointer<Double>?
  /// The number of elements.
  let count: Int
  /// The loss scale that all three contain.
  let scale: Double
}

/// What was counted of a tensor at one step. Counts of disjoint elements merge by addition.
struct TensorCounts: Sendable {
  /// The results beside the local ones; nil where those are not known.
  var range: RangeCounts?
  /// The results by themselves where nothing is known of what they rounded: of them alone
  /// `subnormal`, `overflow`, which are the infinite ones, and `nan` are counted.
  var alone: RangeCounts?
  /// The results beside the twin's.
  var deviation: Deviation?
  /// Where the error comes from; without a twin only what was added, beside the local result.
  var origin: ErrorOrigin?
  /// Of a gradient, what its format makes of the twin's values.
  var recovery: UnderflowRecovery?
  /// The exponents of the results, as stored.
  var exponents: ExponentHistogram
  /// The exponents of the twin's results, without the loss scale.
  var twin: MagnitudeCounts?
  /// Whether a result is an infinity or a NaN that the exact one is not.
  var isBroken = false

  /// No elements.
  init(format: Format?) { exponents = ExponentHistogram(format: format) }

  /// The elements that are looked at together: whatever the number of threads, sums are added in
  /// this order.
  private static let block = 1 << 14

  /// Adds a result.
  mutating func add(_ buffers: TensorBuffers, isGradient: Bool, threads: Int) {
    let blocks = (buffers.count + Self.block - 1) / Self.block
    let parts = Parallel.map(of: blocks, max(1, min(threads, blocks))) { index in
      let first = index * Self.block
      var part = TensorCounts(format: buffers.format)
      part.addBlock(buffers, first..<min(first + Self.block, buffers.count), isGradient)
      return part
    }
    for part in parts { merge(part) }
  }

  private mutating func addBlock(_ buffers: TensorBuffers, _ range: Range<Int>, _ isGradient: Bool)
  {
    let count = range.count
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * count) { scratch in
      guard let y = scratch.baseAddress else { return }
      let (local, twin) = (y + count, y + 2 * count)
      buffers.result.read(range, to: y)
      exponents.add(UnsafeBufferPointer(start: y, count: count))
      if let values = buffers.local { local.update(from: values + range.lowerBound, count: count) }
      if let values = buffers.twin {
        let inverse = 1 / buffers.scale
        for i in 0..<count { twin[i] = values[range.lowerBound + i] * inverse }
      }
      let exact = buffers.local == nil ? nil : local
      let reference = buffers.twin == nil ? nil : twin
      dropCommonSpecials(y, exact, reference, count)
      compare(
        UnsafeBufferPointer(start: y, count: count),
        exact.map { UnsafeBufferPointer(start: $0, count: count) },
        reference.map { UnsafeBufferPointer(start: $0, count: count) },
        buffers, isGradient)
    }
  }

  /// Makes zeros of what is the same infinity, or a NaN, in the exact results too, as where a mask
  /// hides values: no format is to blame.
  ///
  /// Without a twin a NaN stays: the exact result has it from its operands.
  private func dropCommonSpecials(
    _ y: UnsafeMutablePointer<Double>, _ local: UnsafeMutablePointer<Double>?,
    _ twin: UnsafeMutablePointer<Double>?, _ count: Int
  ) {
    var isFinite = true
    for i in 0..<count { isFinite = isFinite && y[i].magnitude < .infinity }
    if isFinite { return }
    for i in 0..<count where !(y[i].magnitude < .infinity) {
      let exact = twin?[i] ?? local?[i] ?? 0
      guard y[i] == exact || (twin != nil && y[i].isNaN && exact.isNaN) else { continue }
      y[i] = 0
      local?[i] = 0
      twin?[i] = 0
    }
  }

  private mutating func compare(
    _ y: UnsafeBufferPointer<Double>, _ local: UnsafeBufferPointer<Double>?,
    _ twin: UnsafeBufferPointer<Double>?, _ buffers: TensorBuffers, _ isGradient: Bool
  ) {
    let format = buffers.format
    if let local {
      var counts = RangeCounts()
      counts.add(result: y, exact: local, format: format)
      range = counts
      var origin = ErrorOrigin()
      origin.add(result: y, exact: local, reference: twin ?? local, scale: 1 / buffers.scale)
      if twin == nil { origin.isWithoutReference = true }
      if let format { origin.bias.add(result: y, exact: local, format: format) }
      self.origin = origin
    } else {
      var counts = RangeCounts()
      counts.add(result: y, exact: y, format: format)
      alone = counts
    }
    isBroken = y.contains { !($0.magnitude < .infinity) }
    guard let twin else { return }
    var difference = Deviation()
    difference.add(reference: twin, result: y, scale: 1 / buffers.scale)
    deviation = difference
    var magnitudes = MagnitudeCounts()
    magnitudes.add(twin)
    self.twin = magnitudes
    if isGradient, let format {
      var counts = UnderflowRecovery()
      counts.add(twin, format: format, scale: buffers.scale)
      recovery = counts
    }
  }

  /// Adds the counts of disjoint elements of the same format.
  mutating func merge(_ other: TensorCounts) {
    range.merge(other.range) { $0.merge($1) }
    alone.merge(other.alone) { $0.merge($1) }
    deviation.merge(other.deviation) { $0.merge($1) }
    origin.merge(other.origin) { $0.merge($1) }
    recovery.merge(other.recovery) { $0.merge($1) }
    exponents.merge(other.exponents)
    twin.merge(other.twin) { $0.merge($1) }
    isBroken = isBroken || other.isBroken
  }
}

extension Optional {
  /// Adds another value, if there is one, to this one or to none.
  mutating func merge(_ other: Wrapped?, _ merge: (inout Wrapped, Wrapped) -> Void) {
    guard let other else { return }
    guard var sum = self else {
      self = other
      return
    }
    merge(&sum, other)
    self = sum
  }
}
