// SPDX-License-Identifier: Apache-2.0
@testable import KernelChecks

/// Rows and what mpmath makes of them with an epsilon of Float(1e-5).
struct NormLiterals: Sendable {
  static let epsilon = Double(1e-5 as Float)

  let row: [Double]
  let weight: [Double]?
  let bias: [Double]?
  let layer: [OutputLiteral]
  let rms: [OutputLiteral]

  init(
    _ row: [Double], weight: [Double]?, bias: [Double]?, layer: [OutputLiteral],
    rms: [OutputLiteral]
  ) {
    (self.row, self.weight, self.bias, self.layer, self.rms) = (row, weight, bias, layer, rms)
  }

  static let all: [NormLiterals] = [
    .init(
      [1.5, -2.25, 0.125, 8], weight: [1, -0.5, 2, 0], bias: [0.25, 1, -3, 0.5],
      layer: [
        .init(0x1.46b084e6c5d28p-3, -0x1.23f583a401e61p-57, 0.8973997258591524, 4.193377217952666),
        .init(0x1.89ee117152935p0, 0x1.64f260872a240p-54, 1.0811555163645568, 11.348604027178629),
        .init(-0x1.f3d1acefc45c7p1, -0x1.6cf2e48d025fap-54, 2.722401076756276, 23.520920878038257),
        .init(0x1p-1, 0, 0, 1),
      ],
      rms: [
        .init(0x1.6bbd5bf4e8389p-2, 0x1.807de4555003cp-56, 0.17760726777217098, 4.262574426532104),
        .init(0x1.10ce04f7ae2a7p-2, 0x1.02f359ffe0166p-59, 0.13320545082912824, 3.196930819899078),
        .init(0x1.e4fc7a9be04b7p-5, 0x1.56a50b8e2ab4ap-60, 0.02960121129536183, 0.7104290710886839),
        .init(0, 0, 0, 0),
      ]),
    .init(
      [1025, 1024.5, 1023.75], weight: nil, bias: nil,
      layer: [
        .init(0x1.22b1fdcabe631p0, 0x1.64421dd7b64c9p-55, 4259.132101260588, 9988.919187034771),
        .init(0x1.4c39220c474cap-3, 0x1.f025c7e8fa74ep-57, 2317.718997113101, 9973.346225670053),
        .init(-0x1.4c39220c474cap0, -0x1.f025c7e8fa74ep-54, 4582.700951951836, 9988.919187034771),
      ],
      rms: [
        .init(0x1.00254f55d995ap0, 0x1.9fe78b1d04992p-54, 0.5002846519753732, 12.006831647408958),
        .init(0x1.000552ab198a7p0, 0x1.a5b21b8786582p-54, 0.5000406106817267, 12.000974656361441),
        .init(
          0x1.ffaaaf55f2f36p-1, -0x1.46782f62dc25ap-56, 0.49967454874125694, 11.992189169790166),
      ]),
    .init(
      [3, 3], weight: [2, 2], bias: [0.75, -1.5],
      layer: [
        .init(0x1.8000000000000p-1, 0, 1897.366620066784, 9488.333100333919),
        .init(-0x1.8000000000000p0, 0, 1897.366620066784, 9489.833100333919),
      ],
      rms: [
        .init(0x1.ffffed5bd1766p0, 0x1.c29699fe78c88p-54, 0.9999994444449214, 23.999986666678115),
        .init(0x1.ffffed5bd1766p0, 0x1.c29699fe78c88p-54, 0.9999994444449214, 23.999986666678115),
      ]),
  ]
}
