// SPDX-License-Identifier: Apache-2.0

// Matrix products of this package and of OpenBLAS, alternating in one process, so that a machine
// that slows down slows both. Rates are the best of all rounds, ratios the median over rounds.
// Arguments: sizes, such as `512 32x256x128` (rows x terms x columns).
import Formats
import SoftFloat

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

typealias Sgemm =
  @convention(c) (
    Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32,
    UnsafePointer<Float>, Int32, Float, UnsafeMutablePointer<Float>, Int32
  ) -> Void

let (rowMajor, notTransposed, transposed): (Int32, Int32, Int32) = (101, 111, 112)
let library = getenv("OPENBLAS").map { String(cString: $0) } ?? "libopenblas.so.0"
let handle = dlopen(library, RTLD_NOW)
guard let symbol = handle.flatMap({ dlsym($0, "cblas_sgemm") }) else {
  print("\(library) not found: install OpenBLAS (Debian: libopenblas0) or name it in OPENBLAS")
  exit(2)
}
let sgemm = unsafeBitCast(symbol, to: Sgemm.self)
// One thread on both sides, whatever the environment says.
if let setThreads = handle.flatMap({ dlsym($0, "openblas_set_num_threads") }) {
  unsafeBitCast(setThreads, to: (@convention(c) (Int32) -> Void).self)(1)
}

func sizes(_ text: String) -> [Int] {
  let parts = text.split(separator: "x").compactMap { Int($0) }
  return parts.count == 1 ? [parts[0], parts[0], parts[0]] : parts
}
let arguments = CommandLine.arguments.dropFirst()
let shapes =
  (arguments.isEmpty ? ["512", "1024", "2048", "32x256x128", "64x64x32"] : Array(arguments))
  .map(sizes).filter { $0.count == 3 }
let capacity = shapes.map { max($0[0] * $0[1], $0[1] * $0[2], $0[0] * $0[2]) }.max() ?? 1

/// Multiples of 2^-6 in -1..<1, which every format holds: the leading bits of a congruential
/// sequence.
func values(_ seed: UInt64) -> UnsafeMutablePointer<Float> {
  let values = UnsafeMutablePointer<Float>.allocate(capacity: capacity)
  var word = seed
  for i in 0..<capacity {
    word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    values[i] = Float(word >> 57) / 64 - 1
  }
  return values
}

func encodings(
  _ values: UnsafeMutablePointer<Float>, _ encode: (Float) -> UInt16
) -> UnsafeMutablePointer<UInt16> {
  let words = UnsafeMutablePointer<UInt16>.allocate(capacity: capacity)
  for i in 0..<capacity { words[i] = encode(values[i]) }
  return words
}

let (a, b, c) = (values(1), values(2), values(3))
let (half, brain) = (
  encodings(b) { Float16($0).bitPattern }, encodings(b) { UInt16($0.bitPattern >> 16) }
)

func seconds(_ calls: Int, _ work: () -> Void) -> Double {
  let time = ContinuousClock().measure { for _ in 0..<calls { work() } }
  return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
}

func text(_ x: Double) -> String { String((x * 10).rounded() / 10) }

for shape in shapes {
  let (m, k, n) = (shape[0], shape[1], shape[2])
  let product = ProductShape(rows: m, inner: k, columns: n)
  func multiply(
    _ x: MatrixOperand, _ y: MatrixOperand, _ accumulation: Accumulation, threads: Int = 1
  ) -> () -> Void {
    {
      TensorKernels.multiply(
        x, y, into: .float(c, stride: n), shape: product, accumulation: accumulation,
        threads: threads)
    }
  }
  let (x, y) = (MatrixOperand.float(a, stride: k), MatrixOperand.float(b, stride: n))
  let fused = Accumulation(.fp32)
  var subjects: [(String, () -> Void)] = [
    (
      "sgemm",
      {
        sgemm(
          rowMajor, notTransposed, notTransposed, Int32(m), Int32(n), Int32(k), 1, a, Int32(k), b,
          Int32(n), 0, c, Int32(n))
      }
    ),
    ("fp32", multiply(x, y, fused)),
    ("fp32 B^T", multiply(x, .float(b, stride: k, transposed: true), fused)),
    ("fp16", multiply(.binary16(half, stride: k), .binary16(half, stride: n), fused)),
    ("bf16", multiply(.bfloat16(brain, stride: k), .bfloat16(brain, stride: n), fused)),
    ("fp32, two threads", multiply(x, y, fused, threads: 2)),
    ("fp32, product then sum", multiply(x, y, Accumulation(.fp32, .productThenSum))),
    (
      "fp32, promoted every 128",
      multiply(x, y, Accumulation(.fp32, .fused, .chunked(terms: 128, sums: .fp32)))
    ),
  ]
  if m * k * n <= 512 * 512 * 512 {
    subjects += [
      ("fp16 product then sum", multiply(x, y, Accumulation(.fp16, .productThenSum))),
      ("bf16 product then sum", multiply(x, y, Accumulation(.bf16, .productThenSum))),
      ("fp16 fused", multiply(x, y, Accumulation(.fp16))),
      ("bf16 fused", multiply(x, y, Accumulation(.bf16))),
    ]
  }
  let terms = Double(m * k * n)
  let calls = max(1, Int(2e7 / terms))
  var best = [Double](repeating: 0, count: subjects.count)
  var ratios = [[Double]](repeating: [], count: subjects.count)
  for round in 0..<(terms > 5e9 ? 4 : 10) {
    var peer = 0.0
    for (index, subject) in subjects.enumerated() {
      let rate = terms * Double(calls) / seconds(calls, subject.1) / 1e9
      if index == 0 { peer = rate }
      // The first round warms caches and clocks.
      guard round > 0 else { continue }
      best[index] = max(best[index], rate)
      ratios[index].append(rate / peer)
    }
  }
  print("\(m) x \(k) x \(n), thousand million multiply-adds a second (ratio to sgemm)")
  for (index, subject) in subjects.enumerated() {
    let median = ratios[index].sorted()[ratios[index].count / 2]
    print("  \(subject.0): \(text(best[index])) (\(String((median * 100).rounded() / 100)))")
  }
}
