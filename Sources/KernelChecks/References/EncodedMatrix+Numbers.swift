// SPDX-License-Identifier: Apache-2.0
import Formats

extension EncodedMatrix {
  /// The values of a row, which a Double holds exactly.
  func numbers(ofRow row: Int) -> [Double] { (0..<columns).map { format.value(of: self[row, $0]) } }
}
