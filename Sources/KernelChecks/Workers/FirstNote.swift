// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The first of several threads' notes.
package final class FirstNote: Sendable {
  private let first = Mutex<String?>(nil)
  package var text: String? { first.withLock { $0 } }
  func note(_ text: String) { first.withLock { if $0 == nil { $0 = text } } }
}
