// SPDX-License-Identifier: Apache-2.0

/// The minimax polynomials of the elementary functions, in the order of their use; every constant
/// is the output of Experiments/elementary/coefficients.py.
enum Polynomial {
  /// (e^x - 1) / x for |x| <= ln(2)/2;
  /// error 2^-49.5 of the value.
  @inline(__always)
  static func expm1(_ x: Double) -> Double {
    var sum = 0x1.27e547e105362p-22
    sum = sum * x + 0x1.72e0d574faf7dp-19
    sum = sum * x + 0x1.a01a7338ec647p-16
    sum = sum * x + 0x1.a01994fa3d036p-13
    sum = sum * x + 0x1.6c16c1357a407p-10
    sum = sum * x + 0x1.11111123af9b3p-7
    sum = sum * x + 0x1.5555555565bb2p-5
    sum = sum * x + 0x1.5555555550deap-3
    sum = sum * x + 0x1.fffffffffffafp-2
    return sum * x + 0x1.0000000000005p0
  }

  /// 2 (artanh(s)/s - 1) / s² at x = s², s <= 3 - 2√2;
  /// error 2^-43.7 of the value.
  @inline(__always)
  static func log(_ x: Double) -> Double {
    var sum = 0x1.546d43a9527f6p-3
    sum = sum * x + 0x1.7382a3704647cp-3
    sum = sum * x + 0x1.c71fce4549b07p-3
    sum = sum * x + 0x1.249246291a945p-2
    sum = sum * x + 0x1.9999999b882ep-2
    return sum * x + 0x1.55555555553b6p-1
  }

  /// erf(z)/z at x = 2z²/15.5 - 1, |x| <= 1;
  /// error 2^-42.6 of the value.
  @inline(__always)
  static func erf(_ x: Double) -> Double {
    var sum = 0x1.c7fb4da458dbep-21
    sum = sum * x + -0x1.7daa60e8c6698p-19
    sum = sum * x + 0x1.0265b02e064b6p-18
    sum = sum * x + -0x1.3b19aa61f2028p-17
    sum = sum * x + 0x1.248858fac546p-15
    sum = sum * x + -0x1.7e8f614d731dep-14
    sum = sum * x + 0x1.b33dcc25d76a5p-13
    sum = sum * x + -0x1.ef3f36d641183p-12
    sum = sum * x + 0x1.0f716c58f957fp-10
    sum = sum * x + -0x1.16f124f916b44p-9
    sum = sum * x + 0x1.0dc17303418p-8
    sum = sum * x + -0x1.eb9823720f322p-8
    sum = sum * x + 0x1.a4e616c417342p-7
    sum = sum * x + -0x1.520566865c8f9p-6
    sum = sum * x + 0x1.fd1877c2b8589p-6
    sum = sum * x + -0x1.67f544fcd98c7p-5
    sum = sum * x + 0x1.dfd1ae2753d7cp-5
    sum = sum * x + -0x1.2fe2d04506be2p-4
    sum = sum * x + 0x1.72e6908326857p-4
    sum = sum * x + -0x1.bdf35efbecdafp-4
    sum = sum * x + 0x1.118c915dfb9d4p-3
    sum = sum * x + -0x1.6f4db90840b53p-3
    return sum * x + 0x1.6fcd22af733e5p-2
  }

  /// e^(z²/2) erfc(z/√2) at x = (z - 3)/(z + 3), 0 <= z <= 15;
  /// error 2^-41.6 of the value.
  @inline(__always)
  static func erfcx(_ x: Double) -> Double {
    var sum = -0x1.1bfb296e46614p-22
    sum = sum * x + -0x1.07fc2ef0dea0ap-21
    sum = sum * x + 0x1.ccfe464cdf8fbp-20
    sum = sum * x + 0x1.7341876e943bcp-18
    sum = sum * x + -0x1.0fb6c7ae73712p-19
    sum = sum * x + -0x1.ffbbb219e8149p-16
    sum = sum * x + -0x1.a9ae218a867ecp-16
    sum = sum * x + 0x1.1f21397f83e99p-13
    sum = sum * x + 0x1.13e86feee165cp-12
    sum = sum * x + -0x1.6a5926d9971a3p-11
    sum = sum * x + -0x1.03be37b4a3d43p-9
    sum = sum * x + 0x1.7ce24a3688c38p-8
    sum = sum * x + 0x1.91f4b42ce097ap-7
    sum = sum * x + -0x1.7a94a510d84eap-4
    sum = sum * x + 0x1.f8bab9ba10228p-3
    sum = sum * x + -0x1.a6b669a318feap-2
    return sum * x + 0x1.f1b89c231f26dp-3
  }

  /// (e^x - 1 - x - x²/2) / x³ for |x| <= ln(2)/2;
  /// error 2^-67.0 of the value.
  @inline(__always)
  static func expTail(_ x: Double) -> Double {
    var sum = 0x1.93e4dc9d18443p-37
    sum = sum * x + 0x1.61bfa0e9646abp-33
    sum = sum * x + 0x1.1eed93accecf6p-29
    sum = sum * x + 0x1.ae642c886d72ep-26
    sum = sum * x + 0x1.27e4fb73fcf15p-22
    sum = sum * x + 0x1.71de3a5aa6915p-19
    sum = sum * x + 0x1.a01a01a01b02p-16
    sum = sum * x + 0x1.a01a01a0196bp-13
    sum = sum * x + 0x1.6c16c16c16c15p-10
    sum = sum * x + 0x1.1111111111111p-7
    sum = sum * x + 0x1.5555555555555p-5
    return sum * x + 0x1.5555555555555p-3
  }

  /// `log` for FP64;
  /// error 2^-72.6 of the value.
  @inline(__always)
  static func logTail(_ x: Double) -> Double {
    var sum = 0x1.bee052f9d5d97p-4
    sum = sum * x + 0x1.ab832eff59505p-4
    sum = sum * x + 0x1.e2029fb4d847cp-4
    sum = sum * x + 0x1.1110b8ad0ba78p-3
    sum = sum * x + 0x1.3b13b261ad0c6p-3
    sum = sum * x + 0x1.745d17437c9fap-3
    sum = sum * x + 0x1.c71c71c71f279p-3
    sum = sum * x + 0x1.2492492492485p-2
    sum = sum * x + 0x1.999999999999ap-2
    return sum * x + 0x1.5555555555555p-1
  }

  /// (erf(z)/z - 2/√π) / z² at x = z² <= 1/4;
  /// error 2^-75.0 of the value.
  @inline(__always)
  static func erfTail(_ x: Double) -> Double {
    var sum = -0x1.301475971e839p-30
    sum = sum * x + 0x1.fa4ea718d7d12p-27
    sum = sum * x + -0x1.5f670cb84767p-23
    sum = sum * x + 0x1.b9e672970a3b2p-20
    sum = sum * x + -0x1.f4d25ac8bb5b2p-17
    sum = sum * x + 0x1.f9a326f5b5b2fp-14
    sum = sum * x + -0x1.c02db40039d5ap-11
    sum = sum * x + 0x1.565bcd0e6a4dp-8
    sum = sum * x + -0x1.b82ce31288b5p-6
    sum = sum * x + 0x1.ce2f21a042be2p-4
    return sum * x + -0x1.812746b0379e7p-2
  }

  /// e^(z²/2) erfc(z/√2) at x = (z - 3)/(z + 3), 0 <= z <= 40;
  /// error 2^-69.4 of the value.
  @inline(__always)
  static func erfcx(_ x: Pair) -> Pair {
    var high = 0x1.df13fccf3fcb3p-37
    high = high * x.head + 0x1.052d377f0e014p-34
    high = high * x.head + 0x1.eeba1a172a46dp-39
    high = high * x.head + -0x1.a1b26708f2f72p-32
    high = high * x.head + -0x1.42ddadd48b5ffp-31
    high = high * x.head + 0x1.54e7bb524c981p-31
    high = high * x.head + 0x1.83e49f57adaf3p-29
    high = high * x.head + 0x1.5a65c4724619p-29
    high = high * x.head + -0x1.14392df1de6abp-28
    high = high * x.head + -0x1.034c271deeb13p-26
    high = high * x.head + -0x1.0e8aac28c34dep-26
    high = high * x.head + 0x1.7c47a0fa589bfp-26
    high = high * x.head + 0x1.aa046d8091273p-24
    high = high * x.head + 0x1.b38e9fb7270ap-24
    high = high * x.head + -0x1.a767c9aa035bcp-23
    high = high * x.head + -0x1.9049d6e435bdbp-21
    high = high * x.head + -0x1.f07b2490fd6dfp-22
    high = high * x.head + 0x1.3ff752d79c41bp-19
    high = high * x.head + 0x1.8024aa9f1ce3ap-18
    high = high * x.head + -0x1.4ce8c28d20a53p-19
    high = high * x.head + -0x1.016a65689f5fep-15
    high = high * x.head + -0x1.a6afbada0369dp-16
    var sum = Pair(high, 0)
    sum = sum * x + Pair(0x1.1f49ec19082c4p-13, -0x1.bfdfe74a41114p-68)
    sum = sum * x + Pair(0x1.13dd316268e6ep-12, 0x1.6458dadfb03bep-66)
    sum = sum * x + Pair(-0x1.6a5b47c013bfp-11, 0x1.4bb51a05872fap-66)
    sum = sum * x + Pair(-0x1.03be060b9a981p-9, -0x1.9e7e384f00cbdp-63)
    sum = sum * x + Pair(0x1.7ce2514b7b0ecp-8, -0x1.8c0af4f50269bp-62)
    sum = sum * x + Pair(0x1.91f4b344caf28p-7, -0x1.15c7f4c34b66cp-61)
    sum = sum * x + Pair(-0x1.7a94a515d0f78p-4, 0x1.5b2d392901d59p-62)
    sum = sum * x + Pair(0x1.f8bab9ba7d87p-3, -0x1.57d037e204e33p-61)
    sum = sum * x + Pair(-0x1.a6b669a315453p-2, 0x1.bb5d3b33ac71cp-57)
    sum = sum * x + Pair(0x1.f1b89c231e9b8p-3, -0x1.da98bfd48bb4bp-57)
    return sum
  }
}
