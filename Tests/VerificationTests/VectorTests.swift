// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Synchronization
import Testing
import Work

@testable import Verification

/// Lines through a campaign of vectors, in blocks of a few lines.
private func judge(
  _ text: String, _ operations: [ArithmeticOperation] = [.add], _ formats: [Format] = [.fp16],
  _ notation: VectorNotation = .testfloat, to targets: [Format] = [], columns: String? = nil,
  semantics: Semantics = Semantics(), roundings: [Rounding] = [],
  predicate: VectorPredicate? = nil, strict: Bool = false, subject: any Subject = SoftSubject(),
  threads: Int = 2, blockLines: Int = 3
) throws -> VectorResult {
  var blocks: [VectorBlock] = []
  var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
    String($0) + "\n"
  }
  if lines.last == "\n" { lines.removeLast() }
  for start in stride(from: 0, to: lines.count, by: blockLines) {
    var bytes = Array(lines[start..<min(start + blockLines, lines.count)].joined().utf8)
    let endsEarly = start + blockLines >= lines.count && !text.hasSuffix("\n")
    if endsEarly { bytes.removeLast() }
    blocks.append(VectorBlock(bytes: bytes, firstLine: UInt64(start), endsEarly: endsEarly))
  }
  let request = VectorRequest(
    operations: operations, formats: formats, targets: targets, roundings: roundings,
    semantics: semantics, predicate: predicate, isStrict: strict, notation: notation,
    subject: subject.name)
  let campaign = VectorCampaign(
    request: request, subject: subject,
    columns: try columns.map { header throws in try VectorColumns(header: header) })
  let queue = Mutex(blocks)
  let result = try campaign.run(control: WorkControl(threads: threads)) {
    queue.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }
  return try #require(result)
}

/// TestFloat's lines of random operands with MPFR's results.
private func testFloatLines(
  _ operation: ArithmeticOperation, _ format: Format, to: Format, semantics: Semantics, count: Int
) -> String {
  var state: UInt64 = 7
  func word() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 20
  }
  func hex(_ value: UInt64, _ bits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, (bits + 3) / 4 - text.count)) + text
  }
  return (0..<count).map { _ in
    let kinds = operation.operandKinds(format)
    var operands = kinds.map { word() & (UInt64.max >> UInt64(64 - $0.bitWidth)) }
    let cells = zip(operands, kinds).map { hex($0, $1.bitWidth) }
    operands += [0, 0]
    let outcome = Oracle.evaluate(
      operation, operands[0], operands[1], operands[2], format: format, to: to,
      semantics: semantics, index: 0)
    let width = operation.resultKind(format, to: to)?.bitWidth ?? 4
    return (cells + [hex(outcome.value, width), hex(UInt64(outcome.flags.rawValue), 8)])
      .joined(separator: " ") + "\n"
  }.joined()
}

/// The scalar arithmetic, but it never signals inexact.
private struct WithoutInexact: Subject {
  let name = "without-inexact"
  let reportsFlags = true
  let deliversDefinedNaNs = true

  func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable> {
    SoftSubject().function(for: evaluation).map { function in
      { block, results, flags in
        function(block, results, flags)
        for i in 0..<block.count { flags[i] &= ~Exceptions.inexact.rawValue }
      }
    }
  }
}

@Suite("Foreign vectors")
struct VectorTests {
  @Test("TestFloat's lines of every operation judge soft and batch without a fault")
  func everyOperation() throws {
    for operation in ArithmeticOperation.allCases {
      for semantics in [
        Semantics(), Semantics(rounding: .down, tininess: .beforeRounding, nan: .propagateFirst),
      ] {
        let to: Format = operation == .convert ? .bf16 : .fp16
        let lines = testFloatLines(operation, .fp16, to: to, semantics: semantics, count: 400)
        for subject in [SoftSubject() as any Subject, BatchSubject()] {
          let result = try judge(
            lines, [operation], to: [to], semantics: semantics, roundings: [semantics.rounding],
            subject: subject, blockLines: 57)
          #expect(result.tested == 400, "\(operation)")
          #expect(result.faultCount == 0 && result.choices.isEmpty, "\(operation)")
        }
      }
    }
  }

  @Test("one wrong bit in a result or in its exceptions is a fault at its line, on any threads")
  func faults() throws {
    let good = testFloatLines(.mul, .fp16, to: .fp16, semantics: Semantics(), count: 500)
    var lines = good.split(separator: "\n").map(String.init)
    lines[100] = "3C00 3C00 3C01 00"
    lines[321] = "3C00 4000 4000 01"
    for threads in [1, 3] {
      let result = try judge(lines.joined(separator: "\n") + "\n", [.mul], threads: threads)
      #expect(result.faults.map(\.line) == [101, 322])
      #expect(result.rows[0].tally.vectorsAlone == 2 && result.rows[0].tally.subjectAlone == 0)
    }
    // A wrong subject is told from wrong vectors.
    let wrong = try judge(good, [.mul], subject: MutableArithmetic(mutation: .tiesAway))
    #expect(wrong.faultCount == 0 || wrong.rows[0].tally.subjectAlone == wrong.faultCount)
  }

  @Test("a double rounding is found by vectors, and MPFR is on their side")
  func doubleRounding() throws {
    let line = "4200 3556 0001 3C01 01\n"
    let result = try judge(line, [.fma], subject: ShortcutSubject.fp32)
    #expect(result.faultCount == 1 && result.rows[0].tally.subjectAlone == 1)
    #expect(result.rows[0].tally.withFlags == 0)
    let soft = try judge(line, [.fma])
    #expect(soft.tested == 1 && soft.faultCount == 0)
  }

  @Test("documented choices are named, counted apart, and faults under strict")
  func choices() throws {
    let cases: [(String, ArithmeticOperation, DocumentedChoice)] = [
      ("7E00 3C00 FE00 00", .add, .nan), ("7D00 3C00 7F00 10", .add, .nan),
      ("7D00 3C00 7E00 10", .minimumNumber, .minimum2008),
      ("7E00 3C00 3C00 00", .minimum, .minimum2008),
      ("0000 8000 0000 00", .minimumNumber, .zeros),
      ("0000 7C00 7E00 7E00 00", .fma, .fmaInvalid),
      ("7E00 7D00 7E00 00", .add, .quietBesideSignaling),
      ("7C00 80000000 10", .toInt32, .invalidInteger),
      ("3E00 00000002 00", .toInt32, .inexactInteger),
      ("3E00 4000 00", .roundToIntegral, .inexactInteger),
    ]
    for (line, operation, choice) in cases {
      let result = try judge(line + "\n", [operation])
      #expect(result.choices == [choice: 1], "\(line) \(result.choices)")
      #expect(result.faultCount == 0)
      #expect(try judge(line + "\n", [operation], strict: true).faultCount == 1)
    }
    // None of these is one.
    let faults: [(String, ArithmeticOperation)] = [
      ("7E00 3C00 7D00 00", .add), ("3C00 3C00 7E00 10", .add), ("3C00 3C00 4000 10", .add),
      ("0000 3C00 8000 00", .mul), ("7E00 3C00 4000 00", .minimum), ("3E00 00000001 00", .toInt32),
      ("0000 7C00 3C00 7E00 00", .fma),
    ]
    for (line, operation) in faults {
      let result = try judge(line + "\n", [operation])
      #expect(result.faultCount == 1 && result.choices.isEmpty, "\(line)")
    }
  }

  @Test("a choice never excuses a subject that differs from MPFR")
  func noExcuse() throws {
    let result = try judge("3E00 00000002 01\n", [.toInt32], subject: WithoutInexact())
    #expect(result.faultCount == 1 && result.choices.isEmpty)
    #expect(result.rows[0].tally.subjectAlone == 1)
  }

  @Test("FPgen's lines: operations, roundings, flags, traps and text")
  func fpgen() throws {
    let text = """
      Floating point tests: addition
      Copyright and so on

      b32+ =0 i +1.000000P0 +1.000000P0 -> +1.000000P1
      b32+ =0 i -1.6E9177P49 -1.7FFFFFP127 -> -1.7FFFFFP127 x
      b32V =0 -1.7FFFFFP127 -> Q i
      b32V =0 i -Inf -> # i
      b32*+ =0 +0.7FFFFFP-126 -1.7FFFFFP127 -Inf -> -Inf
      b32*+ =0 i +1.000000P-126 -1.2801D9P-113 -Zero -> -Zero xu
      b32* > xu -1.48FDB5P-78 +1.4381CEP-73 -> -1.197F2AP42 xu
      b32/ > +1.000000P0 +1.400000P1 -> +1.2AAAABP-2 x
      b32<C =0 +1.000000P0 Q -> +1.000000P0
      b32>C =0 +1.000000P0 S -> Q i
      b32+ =0 Q S -> Q
      b32?- =0 i -Inf -> 0x1
      b32b64cff =0 +1.000000P0 -> +1.0000000000000P0
      d64+ =0 +1E0 +1E0 -> +2E0

      """
    let result = try judge(
      text, [.add, .sqrt, .fma, .mul, .div, .minimumNumber, .maximumNumber], [.fp32], .fpgen,
      semantics: Semantics(tininess: .beforeRounding))
    #expect(result.tested == 9)
    #expect(result.faultCount == 0, "\(result.faults)")
    #expect(result.choices == [.minimum2008: 1, .quietBesideSignaling: 1])
    #expect(result.skipped["results of trap handlers"] == 2)
    #expect(result.skipped["lines of text"] == 2)
    #expect(result.skipped.values.reduce(0, +) == 7)
    #expect(result.lines == 17)
  }

  @Test("CSV: columns by name, several operations, exceptions as bits or letters or not at all")
  func columns() throws {
    let header = "index,operation,format,to,rounding,a,b,c,expected,expected_flags"
    let text = """
      0,add,fp16,fp16,up,0x3c00,0x1000,,0x3c01,....x
      1,convert,fp32,fp16,nearest-even,0x3f800000,,,0x3c00,00
      2,"fma",fp16,,rz,4200,3556,0001,3c00,1
      3,compareQuiet,fp16,,,3c00,4000,,less,
      # a comment

      4,add,bf16,,,3f80,3f80,,4000,

      """
    let result = try judge(
      text, [.add, .convert, .fma, .compareQuiet], [.fp16, .fp32], .csv, to: [.fp16],
      columns: header)
    #expect(result.tested == 4 && result.faultCount == 0, "\(result.faults)")
    #expect(result.skipped == ["operands in bf16, which was not asked for": 1])
    #expect(result.rows.reduce(0) { $0 + $1.tally.withFlags } == 3)
    #expect(throws: VectorHeaderProblem.self) { try VectorColumns(header: "a,b,flags") }
    #expect(throws: VectorHeaderProblem.self) { try VectorColumns(header: "a,x,result") }
    #expect(try VectorColumns(header: "\u{feff}A, \"B\" ,result,note").ignored == ["note"])
  }

  @Test("comparisons as TestFloat has them, and tininess as a hint")
  func predicatesAndTininess() throws {
    let text = "3C00 4000 1 00\n4000 3C00 0 00\n7E00 3C00 0 10\n"
    let result = try judge(text, [.compareSignaling], predicate: .lt)
    #expect(result.tested == 3 && result.faultCount == 0)
    #expect(try judge(text, [.compareQuiet], predicate: .lt).faultCount == 1)
    // 2^-14 (1 - 2^-20) is tiny before rounding alone.
    let tiny = try judge("0401 3BFE 0400 03\n", [.mul])
    #expect(tiny.faultCount == 1 && tiny.rows[0].tally.byTininess == 1)
  }

  @Test("CRLF, blank lines and comments are read; what cannot be read is told with its line")
  func malformed() throws {
    let good = "# head\r\n\r\n3C00 3C00 4000 00\r\n// more\n  3c00\t3c00 4000 0\n3C00 3C00 4000 00"
    #expect(try judge(good).tested == 3)
    func problem(_ text: String, _ notation: VectorNotation = .testfloat) -> (UInt64, String) {
      do {
        let header = notation == .csv ? "a,b,result,flags" : nil
        _ = try judge(text, [.add], [.fp16], notation, columns: header)
        return (0, "read")
      } catch let problem as VectorStreamProblem { return (problem.line, problem.reason) } catch {
        return (0, "\(error)")
      }
    }
    let ok = "3C00 3C00 4000 00\n"
    let cases: [(String, UInt64, String)] = [
      (ok + ok + ok + ok + "3C00 3C00\n", 5, "2 fields where add has 2 operands"),
      (ok + "3C00 3C00 4000 00 00\n", 2, "5 fields"), (ok + "3C00 3CX0 4000 00\n", 2, "'3CX0'"),
      (ok + "3C000 3C00 4000 00\n", 2, "more than 16 bits"),
      (ok + "3C00 3C00 14000 00\n", 2, "result 14000 is above ffff"),
      (ok + "3C00 3C00 4000 20\n", 2, "no exceptions"),
      (ok + "3C00 3C00 4000 0", 2, "was it cut?"), (ok + "3C00 3C00 4000", 2, "was it cut?"),
      (ok + "3C00 3C00 40000000000000000 00\n", 2, "hexadecimal"),
      (ok + String(repeating: "9", count: 5000) + " 1 1 1\n", 2, "hexadecimal"),
      (ok + "\u{0}\u{1}\u{ff}\n", 2, "1 fields"),
    ]
    for (text, line, reason) in cases {
      let found = problem(text)
      #expect(found.0 == line && found.1.contains(reason), "\(found)")
    }
    for (text, reason) in [
      ("b16+ =0 +1.000P0 -> +1.000P1\n", "fields before ->"),
      ("b16+ =1 +1.000P0 +1.000P0 -> +1.000P1\n", "no rounding"),
      ("b16+ =0 +1.000P0 +1.400P0 -> +1.000P1\n", "no number of fp16"),
      ("b16+ =0 +1.000P16 +1.000P0 -> +1.000P1\n", "no number of fp16"),
      ("b16+ =0 +1.000P0 +1.000P0 -> +1.000P1 q\n", "no exceptions"),
      ("b16+ =0 +1.000P0 +1.000P0 ->\n", "not operation"),
      ("b16+ =0 +1.000P99999999999999999999 +1.000P0 -> Q\n", "no number"),
    ] {
      let found = problem(text, .fpgen)
      #expect(found.0 == 1 && found.1.contains(reason), "\(found)")
    }
    let row = problem("3c00,3c00,4000\n", .csv)
    #expect(row.0 == 1 && row.1.contains("3 fields under 4 columns"))
  }

  @Test("the notation is told by the first telling line")
  func detection() {
    func detected(_ text: String) -> VectorNotation? {
      Array(text.utf8).withUnsafeBufferPointer { VectorNotation(detectedIn: $0) }
    }
    #expect(detected("3C00 3C00 4000 00\n") == .testfloat)
    #expect(detected("# x\r\n\r\na,b,result\r\n") == .csv)
    #expect(detected("Some text\nb32+ =0 +Zero +Zero -> +Zero\n") == .fpgen)
    #expect(detected("Some text\n") == nil)
    #expect(detected("") == nil)
  }
}
