// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Reports

@Suite struct AxisTests {
  private func labels(_ axis: FittedAxis) -> [Tick.Label] { axis.ticks.map(\.label) }

  @Test("Linear ticks stand at multiples of 1, 2 or 5 and are labelled with their value")
  func linear() {
    let axis = FittedAxis(Axis("x", unit: "1"), values: [0, 10], most: 6, padding: 0)
    #expect(labels(axis) == ["0", "2", "4", "6", "8", "10"].map { .plain($0) })
    let negative = FittedAxis(Axis("x", unit: "1"), values: [-0.3, 0.1], most: 5, padding: 0)
    #expect(
      labels(negative)
        == ["\u{2212}0.3", "\u{2212}0.2", "\u{2212}0.1", "0", "0.1"].map { .plain($0) })
  }

  @Test("Logarithmic ticks stand at whole exponents, all multiples of one stride")
  func logarithmic() {
    let axis = FittedAxis(
      Axis("x", unit: "1", scale: .log2), values: [0x1p-24, 0x1p15], most: 6, padding: 0)
    #expect(labels(axis) == [-24, -16, -8, 0, 8].map { .power(base: 2, exponent: $0) })
    let narrow = FittedAxis(
      Axis("x", unit: "1", scale: .log10), values: [3e-5, 4e-5], most: 5)
    #expect(labels(narrow) == [-5, -4].map { .power(base: 10, exponent: $0) })
  }

  @Test(
    "Whatever the values: a range with an extent, ticks in it, ascending, not too many",
    arguments: [Scale.linear, .log2, .log10])
  func anyValues(_ scale: Scale) {
    let sets: [[Double]] = [
      [], [.nan], [.infinity, -.infinity], [0], [0, 0], [-1], [1], [1, 1.0.nextUp],
      [-1e308, 1e308],
      [.leastNonzeroMagnitude], [.leastNonzeroMagnitude, .greatestFiniteMagnitude],
      [0x1p-1030, 0x1p-1027], [1e300, 1e301], [-3, .nan, 7],
      [1e15, 1e15 + 1], [65504, 65504.0.nextUp], [.greatestFiniteMagnitude],
    ]
    for values in sets {
      for most in [0, 2, 5, 12] {
        let axis = FittedAxis(Axis("x", unit: "1", scale: scale), values: values, most: most)
        #expect(axis.lower < axis.upper, "\(values)")
        #expect(axis.lower.isFinite && axis.upper.isFinite, "\(values)")
        #expect(axis.ticks.count <= max(most, 2), "\(values) \(axis.ticks)")
        let positions = axis.ticks.map(\.position)
        #expect(positions == positions.sorted() && Set(positions).count == positions.count)
        for tick in axis.ticks {
          let share = axis.share(position: tick.position)
          #expect(share >= -1e-9 && share <= 1 + 1e-9, "\(values) \(tick)")
        }
        for value in values {
          if let share = axis.share(value) { #expect(share >= -1e-9 && share <= 1 + 1e-9) }
        }
      }
    }
  }

  @Test("An axis has two ticks at least, whatever it shows and however little room there is")
  func twoTicks() {
    for scale in [Scale.linear, .log2, .log10] {
      for most in [2, 3, 5] {
        for exponent in stride(from: -40, through: 40, by: 1) {
          for span in [0, 1e-6, 0.01, 0.5, 3, 40, 1e6, 1e12] {
            let low = Double(sign: .plus, exponent: exponent, significand: 1.37)
            let axis = FittedAxis(
              Axis("x", unit: "1", scale: scale), values: [low, low + low * span], most: most)
            #expect(axis.ticks.count >= 2, "\(scale) \(low) \(span) \(most): \(axis)")
            #expect(Set(axis.ticks.map(\.label)).count == axis.ticks.count, "\(axis.ticks)")
          }
        }
      }
    }
  }

  @Test("Steps are whole: no tick stands between them")
  func whole() {
    for last in [1, 2, 3, 7, 40, 2500] {
      let axis = FittedAxis(
        StepFigures.steps, values: [1, Double(last)], most: 5, padding: 0)
      #expect(
        axis.ticks.count >= 2 && axis.ticks.allSatisfy { $0.position == $0.position.rounded() })
      #expect(Set(axis.ticks.map(\.label)).count == axis.ticks.count)
    }
  }

  @Test("Zero and the negative have no place on a logarithmic axis")
  func noPlace() {
    #expect(Scale.log2.position(0) == nil)
    #expect(Scale.log10.position(-1) == nil)
    #expect(Scale.linear.position(.nan) == nil)
    #expect(Scale.log10.position(1000).map { abs($0 - 3) < 1e-14 } == true)
  }

  @Test("Names at the ends of lines keep their distance, their order and their room")
  func spread() {
    let cases: [[Double]] = [
      [], [50], [50, 50, 50], [0, 1, 99, 100], [98, 99, 100], Array(repeating: 3, count: 40),
    ]
    for wanted in cases {
      let placed = Spread.apart(wanted, spacing: 13, within: 0...100)
      #expect(placed.count == wanted.count)
      let spacing = wanted.count > 1 ? min(13, 100 / Double(wanted.count - 1)) : 13
      for (a, b) in zip(placed, placed.dropFirst()) { #expect(b - a >= spacing - 1e-9) }
      #expect(placed.allSatisfy { $0 >= -1e-9 && $0 <= 100 + 1e-9 })
    }
    #expect(Spread.apart([10, 60], spacing: 13, within: 0...100) == [10, 60])
  }
}
