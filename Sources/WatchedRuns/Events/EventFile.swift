// SPDX-License-Identifier: Apache-2.0
import Measurements

/// TensorBoard's file of a run: an event for each step with the step's figures as scalars.
///
/// Records are framed as TFRecords: the length as eight bytes, its masked checksum, the data, its
/// masked checksum, all little-endian. The data are messages `Event` and `Summary` of
/// tensorflow/core/util/event.proto and framework/summary.proto, of which a few fields suffice.
package enum EventFile {
  /// The file of a run: the run's figures, and beside them those of its twin.
  package static func bytes(of run: TrainingRun) -> [UInt8] {
    var bytes = record(
      EventMessage {
        $0.add(1, 0.0); $0.add(3, "brain.Event:2")
      })
    let losses = Dictionary(run.reference.steps.map { ($0.step, $0.exactLoss) }) { first, _ in first
    }
    for policy in run.policies {
      let counts = StepCounts.all(of: policy)
      for step in policy.steps {
        let twinLoss = losses[step.step] ?? nil
        let scalars: [(String, Double?)] =
          [
            ("loss/run", step.exactLoss), ("loss/fp64 twin", twinLoss),
            ("loss scale", step.lossScale), ("skipped", step.skipped ? 1 : 0),
            ("gradients/relative error", step.gradients?.relativeL2),
            ("weights/drift", step.drift),
          ] + (counts[step.step]?.scalars ?? [])
        bytes += record(event(step.step, scalars))
      }
    }
    return bytes
  }

  /// An event with the scalars that exist.
  private static func event(_ step: Int, _ scalars: [(String, Double?)]) -> EventMessage {
    EventMessage { event in
      // The wall time: recordings have none, and the same run gives the same bytes.
      event.add(1, Double(step))
      event.add(2, step)
      event.add(
        5,
        EventMessage { summary in
          for (name, value) in scalars {
            guard let value else { continue }
            summary.add(
              1,
              EventMessage {
                $0.add(1, name)
                $0.add(2, Float(value))
              })
          }
        })
    }
  }

  /// The frame of a record around a message.
  static func record(_ message: EventMessage) -> [UInt8] {
    let length = littleEndian(UInt64(message.bytes.count))
    return length + littleEndian(MaskedChecksum.masked(length)) + message.bytes
      + littleEndian(MaskedChecksum.masked(message.bytes))
  }

  fileprivate static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// A message in protobuf's wire format: fields one after the other, each after its number and kind.
struct EventMessage {
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case varint = 0
    case eightBytes = 1
    case lengthDelimited = 2
    case fourBytes = 5
  }

  init(_ body: (inout EventMessage) -> Void) { body(&self) }

  mutating func add(_ field: UInt64, _ value: Int) {
    key(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: UInt64, _ value: Double) {
    key(field, .eightBytes)
    bytes += EventFile.littleEndian(value.bitPattern)
  }

  mutating func add(_ field: UInt64, _ value: Float) {
    key(field, .fourBytes)
    bytes += EventFile.littleEndian(value.bitPattern)
  }

  mutating func add(_ field: UInt64, _ text: String) {
    key(field, .lengthDelimited)
    varint(UInt64(text.utf8.count))
    bytes += text.utf8
  }

  mutating func add(_ field: UInt64, _ message: EventMessage) {
    key(field, .lengthDelimited)
    varint(UInt64(message.bytes.count))
    bytes += message.bytes
  }

  private mutating func key(_ field: UInt64, _ type: WireType) {
    varint(field << 3 | type.rawValue)
  }

  /// Seven bits a byte, the lowest first; the highest bit says that more follow.
  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// The counts of all tensors of a step.
private struct StepCounts {
  private var gradients = RangeCounts()
  private var values = RangeCounts()
  private var lost = LostUpdates()

  /// Those of every measured step. A series that merged its points has them under the first.
  static func all(of policy: PolicyRun) -> [Int: StepCounts] {
    var counts: [Int: StepCounts] = [:]
    for series in policy.tensors {
      for point in series.points {
        switch series.tag.kind.direction {
        case .forward: counts[point.step, default: StepCounts()].values.merge(point.range)
        case .backward: counts[point.step, default: StepCounts()].gradients.merge(point.range)
        case .optimizer:
          if let lost = point.lost { counts[point.step, default: StepCounts()].lost.merge(lost) }
        }
      }
    }
    return counts
  }

  var scalars: [(String, Double?)] {
    [
      ("gradients/zeroed", gradients.zeroedRate), ("gradients/subnormal", gradients.subnormalRate),
      ("gradients/overflow", gradients.overflowRate), ("values/zeroed", values.zeroedRate),
      ("values/subnormal", values.subnormalRate), ("values/overflow", values.overflowRate),
      ("updates/lost", lost.lostRate), ("updates/lost mass", lost.lostMassShare),
    ]
  }
}
