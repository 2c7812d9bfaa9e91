// SPDX-License-Identifier: Apache-2.0

/// How a C function of arrays is called: which parameter is what. The forms are those of
/// `halfway_kernel.h`, and the GEMM of the BLAS's C interface.
package struct ArrayForm: Hashable, Sendable {
  /// What a parameter is.
  enum Role: Hashable, Sendable {
    case input(Int)
    case labels
    /// A mask of bytes, or no address.
    case mask
    case output
    /// One of the operation's sizes.
    case size(Int)
    case transposesA, transposesB
    case alpha, beta
    /// The distances of neighbouring rows [elements].
    case leadingA, leadingB, leadingC
    case epsilon, scale, isCausal
    /// The BLAS's CblasRowMajor.
    case order
  }

  package let operation: ArrayOperation
  /// The elements' types.
  package let input: CType
  package let output: CType
  private let roles: [Role]
  private let types: [CType]
  /// Whether it has all of a GEMM's parameters.
  package let isGEMM: Bool

  /// The form of a signature; nil where no form of the operation has these parameters.
  package init?(_ operation: ArrayOperation, _ signature: CSignature) {
    for roles in Self.forms(of: operation) {
      guard let types = Self.elements(roles, signature) else { continue }
      (self.operation, self.roles) = (operation, roles)
      (input, output) = types
      self.types = signature.parameters.map(\.type)
      isGEMM = roles.contains(.leadingA)
      return
    }
    return nil
  }

  /// Whether labels have 32 bits.
  package var hasShortLabels: Bool {
    zip(roles, types).contains { $0 == .labels && $1 == .int32 }
  }

  /// Whether it takes a mask.
  package var hasMask: Bool { roles.contains(.mask) }

  /// The forms of an operation as they are written, for complaints.
  package static func texts(of operation: ArrayOperation) -> [String] {
    forms(of: operation).map { roles in
      let parameters = roles.map(\.text).joined(separator: ", ")
      return roles.contains(.output) ? "void(\(parameters))" : "T(\(parameters))"
    }
  }

  private static func forms(of operation: ArrayOperation) -> [[Role]] {
    let rows: [Role] = [.size(0), .size(1)]
    switch operation {
    case .sum: return [[.input(0), .size(0)], [.input(0), .output, .size(0)]]
    case .dot:
      return [
        [.input(0), .input(1), .size(0)], [.input(0), .input(1), .output, .size(0)],
      ]
    case .matmul:
      let sizes: [Role] = [.size(0), .size(1), .size(2)]
      let rest: [Role] = [
        .alpha, .input(0), .leadingA, .input(1), .leadingB, .beta, .output, .leadingC,
      ]
      return [
        [.input(0), .input(1), .output] + sizes,
        [.transposesA, .transposesB] + sizes + rest,
        [.order, .transposesA, .transposesB] + sizes + rest,
      ]
    case .convolution: return [[.input(0), .input(1), .output] + (0..<9).map { .size($0) }]
    case .softmax, .logSoftmax, .logSumExp: return [[.input(0), .output] + rows]
    case .crossEntropy: return [[.input(0), .labels, .output] + rows]
    case .layerNorm: return [[.input(0), .input(1), .input(2), .output] + rows + [.epsilon]]
    case .rmsNorm: return [[.input(0), .input(1), .output] + rows + [.epsilon]]
    case .attention:
      let inputs: [Role] = [.input(0), .input(1), .input(2)]
      let rest: [Role] =
        [.output, .size(0), .size(1), .size(2), .size(3), .scale, .isCausal]
      return [inputs + rest, inputs + [.mask] + rest]
    }
  }

  /// The types of inputs and output where a signature has the parameters of a form.
  private static func elements(
    _ roles: [Role], _ signature: CSignature
  ) -> (input: CType, output: CType)? {
    guard roles.count == signature.parameters.count else { return nil }
    var (input, output): (CType?, CType?) = (nil, nil)
    if signature.result != .void {
      guard !roles.contains(.output), !signature.result.isCount else { return nil }
      output = signature.result
    }
    for (role, parameter) in zip(roles, signature.parameters) {
      switch role {
      case .input:
        guard parameter.isPointer, !parameter.type.isCount,
          input ?? parameter.type == parameter.type
        else { return nil }
        input = parameter.type
      case .output:
        guard parameter.isPointer, !parameter.isConstant, !parameter.type.isCount,
          output == nil
        else { return nil }
        output = parameter.type
      case .labels:
        guard parameter.isPointer, parameter.type == .int64 || parameter.type == .int32 else {
          return nil
        }
      case .mask: guard parameter.isPointer, parameter.type == .uint8 else { return nil }
      case .size, .transposesA, .transposesB, .leadingA, .leadingB, .leadingC, .isCausal, .order:
        guard !parameter.isPointer, parameter.type.isCount else { return nil }
      case .alpha, .beta, .epsilon, .scale:
        guard !parameter.isPointer, parameter.type == .float || parameter.type == .double else {
          return nil
        }
      }
    }
    guard let input, let output, output != .void else { return nil }
    return (input, output)
  }

  /// The arguments of a call, in the function's order.
  ///
  /// - Parameter gap: The elements between rows.
  func arguments(_ call: ArrayCall, gap: Int) -> [WorkerArgument] {
    let (variant, sizes) = (call.variant, call.sizes)
    let isBLAS = roles.contains(.order)
    return zip(roles, types).map { role, type in
      func number(_ x: Double) -> WorkerArgument { type == .double ? .double(x) : .float(x) }
      switch role {
      case .input(let index): return .input(index)
      case .labels: return .input(call.inputs.count - 1)
      case .mask: return variant.isMasked ? .input(call.inputs.count - 1) : .integer(0)
      case .output: return .output(0)
      case .size(let index): return .integer(sizes[index])
      // CblasNoTrans, CblasTrans and CblasRowMajor.
      case .transposesA: return .integer((isBLAS ? 111 : 0) + (variant.transposesA ? 1 : 0))
      case .transposesB: return .integer((isBLAS ? 111 : 0) + (variant.transposesB ? 1 : 0))
      case .order: return .integer(101)
      case .alpha: return number(Double(variant.alpha))
      case .beta: return number(Double(variant.beta))
      case .leadingA: return .integer(sizes[variant.transposesA ? 0 : 2] + gap)
      case .leadingB: return .integer(sizes[variant.transposesB ? 2 : 1] + gap)
      case .leadingC: return .integer(sizes[1] + gap)
      case .epsilon: return number(call.epsilon)
      case .scale: return number(call.scale)
      case .isCausal: return .integer(variant.isCausal ? 1 : 0)
      }
    }
  }
}

extension ArrayForm.Role {
  /// The parameter's type, T an element's.
  fileprivate var text: String {
    switch self {
    case .input: "const T*"
    case .labels: "const int64_t*"
    case .mask: "const uint8_t*"
    case .output: "T*"
    case .size, .leadingA, .leadingB, .leadingC: "size_t"
    case .transposesA, .transposesB, .isCausal, .order: "int"
    case .alpha, .beta, .epsilon, .scale: "float"
    }
  }
}
