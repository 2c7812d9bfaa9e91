// SPDX-License-Identifier: Apache-2.0

/// An error in units in the last place, as text.
package enum UlpText {
  /// `0.501093 ulp`, rounded up to six decimals; `wrong special` of an error without size.
  package static func of(_ error: Double) -> String {
    error.isFinite ? "\((error * 1e6).rounded(.up) / 1e6) ulp" : "wrong special"
  }
}
