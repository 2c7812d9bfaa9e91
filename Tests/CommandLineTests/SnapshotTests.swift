// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("What a person sees in 80 columns")
struct SnapshotTests {
  @Test("A fused multiply-add in bf16, its last step in every rounding")
  func fusedMultiplyAdd() throws {
    let run = try Tool.run([
      "explain", "fma(0.1, 3, -0.3)", "--format", "bf16", "--rounding", "all",
    ])
    #expect(run.status == 0)
    let expected = """
      fma(0.1, 3, -0.3)  in bf16, nearest-even

      #1  0.1 to bf16
          exact     0.1
          binary    1.1001100|110011001100110011001100... x 2^-4
          cut off   guard 1, round 1, sticky 1: more than half an ulp (0.8)
          decision  more than half is cut off: take the neighbour above
          result    0x3dcd  0 01111011 1001101  0x1.9ap-4     0.10009765625
          flags     inexact
          below     0x3dcc  0x1.98p-4     0.8 ulp away
          above     0x3dcd  0x1.9ap-4     0.2 ulp away, delivered

      #2  3 to bf16, exact
          result    0x4040  0 10000000 1000000  0x1.8p+1      3

      #3  -0.3 to bf16
          exact     -0.3
          binary    -1.0011001|100110011001100110011001... x 2^-2
          cut off   guard 1, round 0, sticky 1: more than half an ulp (0.6)
          decision  more than half is cut off: take the neighbour below
          result    0xbe9a  1 01111101 0011010  -0x1.34p-2    -0.30078125
          flags     inexact
          below     0xbe9a  -0x1.34p-2    0.4 ulp away, delivered
          above     0xbe99  -0x1.32p-2    0.6 ulp away

      #4  fma(#1, #2, #3)
          #1        0x3dcd  0 01111011 1001101  0x1.9ap-4     0.10009765625
          #2        0x4040  0 10000000 1000000  0x1.8p+1      3
          #3        0xbe9a  1 01111101 0011010  -0x1.34p-2    -0.30078125
          exact     -0.00048828125
          binary    -1.0000000| x 2^-11
          decision  exact: nothing is cut off
          result    0xba00  1 01110100 0000000  -0x1p-11      -0.00048828125
          flags     none
          below     0xba01  -0x1.02p-11   1 ulp away
          above     0xb9ff  -0x1.fep-12   0.5 ulp away

      #4 in every rounding asked for, operands as above
          rounding      result            error [ulp]  flags
          nearest-even  0xba00  -0x1p-11  0            none
          nearest-away  0xba00  -0x1p-11  0            none
          toward-zero   0xba00  -0x1p-11  0            none
          up            0xba00  -0x1p-11  0            none
          down          0xba00  -0x1p-11  0            none
          to-odd        0xba00  -0x1p-11  0            none

      MPFR and the exact value agree with every step.

      """
    #expect(difference(run.output, expected) == [])
  }

  @Test("A quotient in fp32: decimals take their own lines")
  func quotient() throws {
    let run = try Tool.run(["explain", "1/3", "--format", "fp32"])
    #expect(run.status == 0)
    let expected = """
      1/3  in fp32, nearest-even

      #1  1 to fp32, exact
          result    0x3f800000  0 01111111 00000000000000000000000  0x1p+0
                    = 1

      #2  3 to fp32, exact
          result    0x40400000  0 10000000 10000000000000000000000  0x1.8p+1
                    = 3

      #3  #1 / #2
          #1        0x3f800000  0 01111111 00000000000000000000000  0x1p+0
                    = 1
          #2        0x40400000  0 10000000 10000000000000000000000  0x1.8p+1
                    = 3
          exact     0.3333333333333333333333333333333333333333...
          binary    1.01010101010101010101010|101010101010101010101010... x 2^-2
          cut off   guard 1, round 0, sticky 1: more than half an ulp (0.667)
          decision  more than half is cut off: take the neighbour above
          result    0x3eaaaaab  0 01111101 01010101010101010101011  0x1.555556p-2
                    = 0.3333333432674407958984375
          flags     inexact
          below     0x3eaaaaaa  0x1.555554p-2     0.667 ulp away
          above     0x3eaaaaab  0x1.555556p-2     0.333 ulp away, delivered

      MPFR and the exact value agree with every step.

      """
    #expect(difference(run.output, expected) == [])
  }

  @Test("A tie, then the largest number left behind")
  func overflow() throws {
    let run = try Tool.run(["explain", "65504 + 16"])
    #expect(run.status == 0)
    let expected = """
      65504 + 16  in fp16, nearest-even

      #1  65504 to fp16, exact
          result    0x7bff  0 11110 1111111111  0x1.ffcp+15   65504

      #2  16 to fp16, exact
          result    0x4c00  0 10011 0000000000  0x1p+4        16

      #3  #1 + #2
          #1        0x7bff  0 11110 1111111111  0x1.ffcp+15   65504
          #2        0x4c00  0 10011 0000000000  0x1p+4        16
          exact     65520
          binary    1.1111111111|1 x 2^15
          cut off   guard 1, round 0, sticky 0: exactly half an ulp
          decision  halfway, a tie goes to the even last bit: take the neighbour
                    above; beyond the largest finite number: infinity delivered
          result    0x7c00  0 11111 0000000000  inf           inf
          flags     overflow, inexact
          below     0x7bff  0x1.ffcp+15   0.5 ulp away
          above     0x7c00  inf           infinitely far, delivered

      MPFR agrees with every step, the exact value with #1, #2.

      """
    #expect(difference(run.output, expected) == [])
  }

  @Test("A double rounding")
  func doubleRounding() throws {
    let run = try Tool.run(["explain", "fp16(fp32(1.00048828126))"])
    #expect(run.status == 0)
    let expected = """
      fp16(fp32(1.00048828126))  in fp16, nearest-even

      #1  1.00048828126 to fp32
          exact     1.00048828126
          binary    1.00000000001000000000000|000000000000010101111111... x 2^0
          cut off   guard 0, round 0, sticky 1: less than half an ulp (8.39e-05)
          decision  less than half is cut off: take the neighbour below
          result    0x3f801000  0 01111111 00000000001000000000000  0x1.002p+0
                    = 1.00048828125
          flags     inexact
          below     0x3f801000  0x1.002p+0        8.39e-05 ulp away, delivered
          above     0x3f801001  0x1.002002p+0     just under 1 ulp away

      #2  #1 to fp16
          #1        0x3f801000  0 01111111 00000000001000000000000  0x1.002p+0
                    = 1.00048828125
          exact     1.00048828125
          binary    1.0000000000|1 x 2^0
          cut off   guard 1, round 0, sticky 0: exactly half an ulp
          decision  halfway, a tie goes to the even last bit: take the neighbour below
          result    0x3c00  0 01111 0000000000  0x1p+0
                    = 1
          flags     inexact
          below     0x3c00  0x1p+0        0.5 ulp away, delivered
          above     0x3c01  0x1.004p+0    0.5 ulp away
          once      0x3c01  0x1.004p+0  1.0009765625: the whole, rounded once, is
                    another number, just under 0.5 ulp from 1.00048828126: double
                    rounding

      Double rounding: rounded once, #2 would be another number.
      MPFR and the exact value agree with every step.

      """
    #expect(difference(run.output, expected) == [])
  }

  @Test("An invalid operation in a format without infinities")
  func invalid() throws {
    let run = try Tool.run(["explain", "sqrt(-1) + 1/0", "--format", "e4m3"])
    #expect(run.status == 0)
    let expected = """
      sqrt(-1) + 1/0  in e4m3, nearest-even

      #1  -1 to e4m3, exact
          result    0xb8  1 0111 000  -0x1p+0    -1

      #2  sqrt(#1)
          #1        0xb8  1 0111 000  -0x1p+0    -1
          exact     none: a negative number has no square root
          decision  a quiet NaN stands for it
          result    0x7f  0 1111 111  nan        nan
          flags     invalid

      #3  1 to e4m3, exact
          result    0x38  0 0111 000  0x1p+0     1

      #4  0 to e4m3, exact
          result    0x00  0 0000 000  0x0p+0     0

      #5  #3 / #4
          #3        0x38  0 0111 000  0x1p+0     1
          #4        0x00  0 0000 000  0x0p+0     0
          exact     infinity: a finite number divided by zero
          decision  no infinity in e4m3: NaN delivered
          result    0x7f  0 1111 111  nan        nan
          flags     divide by zero

      #6  #2 + #5
          #2        0x7f  0 1111 111  nan        nan
          #5        0x7f  0 1111 111  nan        nan
          exact     none: an operand is NaN
          decision  a quiet NaN stands for it
          result    0x7f  0 1111 111  nan        nan
          flags     none

      MPFR agrees with every step, the exact value with #1, #3.

      """
    #expect(difference(run.output, expected) == [])
  }

  @Test("The table of formats")
  func formats() throws {
    let run = try Tool.run(["formats"])
    #expect(run.status == 0)
    let expected = """
      id    name                E   p  emin..emax    largest  smallest  specials
      fp16  IEEE binary16       5  11     -14..15      65504     2^-24  Inf, NaN
      bf16  bfloat16            8   8   -126..127  3.3895e38    2^-133  Inf, NaN
      tf32  TensorFloat-32      8  11   -126..127  3.4012e38    2^-136  Inf, NaN
      fp32  IEEE binary32       8  24   -126..127  3.4028e38    2^-149  Inf, NaN
      e5m2  OCP OFP8 E5M2       5   3     -14..15      57344     2^-16  Inf, NaN
      e4m3  OCP OFP8 E4M3 (fn)  4   4       -6..8        448      2^-9  NaN
      e3m2  OCP MX FP6 E3M2     3   3       -2..4         28      2^-4  none
      e2m3  OCP MX FP6 E2M3     2   4        0..2        7.5      2^-3  none
      e2m1  OCP MX FP4 E2M1     2   2        0..2          6      2^-1  none
      e8m0  OCP MX scale E8M0   8   1   -127..127  1.7014e38    2^-127  NaN, no 0

      E exponent bits, p significand bits with the hidden one; smallest is subnormal
      except in e8m0. Also e<E>m<M>, IEEE-like, E 2...8, M 1...23, such as e5m7.

      """
    #expect(difference(run.output, expected) == [])
  }

  @Test("One format in depth")
  func oneFormat() throws {
    let run = try Tool.run(["formats", "--format", "fp16"])
    #expect(run.status == 0)
    let expected = """
      fp16  IEEE binary16

        s       eeeee       ffffffffff
        sign 1  exponent 5  fraction 10

        width          16 bits, 65536 encodings, stored in 2 bytes
        precision      p = 11 bits with the hidden one, 3.3 decimal digits
        exponents      -14..15, bias 15
        unit roundoff  2^-11
        specials       Inf, NaN
        overflow       from 65520 on, to nearest even: infinity
        vanishing      up to 2^-25, to nearest even

                            encoding  fields              value        decimal
        zero                0x0000    0 00000 0000000000  0x0p+0       0
        smallest subnormal  0x0001    0 00000 0000000001  0x1p-24      5.96046e-8
        largest subnormal   0x03ff    0 00000 1111111111  0x1.ff8p-15  6.09756e-5
        smallest normal     0x0400    0 00001 0000000000  0x1p-14      6.10352e-5
        largest below one   0x3bff    0 01110 1111111111  0x1.ffcp-1   9.99512e-1
        one                 0x3c00    0 01111 0000000000  0x1p+0       1
        smallest above one  0x3c01    0 01111 0000000001  0x1.004p+0   1.0009765625
        largest             0x7bff    0 11110 1111111111  0x1.ffcp+15  65504
        infinity            0x7c00    0 11111 0000000000  inf          inf
        quiet NaN           0x7e00    0 11111 1000000000  nan          nan
        signaling NaN       0x7c01    0 11111 0000000001  snan(0x1)    snan(0x1)

      """
    #expect(difference(run.output, expected) == [])
  }

  @Test("A custom format in depth")
  func customFormat() throws {
    let run = try Tool.run(["formats", "--format", "e5m7"])
    #expect(run.status == 0)
    let expected = """
      e5m7  custom, IEEE-like

        s       eeeee       fffffff
        sign 1  exponent 5  fraction 7

        width          13 bits, 8192 encodings, stored in 2 bytes
        precision      p = 8 bits with the hidden one, 2.4 decimal digits
        exponents      -14..15, bias 15
        unit roundoff  2^-8
        specials       Inf, NaN
        overflow       from 65408 on, to nearest even: infinity
        vanishing      up to 2^-22, to nearest even

                            encoding  fields           value       decimal
        zero                0x0000    0 00000 0000000  0x0p+0      0
        smallest subnormal  0x0001    0 00000 0000001  0x1p-21     4.76837e-7
        largest subnormal   0x007f    0 00000 1111111  0x1.fcp-15  6.05583e-5
        smallest normal     0x0080    0 00001 0000000  0x1p-14     6.10352e-5
        largest below one   0x077f    0 01110 1111111  0x1.fep-1   0.99609375
        one                 0x0780    0 01111 0000000  0x1p+0      1
        smallest above one  0x0781    0 01111 0000001  0x1.02p+0   1.0078125
        largest             0x0f7f    0 11110 1111111  0x1.fep+15  65280
        infinity            0x0f80    0 11111 0000000  inf         inf
        quiet NaN           0x0fc0    0 11111 1000000  nan         nan
        signaling NaN       0x0f81    0 11111 0000001  snan(0x1)   snan(0x1)

      """
    #expect(difference(run.output, expected) == [])
  }
}
