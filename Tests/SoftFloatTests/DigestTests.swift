// SPDX-License-Identifier: Apache-2.0
import Digests
import Testing

@Suite("Results do not depend on the build or on native instructions")
struct DigestTests {
  @Test("the committed digests: operations, casts, functions, products, units")
  func digests() {
    #expect(Digests.differences() == [])
  }
}
