// SPDX-License-Identifier: Apache-2.0

/// A kind of arithmetic as tables of peaks and energies have rows for.
package enum ArithmeticKind: String, Codable, Sendable, Hashable, CaseIterable,
  CodingKeyRepresentable
{
  case fp64, fp32, tf32, bf16, fp16, fp8, fp4
}
