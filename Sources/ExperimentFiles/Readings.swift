// SPDX-License-Identifier: Apache-2.0
import Formats
import JSON5
import Policies
import SoftFloat

/// How the values that several objects share are read.
extension JSON5Reading where Value == Precision {
  static var precision: Self {
    let formats = Format.named.filter { !$0.format.isScale }.map(\.id)
    return .name(
      formats + ["fp64"],
      also: ", e<E>m<M> with E 2...8 and M 1...23, mpfr:<bits> with bits "
        + "\(Precision.mpfrBits.lowerBound)...\(Precision.mpfrBits.upperBound)"
    ) { Precision(id: $0) }
  }
}

extension JSON5Reading where Value == ElementArithmetic {
  static var arithmetic: Self {
    .name(["fp16", "bf16", "fp32", "fp64"], also: ", mpfr:<bits>") {
      Precision(id: $0).flatMap { ElementArithmetic($0) }
    }
  }
}

extension JSON5Reading where Value == HyperparameterRounding {
  static var hyperparameters: Self {
    let formats = Format.named.filter { !$0.format.isScale }.map(\.id)
    return .name(
      HyperparameterRounding.names + formats, also: ", e<E>m<M> with E 2...8 and M 1...23"
    ) { HyperparameterRounding(id: $0) }
  }
}

extension JSON5Reading where Value == Rounding {
  static var rounding: Self {
    .name(Rounding.names, also: " (stochastic[:bits[:seed]], bits 1...32)") { Rounding(name: $0) }
  }
}

extension JSON5Reading where Value == Float {
  /// A finite FP32 number of a property that `wanted` tells.
  static func single(
    _ wanted: String, _ holds: @escaping (Float) -> Bool
  ) -> Self {
    Self(wanted) {
      guard case .number(let number) = $0.content else { return nil }
      let value = Float(number.double)
      return value.isFinite && holds(value) ? value : nil
    }
  }
}

extension String {
  /// Whether the text can stand in a table, a file's name and a list after a comma.
  var isShortName: Bool {
    guard let first = utf8.first, utf8.count <= 64 else { return false }
    return first != UInt8(ascii: ".") && first != UInt8(ascii: "-")
      && unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
          || "-_.+:".unicodeScalars.contains($0)
      }
  }

  static let shortNameRule =
    "a name of at most 64 letters, digits and - _ . + : that begins with neither . nor -"
}
