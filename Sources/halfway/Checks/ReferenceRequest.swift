// SPDX-License-Identifier: Apache-2.0
import Formats
import KernelChecks

/// A reference as options or a file's keys ask for it.
struct ReferenceRequest {
  var kernel: KernelOptions
  var format: String?
  /// Further arguments of a function of Python's, `name=value`.
  var arguments: [String] = []

  /// Whether nothing is asked for.
  var isEmpty: Bool {
    let texts = [
      kernel.library, kernel.symbol, kernel.signature, kernel.python, kernel.worker, format,
    ]
    return texts.allSatisfy { $0 == nil } && arguments.isEmpty
  }

  /// A reference that is named by options, or keys, such as `--reference-python`.
  init(
    library: String? = nil, symbol: String? = nil, signature: String? = nil,
    python: String? = nil, worker: String? = nil, format: String? = nil, arguments: [String] = []
  ) {
    kernel = KernelOptions(
      prefix: "reference-", library: library, symbol: symbol, signature: signature,
      python: python, worker: worker)
    (self.format, self.arguments) = (format, arguments)
  }

  /// The reference of a kernel whose numbers are of some formats; nil where none is asked for.
  func kernel(beside formats: [Format]) throws(CommandExit) -> ReferenceKernel? {
    guard !isEmpty else { return nil }
    let subject = try self.kernel.subject()
    let wide = try chosenFormat(subject, beside: formats)
    guard let format = Format(elementID: wide),
      formats.allSatisfy({ ReferenceKernel.holds(format, numbersOf: $0) })
    else {
      throw .usage(
        "a reference computes in fp32 or fp64, and in no narrower format than the kernel's "
          + "\(formats.map(\.elementID).joined(separator: " and ")); it is \(wide)")
    }
    return ReferenceKernel(
      subject, in: format, arguments: try CheckRequest.scalars(arguments, of: subject))
  }

  /// The format that is named, that of the signature, or the next wider one.
  private func chosenFormat(
    _ subject: KernelSubject, beside formats: [Format]
  ) throws(CommandExit) -> String {
    let unasked = formats.allSatisfy { $0.bitWidth <= 16 } ? "fp32" : "fp64"
    guard case .library(_, _, let signature) = subject, let own = signature.element?.formatID else {
      return format ?? unasked
    }
    guard format == nil || format == own else {
      throw .usage("--reference-format is \(format ?? ""), and '\(signature.text)' is of \(own)")
    }
    return own
  }
}
