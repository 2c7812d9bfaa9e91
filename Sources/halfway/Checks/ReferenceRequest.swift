// SPDX-License-Identifier: Apache-2.0
import Formats
import KernelChecks

/// A reference as options or a file's keys ask for it.
struct ReferenceRequest {
  var library: String?
  var symbol: String?
  var signature: String?
  var python: String?
  var worker: String?
  var format: String?
  /// Further arguments of a function of Python's, `name=value`.
  var arguments: [String] = []

  /// Whether nothing is asked for.
  var isEmpty: Bool {
    [library, symbol, signature, python, worker, format].allSatisfy { $0 == nil }
      && arguments.isEmpty
  }

  /// The reference of a kernel whose numbers are of some formats; nil where none is asked for.
  func kernel(beside formats: [Format]) throws(CommandExit) -> ReferenceKernel? {
    guard !isEmpty else { return nil }
    let subject = try KernelOptions(
      prefix: "reference-", library: library, symbol: symbol, signature: signature,
      python: python, worker: worker
    ).subject()
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
