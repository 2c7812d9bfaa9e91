// SPDX-License-Identifier: Apache-2.0
import Digests
import SoftFloat

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// Whether this build's results are those of every other build: status 1 where they are not.
let differences = Digests.differences()
for line in differences { print(line) }
print(
  "\(BuildTarget.instructions): "
    + (differences.isEmpty
      ? "\(Digests.all().count) digests, the same as in every other build"
      : "\(differences.count) digests differ"))
if !differences.isEmpty { exit(1) }
