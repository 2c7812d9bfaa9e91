// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import KernelChecks

@Suite("Signatures of kernels")
struct SignatureTests {
  @Test("A declaration is read as C reads it, names and order of const ignored")
  func spellings() throws {
    let array = "void(const float*, float*, size_t)"
    for text in [
      array, "void (const float *x, float *y, size_t n)", "void f(float const *, float*, size_t);",
      "void f(const float *restrict x, float *restrict y, unsigned long n)",
    ] {
      #expect(try CSignature(text).text == array)
    }
    #expect(try CSignature("float expf(float x);").text == "float(float)")
    #expect(try CSignature("unsigned short(unsigned short)").text == "uint16_t(uint16_t)")
    #expect(try CSignature("__bf16 (__bf16,__bf16)").text == "__bf16(__bf16, __bf16)")
  }

  @Test("The form tells the operands; other functions have none")
  func forms() throws {
    #expect(CallForm(try CSignature("float(float)")) == .scalar(operands: 1))
    #expect(CallForm(try CSignature("double(double, double)")) == .scalar(operands: 2))
    #expect(
      CallForm(try CSignature("void(const float*, const float*, float*, int)"))
        == .array(operands: 2))
    for other in [
      "float(double)", "void()", "void(float*, size_t)", "void(const float*, float*)",
      "void(const float*, const float*, size_t)", "void(const float*, double*, size_t)",
      "size_t(size_t)", "float(const float*, size_t)",
    ] {
      #expect(CallForm(try CSignature(other)) == nil, "\(other)")
    }
  }

  @Test("What cannot be read is shown with a caret under its place")
  func problems() {
    let cases: [(text: String, position: Int, reason: String)] = [
      ("flot(float)", 0, "did you mean float?"), ("float(flaot)", 6, "did you mean float?"),
      ("float float", 11, "the parameters in parentheses"), ("float(float", 11, "')' or ','"),
      ("float(float) x", 13, "ends before this"), ("float*(float)", 5, "not a pointer"),
      ("void(float**, size_t)", 11, "a pointer to a pointer"), ("", 0, "a type is missing"),
      ("float(void, float)", 6, "void is no parameter's type"),
      ("float(float,)", 12, "a type is missing"),
      ("float(long double)", 6, "'long double' is no type"),
    ]
    for (text, position, reason) in cases {
      let problem = #expect(throws: SignatureProblem.self) { try CSignature(text) }
      #expect(problem?.position == position, "\(text)")
      #expect(problem?.reason.contains(reason) == true, "\(text): \(problem?.reason ?? "")")
      #expect(problem?.lines == [text, String(repeating: " ", count: position) + "^"])
    }
  }
}
