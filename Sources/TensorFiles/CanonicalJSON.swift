// SPDX-License-Identifier: Apache-2.0
import Foundation

/// JSON that identifies a value.
package enum CanonicalJSON {
  /// The value on one line with sorted keys: equal values give equal bytes.
  package static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }
}
