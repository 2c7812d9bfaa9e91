// SPDX-License-Identifier: Apache-2.0
import Formats

/// Published operands whose exact values lie next to the middle between two numbers: where a kernel
/// that is right nearly everywhere is wrong.
///
/// Each was verified with 300 bits: of FP64 the distance from the middle is below 2^-48 ulp, of FP32
/// below 2^-17. The sources: CRlibm's test data (Lauter, de Dinechin and Lefèvre, 2006), Lefèvre and
/// Muller's worst cases as OpenJDK 17 tests them, CORE-MATH (Sibidanov, Zimmermann and Glondu, 2022)
/// and its files in glibc 2.43, LLVM 22's libc, MPFR 4.2's tests and RLIBM. Of acosh and asinh some
/// are halves of those of log. Of FP32 there are no complete lists for one operand: there every
/// number can be tried.
enum HardestNumbers {
  /// The tuples of operands that are known; none of other functions and formats.
  static func tuples(_ function: ElementFunction, _ format: Format) -> [[UInt64]] {
    let table: [String: String]
    switch format {
    case .fp64: table = fp64
    case .fp32: table = fp32
    default: return []
    }
    return (table[function.rawValue] ?? "").split(whereSeparator: \.isWhitespace).map { tuple in
      tuple.split(separator: ",").compactMap { UInt64($0, radix: 16) }
    }
  }

  private static let fp64: [String: String] = [
    "acos": """
    3fa59d20f7f204a5 3fe4182199998587 3f8d652a9b8f530c 3f5313faeb270984 3f0989dafae502e8
    3efbe56bfb36a47a 3f76eded9a52b89b 3e6567b0af8d3130 3f0635e74f2d5ada 3f4aa4a6197dbabb
    3f47541208b069cd 3f9bb271ef23e5a8
    """,
    "acosh": """
    704be87838f1a47c 552b7f71a488641a 61d6b3d29c0f9e6e 5c76ab13075e3f2d 7c031143c7c0b1e6
    5cdd4a93d69f93eb 607382c35530591f 48704517520386e5 6a45b46700fda328 493c35165a3660fb
    55649f24f35d3f37 40813570067acc9f
    """,
    "asin": """
    3e851c4b960778f5 3f8f317ce4e1019d 3f12231aea708e6e 3f1ddf6e4e4450ae 3fc9697cb602c582
    3fed5b05a89d3e77 3f857c61ad53bc2c 3ec1a37d0cacaa17 3fe1ed06d50f7e88 3fbd7c6f0e805b3c
    3e7d5fa99d152081 3f7828b5e36707d1
    """,
    "asinh": """
    704be87838f1a47c 552b7f71a488641a 61d6b3d29c0f9e6e 5c76ab13075e3f2d 7c031143c7c0b1e6
    5cdd4a93d69f93eb 3fea16d9cc06011a 3e57137449123ef7 3fe8a5c3b60f7e11 3fd00f9476450863
    3fd8740c4453a056 3fe16d32c862fc3b
    """,
    "atan": """
    4006298b5896ed3c 3f422e8d75e2bc7f 40b71a8c77cfe778 3fd0f6e5d9960397 3fded48930f781e8
    42446f7b61809a1c 405aeb3a96a241a6 42779c2767d98151 3ed204b6133bd682 43170e83d4441252
    3fc48da7b1b53485 3f3b7fb97e173afe
    """,
    "atan2": """
    433e5ac94b040e7c,4330b7bf06b8991f 43c05e1734fbebab,4337b1b28e350d19
    4473778457fea971,433ddfb42dfc8ed0 4364d4738e791002,433189713441b2c9
    44db96224e9eac6c,43213bd317ddbeda 4359e9f7273e8937,4340aca6c676c0dc
    44a73bcfb3709bed,434718163203151d 4492bc2bb096de96,43374b23e9e63341
    43eb544be799cc2b,43449e86746d8bc3 444198ae8c026545,434045e575a30467
    43502205f02753eb,4333aa3dc4f62578 4411c9b306cae53d,43360d54f47d4db0
    """,
    "atanh": """
    3f5cc7092205cfaf 3e4d12ed0af1a27f 3e5250bfe1b082f5 3e5250bfe1b082f4 3e4d12ed0af1a280
    3e5250bfe1b082f6 3e4d12ed0af1a281 3e5250bfe1b082f3 3e4d12ed0af1a282 3e5250bfe1b082f7
    3e5250bfe1b082f2 3e4d12ed0af1a283
    """,
    "cbrt": """
    3fea202bfc89ddff 3ff00357fdfa5412 3fe0a9bbd11b3a24 3fe0a356521737b8
    """,
    "cos": """
    3ff6b8a6273d7c21 3fb16e534ee36580 3f9f849414ea93b6 3e95e5c1cd6c4e6f 3fb270df70e010f7
    3fdfeb1f7920e248 3f1347167982efaa 3fec65a170474549 3f8f8e9aa64e5dbf 3ff3aca9ac4d718d
    3f78367c95eea78c 3f034363b3a0a6e9
    """,
    "cosh": """
    400ea5f2f2e4b0c5 3fe03923f2b47c07 3ef61fe4e18e28e2 3f003a2e96d68f7e 3edf70104945433a
    3ea33debf093874d 3e809cfdcd8ed006 3ec853ae1e0b20cb 404f0a1fc4b9f04b 402ff15fb9c40b06
    3fd0625e9242e3a8 405181ccd8144be7
    """,
    "cospi": """
    3e78242846e3d0af 3f5f3beb28414801 3fee1b2117e97295 3e99d9ce0957f1c8 3fb381fbd2a5e55e
    3f98a83f06a14e8b 3edfd7f6ce68f482 3ef8e05ebd2dad28 3f670df9f77d7bc5 3f5b1f76a9ebb24b
    3fee9d268484d89f 3faafc98fdd86ad5
    """,
    "erf": """
    3db51f3182edb17a 3f952b76545cc8ef 3dc4ccfc024723e7 3f7faca4f384ebf2 3f6e502a7e284ebf
    3d91f8b186638ad9 3ce9730ce1d0f154 3febc466342a2296 3d64c822c62ad162 3ff589bbd3ae5489
    3fb5be2786118ef8 3fbd93734069a071
    """,
    "erfc": """
    3f68bc46e0d85524 bf6106c2cd5ea6c3 3db52b18fe8fbad1 bccfe777a3eb8d58 3cbfe777a3eb8d58
    40348de452fb1a15 bf34a943c917ed26 3d9b71f3a10691d9 bce29c5b1f9ebd1e 3cd29c5b1f9ebd1e
    3e46af79a30bbf3c 402a631d4bc7f56b
    """,
    "exp": """
    3e09e9cbbfd6080b be04bd46601ae1ef 3f1ba07d73250de7 3feaccfbe46b4ef0 3f76a4d1af9cc989
    3d0fbfffffffffc1 3cddfffffffffff9 3ca0000000000000 3ffaca7ae8da5a7b 3de836b2fff6d6cb
    c0002393d5976769 3fe005ae04256bab
    """,
    "exp10": """
    3f57c3ddd23ac8ca 4012d5494eb1dd13 3c8bcb7b1526e50e 3f890d7373b3a546 3fe522c9f19cc202
    bc7bcb7b1526e50e 3f97e3c84f2cb9b5 406cde37694f4d10 c034cd4af2fca2b4 bf7f6f96f005fd47
    3fd12e02aa997af2 bfd56ff305822f26
    """,
    "exp2": """
    bc971547652b82fe 3ca71547652b82fd 3fe16a76ec41b516 3feb32a6c92d1185 3fe4a63ff1d53f53
    """,
    "expm1": """
    3ef51fce10251a48 3e8a31972381bd0c bd36e9b2675a667e 3e71a4d6f93a29ef bee555b5316cb345
    3e4bddfe561dbef3 bf589a8c886e52f4 bd592a19fd3ece36 bca0000000000000 3fe4297ec53f6b7f
    3dd095702237abdc 3ffaca7ae8da5a7b
    """,
    "hypot": """
    3d26000000000000,3b82c2fc595456a7 3ffa308e1455f447,3ff9d931a83ef879
    5bd9c6d80093ebf8,5a4add8969f3a07e
    """,
    "log": """
    705be87838f1a47c 553b7f71a488641a 61e6b3d29c0f9e6e 5c86ab13075e3f2d 7c131143c7c0b1e6
    5ced4a93d69f93eb 608382c35530591f 48804517520386e5 6a55b46700fda328 494c35165a3660fb
    55749f24f35d3f37 41730dafba546295
    """,
    "log10": """
    5ace12d66744ff81 49c758976044bfd1 538aa8cce883305b 53d6848181b7571c 3ff89825f74aa6b7
    63f4d0f00313488c 6443e238630d4b3b 498691810a4906eb 4722975c05d77d0c 4060214115c6897e
    4253f00f03c41303 421fe67e6c6ceb38
    """,
    "log1p": """
    bd11ffffffffffe5 bd34ffffffffff6d bd3affffffffff0d 3d568000000002a3 3d59800000000363
    3d71400000000633 bd72bffffffff8ad bd75bffffffff625 3d78c00000000cc3 bd7a3ffffffff1a5
    bd7d3fffffffee2d bd931fffffffe185
    """,
    "log2": """
    3ffb4ebe40c95a01 403c526ccd9628c9 401cc7c6af92f393 3fe255a2a884ee79 40081343fe42de87
    400f234a059adbae 3ffe976593d80c0b
    """,
    "pow": """
    3feae37ed1670326,3fef967df66a2020 3fec046a084d2e12,40b1f90000000000
    """,
    "rsqrt": """
    3ffa6a9cc15abcce 400c562b857453dd 400ffffffffffffe 3fff4b0482bfa34c 3ffc51fd5dac918d
    400826dca556295a 3ff019f3185cc078 3ff2cf7c2d6696e2 40054709118a46d6 40090229294e10be
    400a322206b56e7b 400d9e27fc59beaa
    """,
    "sin": """
    3f8598bae9e632f6 3fd1c63df63d59d0 3fed98c4c612718d 3ef55a1feaa926f1 3f1997d35866ce04
    3f94c377e1d8441f 3eac47fb71e1a10f 3fcd037cb27ee6df 3fe54b3504c6b4a3 3f0708b239a9dd02
    c0614823229799c2 3f18d41a9eb26026
    """,
    "sinh": """
    3fc0dc68d5e8f959 4007f0046225d651 3f41bd15d1670050 3f6cacafd15210aa 3fd4169f234f23b9
    3fdd3e0d2f5d98d6 3f50878ef01d4e35 3f618685f1363fe1 3f986e016031945b 404f0a1fc4b9f04b
    3e85f07120fe56a0 3e730c7efbee12ad
    """,
    "sinpi": """
    3cdf339ab57731d3 3fe1e4dee8168d6b 3d5a65dab603e8b2 3fce99d785d705f5 3fd976dd4cc1a638
    3d209a606e188bc7 3dc39b90212e4697 3ef3638f2b028e92 3e797267383bf965 3f1be87f6b8d2560
    3dad43526a4a13ad 3eb309a11d2bb6fa
    """,
    "tan": """
    3e9dffffffffff1f 3fa50486b2f87014 3fcc9f47908c3178 3f96892f24011645 3eae5ba19b2b2692
    3f2af04ee57f0934 3fb5d53470a65981 3eaeb6c7a5b1409d 3fdd696bfa988db9 3ef6b8d3bf622f4c
    3fcb81a83d437efd 3eef2c8431c17126
    """,
    "tanh": """
    3fcac343b179fec4 3fd291c601a05276 3fe33dfeb0fa4bfe 3fdd88d7550b2826 3fe1005ec0bccabb
    3e60a402fcc79299 3e661246d6ad9aef 3e702a3ad2ef6f4a 3e63bacd6561ff5f 3e60a402fcc79298
    3e72b076f131c9da 3e711733d66373c0
    """,
    "tanpi": """
    3ed7b544ccbafe6a 3e95b79e364c2d17 3f4db74ba716abb6 3ebc7bbf935d56e6 3e8dee803c1b1611
    3f69d1c5cdcec102 3e964544c3228504 3eea32e99fca5159 3eb7c41aacb67499 3f09ee85dad9c654
    3f038361d4d25d79 3f90f6bf59dfb4ea
    """,
  ]

  private static let fp32: [String: String] = [
    "acos": """
    39826222 328885a3
    """,
    "acosh": """
    655890d3 4bdd65a5 6eb1a8ec 5e68984e
    """,
    "asin": """
    3f083a1a 3de5fa1e 3d09bf86 39e89768
    """,
    "asinh": """
    655890d3 4bdd65a5 6eb1a8ec 5e68984e
    """,
    "atan": """
    3d8d6b23 4c700518 3dbb6ac7
    """,
    "atan2": """
    521f74fa,4b3f43e9 3edc3a46,cb4e7b03 584e7b03,4b5c3a46 412f9928,ca04f1f4
    52412623,4b4b6286 4a642654,cb005925 425c3a76,cb7950b9 43ed1986,cb034ddc
    449ff23d,cb26672d 56126274,4b6555c5 55990369,4b1e1d04 4599a6f1,cb688e62
    """,
    "atanh": """
    39b89ba2
    """,
    "cos": """
    6115cb11 5f18b878 5922aa80 39800000
    """,
    "cospi": """
    38a2f984
    """,
    "erf": """
    407ad444
    """,
    "erfc": """
    b76c9f62 32e2dfc4 c07547ca
    """,
    "exp": """
    3caffe2e 37ff7f01 428a94c5
    """,
    "exp10": """
    b25e5bd9 c126f431
    """,
    "exp2": """
    bcf3a937 3b429d37 b8d3d026 3c02a9ad
    """,
    "expm1": """
    3dc252dd 3e35bec5 33b504f4 c18aa123
    """,
    "hypot": """
    5143fffe,4b5fffff 50f2fffd,4b57ffff 5160fffc,4b6ffffe 51290003,4b500002
    50930001,4b280001 51440005,4b600003 51703ff8,4b77fffc 51524007,4b680004
    501c03be,4b4dffff 501603c1,4b4a0001 4ff003a5,4b417fff 4f9a0018,4b677fff
    """,
    "log": """
    65d890d3 4c5d65a5 41178feb 3c413d3a 6f31a8ec
    """,
    "log10": """
    0efeee7a 13ae78d3 120b93dc 3f5fde1b
    """,
    "log1p": """
    35400003 b53ffffd 65d890d3 3efd81ad 3710001b b70fffe5 41078feb bb0ec8c4 6f31a8ec
    """,
    "log2": """
    3f7e3274 3f7ed848 3f83c98d
    """,
    "pow": """
    1d24db42,3f8a84fb 02d512f8,3f826c72 177a7f93,3f952c20 784ae361,3f8fbb8e
    041748bc,3f8118bc 0fe629f4,3f8ddba9 303b3eb9,3f801404 3996658b,3f85cde8
    46e605ba,3f983b6f 511f259c,3f8ee10d 1dc4d5ef,3f8f3c1d 3f60921e,3f93778c
    """,
    "sin": """
    46199998 55cafb2a 67a9242b 39e89769
    """,
    "sinh": """
    3a1285ff 428a94c5
    """,
    "tan": """
    531d744c
    """,
    "tanh": """
    41102cb3
    """,
  ]
}
