// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Testing

@Suite("An accumulation as a keyed value")
struct AccumulationTests {
  private func decode(_ text: String) throws -> Accumulation {
    try JSONDecoder().decode(Accumulation.self, from: Data(text.utf8))
  }

  @Test("Every accumulation comes back as it was written")
  func roundTrip() throws {
    for format in Accumulation.SumFormat.allCases {
      for step in Accumulation.Step.allCases {
        for order: Accumulation.Order in [
          .sequential, .pairwise(leaf: 8), .chunked(terms: 128, sums: .fp32),
          .splitK(parts: 4, sums: .bf16), .matrixUnit(.hopperMMA),
          .matrixUnit(.hopper, shape: .m16n8k8),
        ] {
          let accumulation = Accumulation(format, step, order)
          let data = try JSONEncoder().encode(accumulation)
          #expect(try JSONDecoder().decode(Accumulation.self, from: data) == accumulation)
        }
      }
    }
  }

  @Test("A format alone is fused and sequential")
  func defaults() throws {
    #expect(try decode(#"{"format": "fp32"}"#) == Accumulation(.fp32, .fused, .sequential))
  }

  @Test("What contradicts itself is refused, and the message names the key")
  func refusals() {
    for (text, words) in [
      (#"{"format": "fp16", "order": "chunked", "size": 0, "sums": "fp32"}"#, "size is 0"),
      (#"{"format": "fp16", "order": "pairwise", "size": -1}"#, "size is -1"),
      (#"{"format": "fp16", "size": 4}"#, "order sequential has no size"),
      (
        #"{"format": "fp16", "order": "pairwise", "size": 4, "sums": "fp32"}"#,
        "order pairwise has no sums"
      ),
      (#"{"format": "fp16", "order": "splitK", "size": 4}"#, "sums"),
      (#"{"format": "fp32", "unit": "hopper"}"#, "order sequential has no unit"),
      (#"{"format": "fp32", "shape": "m16n8k8"}"#, "order sequential has no shape"),
      (
        #"{"format": "fp32", "order": "matrixUnit", "unit": "ada", "step": "fused"}"#,
        "order matrixUnit has no step"
      ),
      (#"{"format": "fp32", "order": "matrixUnit"}"#, "unit"),
      (#"{"format": "fp32", "order": "matrixUnit", "unit": "pascal"}"#, "pascal"),
      (#"{"format": "fp12"}"#, "fp12"), (#"{"step": "fused"}"#, "format"),
    ] {
      do {
        let accumulation = try decode(text)
        Issue.record("\(text) was read as \(accumulation)")
      } catch {
        #expect("\(error)".contains(words), "\(text)")
      }
    }
  }

  @Test("The words of a report")
  func words() {
    let blocks = Accumulation(.fp16, .fused, .chunked(terms: 128, sums: .fp32))
    #expect(blocks.description == "fp16 fused, blocks of 128 summed in fp32")
    #expect(blocks.resultFormat == .fp32)
    let unit = Accumulation(.fp16, .fused, .matrixUnit(.bfmmlaEBF))
    #expect(unit.description == "fp16 by the matrix unit bfmmla-ebf")
    #expect(unit.resultFormat == .fp16)
    let shaped = Accumulation(.fp32, .fused, .matrixUnit(.hopper, shape: .m16n8k8))
    #expect(shaped.description == "fp32 by the matrix unit hopper, m16n8k8")
    #expect(Accumulation(.bf16, .productThenSum).description == "bf16 product then sum")
  }
}
