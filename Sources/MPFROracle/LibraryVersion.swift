// SPDX-License-Identifier: Apache-2.0
import CMPFR

extension Oracle {
  /// The version of the MPFR library that runs, such as "4.2.0".
  package static var libraryVersion: String { String(cString: mpfr_get_version()) }
}
