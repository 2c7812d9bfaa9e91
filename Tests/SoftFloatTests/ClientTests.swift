// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import SoftFloat
import Testing

/// What a client writes that imports Foundation too: no name of the package is one of Foundation's.
@Suite("A client of the package")
struct ClientTests {
  @Test("operations by name beside Foundation's Operation")
  func names() {
    let all: [ArithmeticOperation] = [ArithmeticOperation.add, .fma]
    #expect(all.map(\.arity) == [2, 3])
    let queued: Operation = BlockOperation {}
    #expect(!queued.isFinished)
  }

  @Test("typed operations with flags for every kind of result")
  func typed() {
    let up = Semantics(rounding: .up)
    let sum = Binary16(1).adding(Binary16(0x1p-24), semantics: up)
    #expect(sum.value == Binary16(1).nextUp && sum.flags == [.inexact])
    #expect(Float8E4M3FN(464).scaled(by: 0, semantics: up).flags.isEmpty)
    #expect(Float8E4M3FN(3).roundedToIntegral(semantics: up).flags.isEmpty)
    #expect(BFloat16(2.5).convertedToInt32(semantics: Semantics()).value == 2)
    #expect(BFloat16(2.5).convertedToInt32(semantics: Semantics()).flags == [.inexact])
    #expect(Float8E8M0(4).multiplied(by: 8, semantics: Semantics()).value == 32)
    #expect(Binary16.nan.compared(to: 1, isSignaling: true, semantics: up).flags == [.invalid])
    #expect(Binary16.rounding(integer: 2049, semantics: Semantics()).flags == [.inexact])
  }
}
