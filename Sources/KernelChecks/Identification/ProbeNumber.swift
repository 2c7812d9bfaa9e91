// SPDX-License-Identifier: Apache-2.0

/// A number of a probe as evidence tells it: a short one in decimal, otherwise an odd integer times a
/// power of two, as terms are made.
struct ProbeNumber: CustomStringConvertible {
  let value: Double

  init(_ value: Double) { self.value = value }

  var description: String {
    guard value.isFinite, value != 0 else { return value.isNaN ? "NaN" : "\(value)" }
    let integral = 1024.0
    if value == value.rounded(), value.magnitude <= integral { return "\(Int(value))" }
    let exponent = Int(value.exponent)
    let odd = value.significandWidth
    let significand = value.magnitude * .power(odd - exponent)
    let sign = value < 0 ? "-" : ""
    guard significand > 1 else { return "\(sign)2^\(exponent)" }
    guard significand <= integral else { return "\(value)" }
    return "\(sign)\(Int(significand)) * 2^\(exponent - odd)"
  }
}
