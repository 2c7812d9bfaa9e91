// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Offers the processor to another thread that wants it.
func yieldProcessor() { _ = sched_yield() }
