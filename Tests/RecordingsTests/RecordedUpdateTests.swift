// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Recordings
@testable import WatchedRuns

@Suite struct RecordedUpdateTests {
  private let fixture = RecordingFixture()

  /// Adds a step of FP32 weights.
  private func add(
    _ recorder: Recorder, before: [Float], local: [Double], after: [Float],
    twin: (base: [Double], after: [Double]), gradient: [Float], twinGradient: [Double]
  ) throws {
    let fp32 = try #require(RecordedFormat(id: "fp32"))
    let weight = recorder.declare(
      TensorTag(layer: "fc1", operation: "weight", kind: .weight), format: fp32, source: nil)
    try before.withUnsafeBytes { before in
      try after.withUnsafeBytes { after in
        try gradient.withUnsafeBytes { gradient in
          try local.withUnsafeBufferPointer { local in
            try twin.base.withUnsafeBufferPointer { base in
              try twin.after.withUnsafeBufferPointer { end in
                try twinGradient.withUnsafeBufferPointer { expected in
                  var update = Recorder.Update(
                    before: try #require(before.baseAddress),
                    after: try #require(after.baseAddress), count: local.count, updateFormat: fp32)
                  update.local = local.baseAddress
                  update.twin = (try #require(base.baseAddress), try #require(end.baseAddress))
                  update.gradient = (try #require(gradient.baseAddress), fp32)
                  update.twinGradient = expected.baseAddress
                  try recorder.add(weight, update)
                }
              }
            }
          }
        }
      }
    }
  }

  // docs/metrics.md, weights and updates.
  @Test(
    "updates are lost where d is not zero and the weight stays, told from those that never were")
  func lost() throws {
    let (before, after): ([Float], [Float]) = ([1, 1, 1, 1, 2], [1, 1.5, 1, 1, 2])
    // d: 2^-30 swamped, 0.5 arrives, 0 of a gradient that vanished, 0 though there is a gradient,
    // 0 as it should be.
    let local = [1 + 0x1p-30, 1.5, 1, 1, 2]
    let run = try fixture.recording {
      try add(
        $0, before: before, local: local, after: after,
        twin: ([1, 1, 1, 1, 2], [1 + 0x1p-30, 1.5, 1 + 0x1p-40, 1 + 0x1p-40, 2]),
        gradient: [0x1p-30, -0.5, 0, 0x1p-140, 0], twinGradient: [1, 1, 1, 1, 0])
      try $0.end(1)
    }
    let lost = try #require(try run.point("fc1", "weight", .update).lost)
    #expect(lost.elements == 5 && lost.nonzero == 2 && lost.lost == 1)
    #expect(lost.gradientZero == 1 && lost.underflowed == 1)
    #expect(lost.lostMass == 0x1p-30 && lost.mass == 0.5 + 0x1p-30)
    #expect(try run.point("fc1", "weight", .weight).range.elements == 5)
  }

  @Test(
    "drift is the distance from the twin's weights over the way those went since the first step")
  func drift() throws {
    let run = try fixture.recording {
      try add(
        $0, before: [0, 0], local: [3, 4], after: [3, 4], twin: ([0, 0], [6, 8]),
        gradient: [1, 1], twinGradient: [1, 1])
      try $0.end(1)
      try add(
        $0, before: [3, 4], local: [6, 8], after: [6, 8], twin: ([6, 8], [12, 16]),
        gradient: [1, 1], twinGradient: [1, 1])
      try $0.end(2)
    }
    // ‖(3, 4) - (6, 8)‖ / ‖(6, 8)‖, then ‖(6, 8) - (12, 16)‖ / ‖(12, 16)‖ from the first start.
    #expect(run.policies[0].steps.map(\.drift) == [0.5, 0.5])
    #expect(run.policies[0].steps[1].state?.updates?.relativeL2 == 0.5)
  }
}
