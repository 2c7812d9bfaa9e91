// SPDX-License-Identifier: Apache-2.0
import CProcessor

/// What the arithmetic of this build is compiled for, whatever the modules above it are.
package enum BuildTarget {
  /// The vector instructions: `AVX-512`, `AVX2`, `NEON`, `SSE2`.
  package static let instructions = HALFWAY_INSTRUCTIONS
}
