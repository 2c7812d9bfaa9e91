// SPDX-License-Identifier: Apache-2.0
import MPFROracle
import Testing

@testable import KernelChecks

@Suite("Names of kernels")
struct KernelNameTests {
  @Test("A symbol tells its function only where nothing else stands beside it")
  func symbols() {
    let known: [(String, RealFunction)] = [
      ("expf", .exp), ("__expf", .exp), ("my_tanh", .tanh), ("exp_f32", .exp), ("tanhf16", .tanh),
      ("log1pf", .log1p), ("tgammaf", .gamma), ("geluTanh", .geluTanh), ("erff", .erf),
      ("fast_gelu_tanh_kernel", .geluTanh), ("swish", .silu),
    ]
    for (name, function) in known {
      #expect(KernelNames.function(ofSymbol: name) == .real(function), "\(name)")
    }
    for name in ["log_softmax", "gelu_backward", "exp_log", "inverse_erf", "f", "softmax", "", "_"]
    {
      #expect(KernelNames.function(ofSymbol: name) == nil, "\(name)")
    }
  }
}
