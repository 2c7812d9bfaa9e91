// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import KernelChecks

@Suite("Properties of functions")
struct PropertyTests {
  /// A format with few numbers, of every kind.
  private static let format = Format(exponentBits: 6, fractionBits: 5)

  /// What is found of a kernel of a function at every number of the format.
  private func found(
    _ function: ElementFunction, _ result: (UInt64) -> UInt64
  ) -> [PropertyResult] {
    let format = Self.format
    var found = PropertyFindings(FunctionShape(function), format)
    for operand in 0...format.lastEncoding {
      let operands = [operand, format.next(above: operand), format.negative(of: operand)]
        .map { $0 & format.lastEncoding }
      found.add(operands, operands.map(result))
    }
    return found.results
  }

  @Test("The nearest numbers to a function's values have every property that is said of it")
  func exact() {
    var looked = 0
    for function in ElementFunction.allCases where function.arity == 1 {
      let reference = ElementReference(function, Self.format)
      var results: [UInt64: UInt64] = [:]
      let all = found(function) { operand in
        if let known = results[operand] { return known }
        let nearest = reference.nearest(at: [operand])
        results[operand] = nearest
        return nearest
      }
      for property in all {
        looked += 1
        #expect(property.tested > 100, "\(function.rawValue) \(property.property)")
        #expect(
          property.holds, "\(function.rawValue) \(property.property): \(property.example ?? "")")
      }
    }
    #expect(looked > 80)
  }

  @Test("One result too large is seen by each of them")
  func wrong() throws {
    let format = Self.format
    for (function, at, factor) in [
      (ElementFunction.real(.tanh), 0.5, 1.25), (.real(.tanh), 4.0, 1.25), (.real(.cos), 1.0, 1.25),
    ] {
      let reference = ElementReference(function, format)
      let place = format.encoding(nearest: at)
      let all = found(function) { operand in
        let right = reference.nearest(at: [operand])
        return operand == place ? format.encoding(nearest: format.number(right) * factor) : right
      }
      let lacking = all.filter { !$0.holds }.map(\.property)
      switch (function, at) {
      case (.real(.tanh), 0.5): #expect(lacking == [.monotonic, .odd])
      case (.real(.tanh), _): #expect(lacking == [.monotonic, .odd, .range])
      default: #expect(lacking == [.even])
      }
      for property in all where !property.holds {
        #expect((1...2).contains(property.violations) && property.example != nil)
      }
    }
  }
}
