// SPDX-License-Identifier: Apache-2.0
import Measurements

/// A policy's twin and who records it.
struct MeasuredTwin: Sendable {
  let twin: Twin
  let recorder: PolicyRecorder

  init(_ twin: Twin, threads: Int) {
    self.twin = twin
    recorder = PolicyRecorder(twin.policy, threads: threads)
  }

  /// The twin as it is.
  var record: TwinRecord {
    TwinRecord(state: twin.state, scaler: twin.scaler, measurements: recorder.state)
  }

  /// Goes on from a record.
  func restore(_ record: TwinRecord) {
    twin.restore(record.state, record.scaler)
    recorder.restore(record.measurements)
  }
}
