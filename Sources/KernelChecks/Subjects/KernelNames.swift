// SPDX-License-Identifier: Apache-2.0
import MPFROracle

/// The functions that kernels' names mean.
package enum KernelNames {
  /// The functions that a kernel may be checked against.
  package static let all = RealFunction.allCases

  /// Names that libraries use beside those of `RealFunction`.
  private static let synonyms: [String: RealFunction] = [
    "tgamma": .gamma, "lgam": .lgamma, "power": .pow, "logistic": .sigmoid, "swish": .silu,
    "arcsin": .asin, "arccos": .acos, "arctan": .atan, "arctan2": .atan2, "arcsinh": .asinh,
    "arccosh": .acosh, "arctanh": .atanh, "inversesqrt": .rsqrt, "ndtr": .normal,
  ]

  /// The function of a name, letter case, hyphens and underscores ignored.
  package static func function(_ name: String) -> RealFunction? {
    let plain = plain(name)
    return RealFunction.allCases.first { Self.plain($0.rawValue) == plain } ?? synonyms[plain]
  }

  /// Words beside a function's name that change nothing of what it is to compute.
  private static let companions: Set<String> = [
    "my", "fast", "vec", "vector", "simd", "kernel", "impl", "ref", "reference", "test", "scalar",
    "plain", "f", "f16", "f32", "bf16", "fp16", "fp32", "half", "float", "bfloat16", "float16",
    "float32", "cpu", "cuda", "gpu",
  ]

  /// The function that a symbol's name tells: `expf`, `my_exp`, `__expf`, `exp_f32`, `tanhf16`. Nil
  /// where any other word stands beside it: `log_softmax` is no log.
  package static func function(ofSymbol name: String) -> RealFunction? {
    if let known = function(name) { return known }
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    let rest = words.filter { !companions.contains($0) }.joined()
    // C's suffixes of float and _Float16.
    let suffixes = ["", "f", "f16", "f32"].filter { rest.hasSuffix($0) }
    return suffixes.lazy.compactMap { function(String(rest.dropLast($0.count))) }.first
  }

  private static func plain(_ name: String) -> String {
    name.lowercased().filter { $0 != "_" && $0 != "-" }
  }
}
