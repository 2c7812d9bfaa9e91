// SPDX-License-Identifier: Apache-2.0
import CProcessor
import Digests
import Foundation

// Whether this build's results are those of every other build: status 1 where they are not.
let differences = Digests.differences()
for line in differences { print(line) }
print(
  "\(HALFWAY_INSTRUCTIONS): "
    + (differences.isEmpty
      ? "\(Digests.all().count) digests, the same as in every other build"
      : "\(differences.count) digests differ"))
if !differences.isEmpty { exit(1) }
