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

  /// The function that a symbol's name tells: `expf`, `my_exp`, `__expf`, `vexp_f32`, `tanhf16`.
  package static func function(ofSymbol name: String) -> RealFunction? {
    if let known = function(name) { return known }
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    let known = Set(
      words.compactMap { word in
        // C's suffixes of float, long double and _Float16.
        function(word)
          ?? ["f", "l", "f16", "f32", "f64"].lazy
          .compactMap { word.hasSuffix($0) ? function(String(word.dropLast($0.count))) : nil }
          .first
      })
    return known.count == 1 ? known.first : nil
  }

  private static func plain(_ name: String) -> String {
    name.lowercased().filter { $0 != "_" && $0 != "-" }
  }
}
