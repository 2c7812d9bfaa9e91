// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import MPFROracle
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// The MPFR reference of a whole step.
@Suite struct ReferenceTests {
  @Test("A number's operations are those of FP64 at 53 bits, and its precision the larger of two")
  func arithmetic() {
    let values = (0..<40).map {
      sin(Double($0) * 1.3) * Double(sign: .plus, exponent: $0 - 20, significand: 1)
    }
    for (x, y) in zip(values, values.reversed()) where y != 0 {
      let (a, b) = (Real(x), Real(y))
      #expect((a + b).double == x + y && (a - b).double == x - y)
      #expect((a * b).double == x * y && (a / b).double == x / y && (-a).double == -x)
      #expect(Real(x.magnitude).squareRoot().double == x.magnitude.squareRoot())
      #expect((a < b) == (x < y) && a == Real(x))
    }
    let third = Real(1).rounded(toPrecision: 200) / Real(3)
    #expect(third.precision == 200 && third.double == 1.0 / 3)
    // 1/3 - fl(1/3) = 2^-54/3, next to which FP64's rounding is below 2^-106.
    #expect((third.residual - 0x1p-54 / 3).magnitude < 0x1p-100)
    #expect(Real(.nan) != Real(.nan) && !(Real(.nan) < Real(1)))
  }

  @Test("Elementary functions at 200 bits round to FP64's nearest neighbour of the long value")
  func functions() {
    for function in ElementaryFunction.allCases {
      for x in [-3.5, -0.25, 0x1p-30, 0.75, 2.0, 9] {
        let long = Real(x).rounded(toPrecision: 300).applying(function)
        let short = Real(x).rounded(toPrecision: 200).applying(function)
        guard !long.double.isNaN else { continue }
        let scale = max(long.double.magnitude, .leastNormalMagnitude)
        #expect(((long - short).double / scale).magnitude < 0x1p-199, "\(function) \(x)")
        let own = Double.elementary(function, x)
        #expect((own - long.double).magnitude <= long.double.ulp, "\(function) \(x)")
      }
    }
  }

  @Test(
    "FP64's gradients are within a few ulp of MPFR's in every model, and 53 bits are FP64 itself")
  func step() throws {
    let text = try Fixture.text()
    let tasks: [TrainingTask] = [
      .mlp(text, batch: 3, context: 4, embedding: 3, hidden: [5]),
      .transformer(text, batch: 2, context: 3, width: 4, blocks: 1, heads: 2),
      .lstm(text, batch: 2, context: 3, embedding: 2, units: 3),
      .transformer(
        text, batch: 2, context: 3, width: 4, blocks: 1, heads: 2, activation: .silu,
        layers: Fixture.laterLayers),
    ]
    for task in tasks {
      let run = TwinExperiment(
        task: task, policies: [.fp64, .fp32], reference: .mpfr(bits: 120),
        optimizer: Optimizer(.adamw), steps: 2, localEvery: 1
      ).run()
      func error(_ index: Int) throws -> Double {
        try #require(run.policies[index].steps[0].localGradients?.relativeL2)
      }
      // Not zero: an FP64 step that agrees to the last bit would mean a reference that is FP64.
      #expect(try error(0) > 0x1p-57 && error(0) < 0x1p-47, "\(task.modelName)")
      #expect(try error(1) > 0x1p-28 && error(1) < 0x1p-18, "\(task.modelName)")
      #expect(run.reference.policy.name == "mpfr:120")
    }
  }

  @Test("More bits move the reference by less than their unit roundoff")
  func bits() throws {
    let (model, batch) = try Fixture.model()
    let weights = Fixture.weights(model)
    func gradients(_ bits: Int) -> [TensorTag: Tensor] {
      var gradients: [TensorTag: Tensor] = [:]
      let twin = Fixture.twin(.mpfr(bits: bits), model)
      let observer = StepObserver(
        tensor: { if $0.tag.kind == .weightGradient { gradients[$0.tag] = $0.tensor } },
        update: { _ in })
      _ = twin.probe(batch, step: 1, from: twin.state, threads: 2, observer: observer)
      return gradients
    }
    #expect(weights.count == model.parameters.count)
    let (short, long) = (gradients(100), gradients(400))
    for (tag, tensor) in long {
      guard case .real(let expected) = tensor.storage, case .real(let result)? = short[tag]?.storage
      else {
        Issue.record("\(tag)")
        continue
      }
      let errors = (0..<tensor.count).map {
        (expected.elements[$0] - result.elements[$0]).double.magnitude
      }
      let largest = tensor.doubles.map(\.magnitude).max() ?? 0
      #expect((errors.max() ?? 1) <= largest * 0x1p-92, "\(tag)")
    }
  }
}
