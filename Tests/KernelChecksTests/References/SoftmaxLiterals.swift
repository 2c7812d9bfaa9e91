// SPDX-License-Identifier: Apache-2.0
@testable import KernelChecks

/// Rows and what mpmath makes of them.
struct SoftmaxLiterals: Sendable {
  let row: [Double]
  let softmax: [OutputLiteral]
  let logSoftmax: [OutputLiteral]
  let logSumExp: OutputLiteral

  init(
    _ row: [Double], softmax: [OutputLiteral], logSoftmax: [OutputLiteral],
    logSumExp: OutputLiteral
  ) {
    (self.row, self.softmax, self.logSoftmax) = (row, softmax, logSoftmax)
    self.logSumExp = logSumExp
  }

  static let all: [SoftmaxLiterals] = [
    .init(
      [0.5, -1.25, 3, 2.75],
      softmax: [
        .init(
          0x1.669b2bfb1cf99p-5, -0x1.8e487c450d46bp-60, 0.04377516355535178, 1.2798456207775855),
        .init(
          0x1.f287fe54b73b0p-8, -0x1.da60e01256589p-63, 0.007606982796201686, 0.2623404802103628),
        .init(0x1.110b7960634cbp-1, 0x1.2e6d904fecbcfp-55, 0.5332906656418798, 11.592031553441625),
        .init(0x1.a94b87c682ea8p-2, -0x1.c041d71b63f8cp-56, 0.41532718800656676, 9.339378642213697),
      ],
      logSoftmax: [
        .init(-0x1.9078dec2caa46p1, -0x1.b10e35de18ef1p-54, 1, 20.652373458307547),
        .init(-0x1.383c6f6165523p2, -0x1.b10e35de18ef1p-54, 1, 24.152373458307547),
        .init(-0x1.41e37b0b2a919p-1, 0x1.3bc728879c43cp-56, 1, 15.652373458307547),
        .init(-0x1.c1e37b0b2a919p-1, 0x1.3bc728879c43cp-56, 1, 16.152373458307547),
      ],
      logSumExp: .init(0x1.d078dec2caa46p1, 0x1.b10e35de18ef1p-54, 1, 18.652373458307547)),
    .init(
      [0, -46],
      softmax: [
        .init(0x1p0, -0x1.8dd5e1bb09d7ep-67, 1, 21),
        .init(
          0x1.8dd5e1bb09d7ep-67, 0x1.b23a83d53060ap-121, 1.0530617357553812e-20,
          1.6743681598510562e-18),
      ],
      logSoftmax: [
        .init(-0x1.8dd5e1bb09d7ep-67, -0x1.b2442cd9739ebp-121, 1, 8),
        .init(-0x1.7000000000000p5, -0x1.8dd5e1bb09d7ep-67, 1, 100),
      ],
      logSumExp: .init(0x1.8dd5e1bb09d7ep-67, 0x1.b2442cd9739ebp-121, 1, 8)),
    .init(
      [-44, 0],
      softmax: [
        .init(
          0x1.6f741de1748ecp-64, -0x1.4336f08bbea19p-120, 7.781132241133797e-20,
          1.1905132328934709e-17),
        .init(0x1p0, -0x1.6f741de1748ecp-64, 1, 21),
      ],
      logSoftmax: [
        .init(-0x1.6000000000000p5, -0x1.6f741de1748ecp-64, 1, 96),
        .init(-0x1.6f741de1748ecp-64, 0x1.422f397a92df9p-120, 1, 8),
      ],
      logSumExp: .init(0x1.6f741de1748ecp-64, -0x1.422f397a92df9p-120, 1, 8)),
    .init(
      [0, 0, 0],
      softmax: [
        .init(0x1.5555555555555p-2, 0x1.5555555555555p-56, 0.3333333333333333, 7),
        .init(0x1.5555555555555p-2, 0x1.5555555555555p-56, 0.3333333333333333, 7),
        .init(0x1.5555555555555p-2, 0x1.5555555555555p-56, 0.3333333333333333, 7),
      ],
      logSoftmax: [
        .init(-0x1.193ea7aad030bp0, 0x1.a256f99caabebp-54, 1, 20.084735175349206),
        .init(-0x1.193ea7aad030bp0, 0x1.a256f99caabebp-54, 1, 20.084735175349206),
        .init(-0x1.193ea7aad030bp0, 0x1.a256f99caabebp-54, 1, 20.084735175349206),
      ],
      logSumExp: .init(0x1.193ea7aad030bp0, -0x1.a256f99caabebp-54, 1, 20.084735175349206)),
    .init(
      [-88.5, 17, -0.375, 16.875, 17],
      softmax: [
        .init(
          0x1.3455b836cca67p-154, -0x1.99f06d164b2d1p-209, 5.274281503655889e-47,
          1.7806755447222653e-44),
        .init(0x1.633f600f1a48ep-2, 0x1.68717da456de4p-59, 0.34692144481830034, 7.3251801935523195),
        .init(
          0x1.532ae883bd012p-27, -0x1.4bdc7383114bep-81, 9.871076629243238e-09,
          7.229557711672054e-07),
        .init(0x1.39813f3835fa0p-2, -0x1.a37905864efbap-57, 0.3061571004923227, 6.5792577443685705),
        .init(0x1.633f600f1a48ep-2, 0x1.68717da456de4p-59, 0.34692144481830034, 7.3251801935523195),
      ],
      logSoftmax: [
        .init(-0x1.aa3c108e7e4d6p6, 0x1.56b2a58f14ff4p-48, 1, 230.7600354204163),
        .init(-0x1.0f04239f9356bp0, 0x1.aca963c53fd11p-54, 1, 19.760035420416315),
        .init(-0x1.26f04239f9357p4, 0x1.5aca963c53fd1p-50, 1, 54.510035420416315),
        .init(-0x1.2f04239f9356bp0, 0x1.aca963c53fd11p-54, 1, 20.010035420416315),
        .init(-0x1.0f04239f9356bp0, 0x1.aca963c53fd11p-54, 1, 19.760035420416315),
      ],
      logSumExp: .init(0x1.20f04239f9357p4, -0x1.5aca963c53fd1p-50, 1, 36.760035420416315)),
    .init(
      [0x1p-10, 0x1p-20, -0x1p-30],
      softmax: [
        .init(0x1.558e3426ea00fp-2, 0x1.0011ea6eed38dp-56, 0.3335502766371982, 7.005206745084212),
        .init(0x1.5538f098fca0bp-2, 0x1.8c028d087d7dep-56, 0.33322502073056687, 6.999351028109511),
        .init(0x1.5538db40195e5p-2, 0x1.73eb888895495p-56, 0.33322470263223486, 6.99934530078728),
      ],
      logSoftmax: [
        .init(-0x1.1914041add086p0, -0x1.43781f22f83bbp-54, 1, 20.079529911989496),
        .init(-0x1.1953f41add086p0, -0x1.43781f22f83bbp-54, 1, 20.081481129640864),
        .init(-0x1.1954041edd086p0, -0x1.43781f22f83bbp-54, 1, 20.08148303885214),
      ],
      logSumExp: .init(0x1.1954041add086p0, 0x1.43781f22f83bbp-54, 1, 20.080506474489496)),
    .init(
      [100, -100],
      softmax: [
        .init(0x1p0, -0x1.6061812054cfap-289, 1, 21),
        .init(
          0x1.6061812054cfap-289, -0x1.16cc4f9f52ee0p-344, 1.3838965267367376e-87,
          8.59399743103514e-85),
      ],
      logSoftmax: [
        .init(-0x1.6061812054cfap-289, 0x1.16cc4f9f52ee0p-344, 1, 8),
        .init(-0x1.9000000000000p7, -0x1.6061812054cfap-289, 1, 408),
      ],
      logSumExp: .init(0x1.9000000000000p6, 0x1.6061812054cfap-289, 1, 108)),
    .init(
      [-0.6875],
      softmax: [
        .init(0x1p0, 0, 1, 21)
      ],
      logSoftmax: [
        .init(0, 0, 1, 8)
      ],
      logSumExp: .init(-0x1.6000000000000p-1, 0, 1, 8.6875)),
  ]
}
