// SPDX-License-Identifier: Apache-2.0
import Work

extension Shard? {
  /// `, shard 1/4`, or nothing of a whole.
  var text: String { map { ", shard \($0.index)/\($0.of)" } ?? "" }
}
