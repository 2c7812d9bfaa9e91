// SPDX-License-Identifier: Apache-2.0
import Formats

extension RealFunction {
  /// The same function among all of them.
  package init(_ function: ElementaryFunction) {
    self =
      switch function {
      case .exp: .exp
      case .log: .log
      case .tanh: .tanh
      case .sigmoid: .sigmoid
      case .erf: .erf
      case .normal: .normal
      case .gelu: .gelu
      case .geluTanh: .geluTanh
      case .rsqrt: .rsqrt
      }
  }
}
