// SPDX-License-Identifier: Apache-2.0
import Formats

/// A kernel that somebody trusts, computed in a wider format and judged beside the one that is
/// checked: it can only excuse, never accuse.
package struct ReferenceKernel: Hashable, Sendable, Codable {
  package var subject: KernelSubject
  /// The format that it computes in: `fp32` or `fp64`.
  package var format: String
  /// Further arguments of a function of Python's.
  package var arguments: [String: WorkerScalar]

  package init(
    _ subject: KernelSubject, in format: Format, arguments: [String: WorkerScalar] = [:]
  ) {
    self.subject = subject
    self.format = format.elementID
    self.arguments = arguments
  }

  /// Whether a format holds every number of another.
  package static func holds(_ wide: Format, numbersOf format: Format) -> Bool {
    [.fp32, .fp64].contains(wide) && wide.precision >= format.precision
      && wide.minUlpExponent <= format.minUlpExponent && wide.maxExponent >= format.maxExponent
  }
}
