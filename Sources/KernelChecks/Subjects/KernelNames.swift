// SPDX-License-Identifier: Apache-2.0
import MPFROracle

/// The functions that kernels' names mean.
package enum KernelNames {
  /// The functions that a kernel may be checked against.
  package static let all = ElementFunction.allCases

  /// Names that libraries use beside those of `RealFunction`.
  private static let synonyms: [String: ElementFunction] = [
    "subtract": .arithmetic(.sub), "multiply": .arithmetic(.mul), "divide": .arithmetic(.div),
    "truedivide": .arithmetic(.div),
  ].merging(ofReals.mapValues(ElementFunction.real)) { first, _ in first }

  private static let ofReals: [String: RealFunction] = [
    "tgamma": .gamma, "lgam": .lgamma, "power": .pow, "logistic": .sigmoid, "swish": .silu,
    "arcsin": .asin, "arccos": .acos, "arctan": .atan, "arctan2": .atan2, "arcsinh": .asinh,
    "arccosh": .acosh, "arctanh": .atanh, "inversesqrt": .rsqrt, "ndtr": .normal,
  ]

  /// The function of a name, letter case, hyphens and underscores ignored.
  package static func function(_ name: String) -> ElementFunction? {
    let plain = plain(name)
    return all.first { Self.plain($0.rawValue) == plain } ?? synonyms[plain]
  }

  /// Names that mean something else in Python than in C: NumPy's and torch's remainder has the sign
  /// of the divisor, and their round takes ties to even.
  private static let otherwiseInPython: Set<String> = ["remainder", "round"]

  /// The function that the name of a Python function tells.
  package static func function(ofPython name: String) -> ElementFunction? {
    let known = function(ofSymbol: name)
    return known.flatMap { otherwiseInPython.contains($0.rawValue) ? nil : $0 }
  }

  /// Words beside a function's name that change nothing of what it is to compute.
  private static let companions: Set<String> = [
    "my", "fast", "vec", "vector", "simd", "kernel", "impl", "ref", "reference", "test", "scalar",
    "plain", "f", "f16", "f32", "bf16", "fp16", "fp32", "half", "float", "bfloat16", "float16",
    "float32", "cpu", "cuda", "gpu", "cblas", "naive", "blocked", "tiled",
  ]

  /// The function that a symbol's name tells: `expf`, `my_exp`, `__expf`, `exp_f32`, `tanhf16`. Nil
  /// where any other word stands beside it: `log_softmax` is no log.
  package static func function(ofSymbol name: String) -> ElementFunction? {
    told(by: name) { function($0) }
  }

  /// The operation that a symbol's name tells: `my_softmax`, `cblas_sgemm`.
  package static func operation(ofSymbol name: String) -> ArrayOperation? {
    told(by: name) { ArrayOperation(name: $0) }
  }

  private static func told<Meaning>(by name: String, _ meaning: (String) -> Meaning?) -> Meaning? {
    if let known = meaning(name) { return known }
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    let rest = words.filter { !companions.contains($0) }.joined()
    // C's suffixes of float and _Float16.
    for suffix in ["", "f", "f16", "f32"] where rest.hasSuffix(suffix) {
      if let known = meaning(String(rest.dropLast(suffix.count))) { return known }
    }
    return nil
  }

  static func plain(_ name: String) -> String {
    name.lowercased().filter { $0 != "_" && $0 != "-" }
  }
}
