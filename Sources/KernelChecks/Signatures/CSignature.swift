// SPDX-License-Identifier: Apache-2.0

/// The type of a C function, without its name: `void(const float*, float*, size_t)`.
package struct CSignature: Hashable, Sendable {
  /// What a parameter is.
  package struct Parameter: Hashable, Sendable {
    /// The type of the value, or of what the pointer points at.
    package var type: CType
    /// Whether it is a pointer.
    package var isPointer: Bool
    /// Whether what it points at may not be changed.
    package var isConstant: Bool
  }

  /// The type of the result.
  package var result: CType
  /// The parameters in order.
  package var parameters: [Parameter]

  /// The signature as C writes it.
  package var text: String {
    let parameters = parameters.map { parameter in
      (parameter.isConstant ? "const " : "") + parameter.type.rawValue
        + (parameter.isPointer ? "*" : "")
    }
    return "\(result.rawValue)(\(parameters.joined(separator: ", ")))"
  }
}

/// What is wrong with a signature, and where.
package struct SignatureProblem: Error, Hashable, Sendable {
  /// The signature as it was written.
  package let text: String
  /// The number of characters before the place.
  package let position: Int
  /// What is wrong there.
  package let reason: String

  /// The signature, and a caret under the place.
  package var lines: [String] { [text, String(repeating: " ", count: position) + "^"] }
}
